"""What Asterisk is doing, as one value: built by query, kept by events. Pure: no clock, no socket.

Every event says how its thing stands from now on, and not by how much it changed: applying one twice, or one that is
older than the query, does no harm once the newer ones have been applied too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from callqueue.live.device import Device, device
from callqueue.live.headers import Event, known, moment, number

UP = "Up"
_BEGAN = re.compile(r"(\d{9,})\.\d+$")
_NO_FACTS: Mapping[str, str] = {}


@dataclass(slots=True)
class Channel:
    """One leg. Times are epoch seconds; `since` is when it came into its bridge, 0 when that was not seen.

    `facts` are the channel variables of manager.conf's `channelvars`.
    """

    uniqueid: str
    name: str = ""
    state: str = ""
    caller: str = ""
    connected: str = ""
    linkedid: str = ""
    bridge: str = ""
    since: float = 0.0
    held: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """The device it belongs to, as PJSIP/8001; of a Local channel its own name without the half."""
        return self.name[:-2] if self.local else self.name.rpartition("-")[0]

    @property
    def local(self) -> bool:
        return self.name.startswith("Local/")

    @property
    def began(self) -> float:
        """When it was made: the first part of every uniqueid."""
        found = _BEGAN.search(self.uniqueid)
        return float(found[1]) if found else 0.0


@dataclass(slots=True)
class Entry:
    """Somebody who waits in a queue; the place is that in the queue's list. `since`: epoch seconds."""

    uniqueid: str
    channel: str = ""
    caller: str = ""
    since: float = 0.0


@dataclass(slots=True)  # never changed; frozen it would take twice as long to make, and half of all events make one
class Member:
    """An agent's seat in a queue. Times are epoch seconds, 0 for never. That it is in a call no event tells in time."""

    name: str
    interface: str
    status: Device = Device.UNKNOWN
    paused: bool = False
    reason: str = ""
    calls: int = 0
    last_call: int = 0
    last_pause: int = 0
    logged_in: int = 0


@dataclass(slots=True)
class Queue:
    """One queue: who waits, in order, and who serves, by interface."""

    name: str
    waiting: list[Entry] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """Channels by uniqueid, queues and devices by name; `spies`: uniqueid of who listens -> of whom."""

    channels: dict[str, Channel] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    spies: dict[str, str] = field(default_factory=dict)

    def apply(self, event: Event) -> bool:
        """Whether the event was one of those that are understood; it is part of the state now. Never raises."""
        change = _CHANGES.get(event.get("Event", ""))
        if change is None:
            return False
        change(self, event)
        return True

    def keep_unasked(self, before: State) -> None:
        """Takes over from an older state what no query tells: holds, and since when channels are joined, and spies."""
        for uniqueid, channel in self.channels.items():
            old = before.channels.get(uniqueid)
            if old is not None and old.bridge == channel.bridge:
                channel.held, channel.since = old.held, old.since
        self.spies = {spy: of for spy, of in before.spies.items() if spy in self.channels and of in self.channels}


# -- channels --------------------------------------------------------------------------------------


def _channel(state: State, event: Event) -> Channel | None:
    uniqueid = event.get("Uniqueid", "")
    if not uniqueid:
        return None
    channel = state.channels.get(uniqueid)
    if channel is None:
        channel = state.channels[uniqueid] = Channel(uniqueid)
    channel.name = event.get("Channel", channel.name)
    channel.state = event.get("ChannelStateDesc", channel.state)
    channel.caller = known(event.get("CallerIDNum", channel.caller))
    channel.connected = known(event.get("ConnectedLineNum", channel.connected))
    channel.linkedid = event.get("Linkedid", channel.linkedid)
    if "ChanVariable" in event:
        channel.facts = _facts(event["ChanVariable"])
    return channel


def _facts(text: str) -> Mapping[str, str]:
    pairs = (line.partition("=") for line in text.split("\n"))
    return {name: value for name, _, value in pairs if value} or _NO_FACTS


def _seen(state: State, event: Event) -> None:
    _channel(state, event)


def _listed(state: State, event: Event) -> None:
    """CoreShowChannel: one leg of the query's answer."""
    channel = _channel(state, event)
    if channel is not None:
        channel.bridge = event.get("BridgeId", "")


def _renamed(state: State, event: Event) -> None:
    channel = state.channels.get(event.get("Uniqueid", ""))
    if channel is not None:
        channel.name = event.get("Newname", channel.name)


def _hung_up(state: State, event: Event) -> None:
    uniqueid = event.get("Uniqueid", "")
    state.channels.pop(uniqueid, None)
    state.spies.pop(uniqueid, None)


def _joined(state: State, event: Event) -> None:
    channel, bridge = _channel(state, event), event.get("BridgeUniqueid", "")
    if channel is not None and channel.bridge != bridge:
        channel.bridge, channel.since = bridge, moment(event)


def _parted(state: State, event: Event) -> None:
    channel = state.channels.get(event.get("Uniqueid", ""))
    if channel is not None and channel.bridge == event.get("BridgeUniqueid", ""):
        channel.bridge, channel.since, channel.held = "", 0.0, False


def _held(state: State, event: Event) -> None:
    channel = _channel(state, event)
    if channel is not None:
        channel.held = event["Event"] == "Hold"


def _spying(state: State, event: Event) -> None:
    if event.get("SpyerUniqueid") in state.channels:
        state.spies[event["SpyerUniqueid"]] = event.get("SpyeeUniqueid", "")


def _spied(state: State, event: Event) -> None:
    state.spies.pop(event.get("SpyerUniqueid", ""), None)


# -- queues ----------------------------------------------------------------------------------------


def _queue(state: State, event: Event) -> Queue:
    name = event.get("Queue", "")
    queue = state.queues.get(name)
    if queue is None:
        queue = state.queues[name] = Queue(name)
    return queue


def _queue_listed(state: State, event: Event) -> None:
    _queue(state, event)


def _entry_listed(state: State, event: Event) -> None:
    """QueueEntry: one who waits, of the query's answer, which gives them in order."""
    _queue(state, event).waiting.append(
        Entry(
            event.get("Uniqueid", ""), event.get("Channel", ""), known(event.get("CallerIDNum", "")),
            moment(event) - number(event, "Wait"),
        )
    )


def _entered(state: State, event: Event) -> None:
    waiting, uniqueid = _queue(state, event).waiting, event.get("Uniqueid", "")
    entry = next((one for one in waiting if one.uniqueid == uniqueid), None)
    if entry is not None:
        waiting.remove(entry)
    else:
        entry = Entry(uniqueid, event.get("Channel", ""), known(event.get("CallerIDNum", "")), moment(event))
    waiting.insert(max(number(event, "Position") - 1, 0), entry)


def _left(state: State, event: Event) -> None:
    queue, uniqueid = _queue(state, event), event.get("Uniqueid", "")
    queue.waiting[:] = [entry for entry in queue.waiting if entry.uniqueid != uniqueid]


def _member(state: State, event: Event) -> None:
    """Every event about a member, and the query's answer, tells all of it."""
    interface, paused = event.get("Interface") or event.get("Location", ""), event.get("Paused") == "1"
    _queue(state, event).members[interface] = Member(
        name=event.get("MemberName") or event.get("Name", ""),
        interface=interface,
        status=device(event.get("Status", "")),
        paused=paused,
        reason=event.get("PausedReason", "") if paused else "",
        calls=number(event, "CallsTaken"),
        last_call=number(event, "LastCall"),
        last_pause=number(event, "LastPause"),
        logged_in=number(event, "LoginTime"),
    )


def _member_gone(state: State, event: Event) -> None:
    _queue(state, event).members.pop(event.get("Interface", ""), None)


# -- devices ---------------------------------------------------------------------------------------


def _device_changed(state: State, event: Event) -> None:
    name = event.get("Device", "")
    if name.startswith("PJSIP/"):
        state.devices[name] = device(event.get("State", ""))


def _endpoint_listed(state: State, event: Event) -> None:
    state.devices["PJSIP/" + event.get("ObjectName", "")] = device(event.get("DeviceState", ""))


_CHANGES: dict[str, Callable[[State, Event], None]] = {
    "Newchannel": _seen,
    "Newstate": _seen,
    "NewCallerid": _seen,
    "NewConnectedLine": _seen,
    "Rename": _renamed,
    "Hangup": _hung_up,
    "BridgeEnter": _joined,
    "BridgeLeave": _parted,
    "Hold": _held,
    "Unhold": _held,
    "ChanSpyStart": _spying,
    "ChanSpyStop": _spied,
    "QueueCallerJoin": _entered,
    "QueueCallerLeave": _left,
    "QueueMemberAdded": _member,
    "QueueMemberStatus": _member,
    "QueueMemberPause": _member,
    "QueueMemberRemoved": _member_gone,
    "DeviceStateChange": _device_changed,
    # The answers to the queries.
    "CoreShowChannel": _listed,
    "QueueParams": _queue_listed,
    "QueueEntry": _entry_listed,
    "QueueMember": _member,
    "EndpointList": _endpoint_listed,
}
QUERIES = ("CoreShowChannels", "QueueStatus", "PJSIPShowEndpoints")
ANSWERS = frozenset({"CoreShowChannel", "QueueParams", "QueueEntry", "QueueMember", "EndpointList"})
EVENTS = frozenset(_CHANGES) - ANSWERS
