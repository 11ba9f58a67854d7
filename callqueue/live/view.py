"""The state as people read it: agents, queues, trunks. Pure; `now` is epoch seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from callqueue.live.device import Device
from callqueue.live.state import UP, Channel, Member, Queue, State

_CALLING = ("Dialing", "Ring")  # the agent calls, and is not called
CALL, QUEUE, PATH = "HOTLINE_CALL_ID", "HOTLINE_QUEUE", "HOTLINE_PATH"


class Seating(StrEnum):
    """What an agent is doing. The first that fits, in the order written here, counts."""

    UNREGISTERED = "unregistered"
    HELD = "held"
    TALKING = "talking"
    RINGING = "ringing"
    LOGGED_OUT = "logged-out"
    PAUSED = "paused"
    WRAP_UP = "wrap-up"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody who is on the line with an agent; `queue` and `path` are how they came."""

    number: str
    channel: str
    call: str = ""
    queue: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """One agent's account. `since` is when the state began (epoch seconds, 0 when that is not known).

    `queues` are those the agent is logged in to; `reason` why the agent pauses, also while talking; `calls` how many
    were taken since the log-in; `listeners` are the endpoints that listen to the call.
    """

    number: str
    state: Seating
    since: float
    queues: tuple[str, ...]
    reason: str
    calls: int
    registered: bool
    channel: str = ""
    peers: tuple[Peer, ...] = ()
    listeners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """One who waits; `position` counts from 1, `since` is epoch seconds, `path` the keys that led here."""

    uniqueid: str
    channel: str
    caller: str
    position: int
    since: float
    path: str
    call: str


@dataclass(frozen=True, slots=True)
class Line:
    """One queue: callers waiting, the longest wait in seconds, agents logged in, and those that are free."""

    name: str
    waiting: int
    longest: int
    members: int
    free: int
    callers: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Trunk:
    """A way to the outside: an endpoint that is no telephone of ours, and how many channels it carries."""

    name: str
    state: Device
    channels: int


# -- agents ----------------------------------------------------------------------------------------


def seats(state: State, numbers: Iterable[str], now: float, wrap_up: int) -> list[Seat]:
    """The seat of each number, in order. `wrap_up`: seconds an agent has after a call."""
    members: dict[str, list[tuple[str, Member]]] = defaultdict(list)
    for queue in state.queues.values():
        for member in queue.members.values():
            members[member.interface].append((queue.name, member))
    channels: dict[str, list[Channel]] = defaultdict(list)
    for channel in state.channels.values():
        channels[channel.endpoint].append(channel)
    joined = Joined(state)
    found = []
    for number in numbers:
        device = f"PJSIP/{number}"
        found.append(_seat(number, state.devices.get(device, Device.UNKNOWN), members[device], channels[device],
                           joined, now - wrap_up))
    return found


def _seat(
    number: str, device: Device, members: Sequence[tuple[str, Member]], channels: Sequence[Channel], joined: Joined,
    after_call: float,
) -> Seat:
    call = foremost(channels)
    seated = [member for _, member in members]
    paused = next((member for member in seated if member.paused), None)
    doing = _doing(device, call, seated, paused is not None, after_call)
    return Seat(
        number=number,
        state=doing,
        since=_since(doing, call, seated),
        queues=tuple(sorted(queue for queue, _ in members)),
        reason=paused.reason if paused else "",
        # A call counts in every queue that the agent is in (shared_lastcall).
        calls=max((member.calls for member in seated), default=0),
        registered=device.reachable,
        channel=call.name if call else "",
        peers=tuple(joined.peers(call)) if call else (),
        listeners=tuple(joined.listeners(call)) if call else (),
    )


def foremost(channels: Iterable[Channel]) -> Channel | None:
    """An agent's leg that counts: who is spoken with before who is kept waiting, and both before a call that rings."""
    return min(channels, key=lambda one: (one.state != UP, one.bridge == "", one.held, one.began), default=None)


def calls_out(leg: Channel) -> bool:
    """Whether the agent calls, and is not called."""
    return leg.state in _CALLING


def _doing(
    device: Device, call: Channel | None, members: Sequence[Member], paused: bool, after_call: float
) -> Seating:
    if not device.reachable and call is None:
        return Seating.UNREGISTERED
    if call is not None and call.state == UP:
        return Seating.HELD if call.held else Seating.TALKING
    if call is not None:
        return Seating.TALKING if calls_out(call) else Seating.RINGING
    if not members:
        return Seating.LOGGED_OUT
    if paused:
        return Seating.PAUSED
    last = max(member.last_call for member in members)
    return Seating.WRAP_UP if last > after_call else Seating.FREE


def _since(doing: Seating, call: Channel | None, members: Sequence[Member]) -> float:
    if call is not None:
        return call.since or call.began
    last_call = max((member.last_call for member in members), default=0)
    if doing is Seating.WRAP_UP:
        return last_call
    if doing is Seating.PAUSED:
        return max(member.last_pause for member in members)
    return max((member.logged_in for member in members), default=0) if doing is Seating.FREE else 0.0


class Joined:
    """Who is on the line with whom, through bridges and through both halves of Local channels."""

    def __init__(self, state: State) -> None:
        self._channels = state.channels
        self._bridges: dict[str, list[Channel]] = defaultdict(list)
        self._halves: dict[str, Channel] = {}
        self._spies: dict[str, list[str]] = defaultdict(list)
        for channel in state.channels.values():
            if channel.bridge:
                self._bridges[channel.bridge].append(channel)
            if channel.local:
                self._halves[channel.name] = channel
        for spy, of in state.spies.items():
            self._spies[of].append(spy)

    def peers(self, channel: Channel) -> Iterator[Peer]:
        """Each telephone on the line with `channel`, but its own."""
        seen = {channel.uniqueid}
        edge = [channel]
        while edge:
            for other in self._beside(edge.pop()):
                if other.uniqueid in seen:
                    continue
                seen.add(other.uniqueid)
                edge.append(other)
                if not other.local:
                    facts = other.facts
                    yield Peer(other.caller, other.name, facts.get(CALL, ""), facts.get(QUEUE, ""), facts.get(PATH, ""))

    def _beside(self, channel: Channel) -> list[Channel]:
        found = list(self._bridges.get(channel.bridge, ())) if channel.bridge else []
        if channel.local:
            half = self._halves.get(channel.name[:-1] + ("2" if channel.name.endswith("1") else "1"))
            found += [half] if half else []
        return found

    def listeners(self, channel: Channel) -> Iterator[str]:
        """The endpoints that listen to the channel or to one on the line with it."""
        beside = {channel.uniqueid} | {other.uniqueid for other in self._beside(channel)}
        for uniqueid in sorted(beside):
            for spy in self._spies.get(uniqueid, ()):
                listener = self._channels.get(spy)
                if listener is not None and not listener.local:
                    yield listener.endpoint.removeprefix("PJSIP/")


# -- queues and trunks -------------------------------------------------------------------------------


def queues(state: State, now: float) -> list[Line]:
    """Every queue, in Asterisk's order."""
    return [_line(state, queue, now) for queue in state.queues.values()]


def _line(state: State, queue: Queue, now: float) -> Line:
    callers = tuple(_waiting(state, queue))
    free = [m for m in queue.members.values() if m.status is Device.FREE and not m.paused]
    longest = max((int(max(now - one.since, 0)) for one in callers), default=0)
    return Line(queue.name, len(callers), longest, len(queue.members), len(free), callers)


def _waiting(state: State, queue: Queue) -> Iterator[Waiting]:
    for position, entry in enumerate(queue.waiting, 1):
        channel = state.channels.get(entry.uniqueid)
        facts: Mapping[str, str] = channel.facts if channel else {}
        yield Waiting(
            entry.uniqueid, entry.channel, entry.caller, position, entry.since, facts.get(PATH, ""),
            facts.get(CALL, ""),
        )


def trunks(state: State, numbers: Iterable[str]) -> list[Trunk]:
    """Every endpoint but the telephones of `numbers`."""
    ours = {f"PJSIP/{number}" for number in numbers}
    carried: dict[str, int] = defaultdict(int)
    for channel in state.channels.values():
        carried[channel.endpoint] += 1
    others = ((name, device) for name, device in state.devices.items() if name not in ours)
    return [Trunk(name.removeprefix("PJSIP/"), device, carried[name]) for name, device in others]
