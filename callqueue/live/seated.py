"""What agents do with their own telephone and their own call, by AMI actions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from callqueue.live.control import Actor, ControlError, log_in, log_out, pause
from callqueue.live.own import OwnCall, Phase
from callqueue.live.state import State
from telephony.ami import Reply

WRAP_UP = "wrap-up"
SERVICES = ("110", "119", "120", "122")
_SPEAKING = (Phase.TALKING, Phase.HELD)
_LINES = ("12345", "96128")  # the hotline itself
_OUTSIDE = re.compile(r"[0-9]{5,20}")


def ringing(number: str, phone: str, seconds: int, ticket: str = "") -> dict[str, str]:
    """The AMI action: the agent's phone rings, and when it is picked up the citizen is called, who sees 12345.

    `ticket`: what the call is about, as the dialplan notes it.
    """
    about = {"Variable": f"HOTLINE_TICKET={ticket}"} if ticket else {}
    return {
        "Action": "Originate", "Channel": f"PJSIP/{number}", "Context": "agents", "Exten": phone, "Priority": "1",
        "CallerID": f"{phone} <{phone}>", "Timeout": str(seconds * 1000), **about,
    }  # fmt: skip


def outside(number: str) -> bool:
    """Whether it is a number that an agent may call: digits, no emergency desk's and not the hotline itself."""
    return bool(_OUTSIDE.fullmatch(number)) and number not in _LINES


# -- the telephone -----------------------------------------------------------------------------------


async def ready(manager: Actor, state: State, number: str, wrapping: bool) -> None:
    """Takes calls again. Asterisk cannot cut a wrap-up short: the agent leaves the queues and comes back at once."""
    queues = _queues(state, number)
    if not queues:
        raise ControlError("请先签入队列")
    await pause(manager, number, "")
    if wrapping:
        await log_out(manager, number, queues)
        await log_in(manager, number, queues)


async def not_ready(manager: Actor, number: str, reason: str) -> None:
    """Takes no calls for a while; raises ControlError when the agent is in no queue."""
    if not await pause(manager, number, reason):
        raise ControlError("请先签入队列")


def _queues(state: State, number: str) -> tuple[str, ...]:
    return tuple(name for name, queue in state.queues.items() if f"PJSIP/{number}" in queue.members)


async def dial(manager: Actor, state: State, number: str, phone: str, seconds: int, ticket: str = "") -> None:
    """Rings the agent's phone, then the citizen's, about a ticket or none. Raises ControlError, AMIError."""
    if not outside(phone):
        raise ControlError("不是可以拨打的电话号码")
    device = state.devices.get(f"PJSIP/{number}")
    if device is None or not device.reachable:
        raise ControlError(f"话机 {number} 未注册")
    await _do(manager, ringing(number, phone, seconds, ticket))


# -- the call ----------------------------------------------------------------------------------------


async def hang_up(manager: Actor, own: OwnCall) -> None:
    """The agent's leg is over: the citizen goes on to the rating, or, after a consultation, to whom was asked."""
    await _do(manager, {"Action": "Hangup", "Channel": own.channel, "Cause": "16"})


async def transfer(manager: Actor, state: State, own: OwnCall, to: str) -> None:
    """Sends the citizen on, unannounced. Raises ControlError, AMIError."""
    _require(own, *_SPEAKING)
    target = _target(state, own, to)
    await _do(manager, {"Action": "BlindTransfer", "Channel": own.channel, "Context": "transfer", "Exten": target})


async def consult(manager: Actor, state: State, own: OwnCall, to: str) -> None:
    """Calls somebody while the citizen waits with music. Raises ControlError, AMIError."""
    target = consulted(state, own, to)
    await _do(manager, {"Action": "Atxfer", "Channel": own.channel, "Context": "transfer", "Exten": target})


def consulted(state: State, own: OwnCall, to: str) -> str:
    """Whom a consultation would call. Raises ControlError."""
    _require(own, Phase.TALKING)
    return _target(state, own, to)


async def back(manager: Actor, own: OwnCall) -> None:
    """Ends the consultation: the agent speaks with the citizen again."""
    _require(own, Phase.CONSULTING)
    await _do(manager, {"Action": "CancelAtxfer", "Channel": own.channel})


async def emergency(manager: Actor, own: OwnCall, service: str) -> None:
    """Brings the emergency desk into the call, as the key on the agent's phone does (danger.conf)."""
    _require(own, *_SPEAKING)
    if not own.other:
        raise ControlError("通话现在不能这样操作")
    number = own.channel.removeprefix("PJSIP/").rpartition("-")[0]
    facts = {"CITIZEN": own.other, "AGENT": own.channel, "AGENT_NUMBER": number, "HOTLINE_CALL_ID": own.call}
    await _do(manager, {
        "Action": "Originate", "Channel": f"Local/{service}@danger-page/n", "Application": "NoOp", "Async": "true",
        "Timeout": "5000", "Variable": ",".join(f"__{name}={value}" for name, value in facts.items()),
    })


def _require(own: OwnCall, *phases: Phase) -> None:
    if own.phase not in phases:
        raise ControlError("通话现在不能这样操作")


def _target(state: State, own: OwnCall, to: str) -> str:
    device = state.devices.get(f"PJSIP/{to}")
    if device is not None and to.isdigit():
        if own.channel.startswith(f"PJSIP/{to}-"):
            raise ControlError("不能转给自己")
        if not device.reachable:
            raise ControlError(f"话机 {to} 未注册")
    elif not outside(to):
        raise ControlError("请填坐席号或电话号码")
    return to


async def _do(manager: Actor, headers: Mapping[str, str]) -> Reply:
    reply = await manager.action(headers)
    if not reply.ok:
        raise ControlError(reply.message)
    return reply
