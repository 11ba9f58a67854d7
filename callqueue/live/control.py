"""What a supervisor does to agents and calls, by AMI actions on what the live state shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from callqueue.errors import CallQueueError
from callqueue.live.own import DANGER
from callqueue.live.state import UP, Channel, Entry, State
from callqueue.live.view import CALL
from callqueue.places import in_front
from telephony.ami import Reply

_ALREADY = "already there"  # Asterisk's word for a member of a queue that is added again
# Seconds of wrap-up that an agent has in the queue of emergencies, as *11 gives them: danger does not wait.
_DANGER_WRAP_UP = "1"
_RING = 20  # seconds a supervisor's telephone rings


class ControlError(CallQueueError):
    """不能这样操作。"""


class NoSuch(ControlError):
    """没有这个坐席、来电或通话，或已经结束。"""


class Actor(Protocol):
    """Whoever carries out AMI actions, as telephony.ami.Manager does."""

    async def action(self, headers: Mapping[str, str], /) -> Reply: ...


class Listening(StrEnum):
    """How a supervisor joins a call: hears it, speaks to the agent alone, to both, or in the agent's place."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    TAKE = "take"


# -- agents ------------------------------------------------------------------------------------------


async def log_in(manager: Actor, number: str, queues: Sequence[str]) -> None:
    """Puts the agent into the queues, as *11 does on the phone. Raises ControlError, AMIError."""
    for queue in queues:
        reply = await manager.action({
            "Action": "QueueAdd", "Queue": queue, "Interface": f"PJSIP/{number}", "MemberName": number,
            "StateInterface": f"PJSIP/{number}", **({"Wrapuptime": _DANGER_WRAP_UP} if queue == DANGER else {}),
        })
        if not reply.ok and _ALREADY not in reply.message.lower():
            raise ControlError(f"{number} into {queue}: {reply.message}")


async def log_out(manager: Actor, number: str, queues: Sequence[str]) -> tuple[str, ...]:
    """Those of the queues the agent was in and is in no more."""
    left = []
    for queue in queues:
        reply = await manager.action({"Action": "QueueRemove", "Queue": queue, "Interface": f"PJSIP/{number}"})
        left += [queue] if reply.ok else []
    return tuple(left)


async def pause(manager: Actor, number: str, reason: str) -> bool:
    """Whether the agent, who was in a queue, takes no calls now ("" as reason: takes them again)."""
    headers = {"Action": "QueuePause", "Interface": f"PJSIP/{number}", "Paused": "true" if reason else "false"}
    return (await manager.action(headers | ({"Reason": reason} if reason else {}))).ok


async def move_agent(manager: Actor, state: State, number: str, queues: Sequence[str]) -> None:
    """Leaves the agent in exactly these queues. Raises NoSuch, ControlError, AMIError."""
    if unknown := set(queues) - set(state.queues):
        raise NoSuch(f"没有队列 {'、'.join(sorted(unknown))}")
    now = [name for name, queue in state.queues.items() if f"PJSIP/{number}" in queue.members]
    await log_in(manager, number, [name for name in queues if name not in now])
    await log_out(manager, number, [name for name in now if name not in queues])


# -- callers who wait ----------------------------------------------------------------------------------


def _waiting(state: State, uniqueid: str) -> tuple[str, Entry]:
    for queue in state.queues.values():
        for entry in queue.waiting:
            if entry.uniqueid == uniqueid:
                return queue.name, entry
    raise NoSuch("该来电已不在排队")


async def to_front(manager: Actor, state: State, uniqueid: str, moment: datetime) -> None:
    """The caller, who is put in front at this moment, is next in the queue. Raises NoSuch, ControlError, AMIError."""
    queue, entry = _waiting(state, uniqueid)
    await _do(manager, {
        "Action": "QueueChangePriorityCaller", "Queue": queue, "Caller": entry.channel,
        "Priority": str(in_front(moment)), "Immediate": "yes",
    })


async def to_queue(manager: Actor, state: State, uniqueid: str, target: str) -> None:
    """The caller waits at the end of another queue. Raises NoSuch, ControlError, AMIError."""
    queue, entry = _waiting(state, uniqueid)
    if target not in state.queues or target == queue:
        raise ControlError("请选择另一个队列")
    await _do(manager, {
        "Action": "QueueWithdrawCaller", "Queue": queue, "Caller": entry.channel, "WithdrawInfo": target,
    })


# -- calls ---------------------------------------------------------------------------------------------


async def hang_up(manager: Actor, state: State, uniqueid: str) -> None:
    """The leg is over, and what hangs on it. Raises NoSuch, ControlError, AMIError."""
    channel = state.channels.get(uniqueid)
    if channel is None:
        raise NoSuch("该通话已经结束")
    await _do(manager, {"Action": "Hangup", "Channel": channel.name, "Cause": "16"})


async def join(manager: Actor, state: State, number: str, phone: str, how: Listening) -> None:
    """Rings the supervisor's telephone, which then hears or joins the agent's call. Raises as above."""
    mine = _talking(state, f"PJSIP/{number}")
    device = state.devices.get(f"PJSIP/{phone}")
    if device is None or not device.reachable:
        raise ControlError(f"话机 {phone} 未注册")
    channel = _other(state, mine) if how is Listening.TAKE else mine
    call = mine.facts.get(CALL) or mine.linkedid
    await _do(manager, {
        "Action": "Originate", "Channel": f"PJSIP/{phone}", "Context": "supervise", "Exten": how.value, "Priority": "1",
        "Timeout": str(_RING * 1000), "CallerID": f'"{number}" <{number}>', "Async": "true",
        "Variable": f"HOTLINE_SUPERVISED={channel.name},__HOTLINE_CALL_ID={call}",
    })


def _talking(state: State, device: str) -> Channel:
    found = [one for one in state.channels.values() if one.endpoint == device and one.state == UP and one.bridge]
    if not found:
        raise NoSuch("该坐席没有正在进行的通话")
    return found[0]


def _other(state: State, mine: Channel) -> Channel:
    """The caller's own leg in the agent's bridge."""
    beside = [one for one in state.channels.values() if one.bridge == mine.bridge and one is not mine]
    if len(beside) != 1 or beside[0].local:
        raise ControlError("这个通话不能接管：不是两方通话")
    return beside[0]


async def _do(manager: Actor, headers: Mapping[str, str]) -> None:
    reply = await manager.action(headers)
    if not reply.ok:
        raise ControlError(reply.message)
