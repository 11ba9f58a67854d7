"""Agents and queues as Asterisk tells them at this moment (AMI QueueStatus, PJSIPShowEndpoints). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Event = Mapping[str, Any]

# Member states of QueueMember events (docs.asterisk.org: QueueMember).
_TALKING, _RINGING = {"2", "3", "7", "8"}, {"6"}


@dataclass(frozen=True, slots=True)
class Seat:
    """One agent's account. `state`: unregistered, logged-out, free, ringing, talking, wrap-up or paused.

    `queues` are those the agent is logged in to; `reason` why the agent pauses; `calls` how many were taken since.
    """

    number: str
    state: str
    queues: tuple[str, ...]
    reason: str
    calls: int
    registered: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue: callers waiting, the longest wait in seconds, agents logged in, and those that are free."""

    name: str
    waiting: int
    longest: int
    members: int
    free: int


def seats(
    numbers: Iterable[str], endpoints: Iterable[Event], queue_events: Iterable[Event], after_call: float = 0.0
) -> list[Seat]:
    """The seat of each number, in order. `after_call`: a call that ended later leaves its agent in wrap-up (epoch)."""
    states = {event.get("ObjectName"): event.get("DeviceState", "") for event in endpoints}
    members: dict[str, list[Event]] = {}
    for event in queue_events:
        if event.get("Event") == "QueueMember":
            members.setdefault(str(event.get("Name")), []).append(event)
    return [_seat(number, states.get(number, ""), members.get(number, []), after_call) for number in numbers]


def _seat(number: str, device: str, members: list[Event], after_call: float) -> Seat:
    registered = device not in ("", "Unavailable", "Invalid")
    paused = [event for event in members if event.get("Paused") == "1"]
    return Seat(
        number=number,
        state=_state(registered, members, bool(paused), after_call),
        queues=tuple(sorted(str(event.get("Queue")) for event in members)),
        reason=str(paused[0].get("PausedReason") or "") if paused else "",
        # A call counts in every queue that the agent is in (shared_lastcall).
        calls=max((int(event.get("CallsTaken") or 0) for event in members), default=0),
        registered=registered,
    )


def _state(registered: bool, members: list[Event], paused: bool, after_call: float) -> str:
    if not registered:
        return "unregistered"
    if not members:
        return "logged-out"
    statuses = {str(event.get("Status")) for event in members}
    if statuses & _TALKING or any(event.get("InCall") == "1" for event in members):
        return "talking"
    if statuses & _RINGING:
        return "ringing"
    if paused:
        return "paused"
    last = max(int(event.get("LastCall") or 0) for event in members)
    return "wrap-up" if after_call and last > after_call else "free"


def queues(queue_events: Iterable[Event]) -> list[Queue]:
    """Every queue, in Asterisk's order."""
    events = list(queue_events)
    found = []
    for params in (event for event in events if event.get("Event") == "QueueParams"):
        name = str(params.get("Queue"))
        waits = [int(event.get("Wait") or 0) for event in _of(events, "QueueEntry", name)]
        members = _of(events, "QueueMember", name)
        free = [event for event in members if event.get("Status") == "1" and event.get("Paused") == "0"]
        found.append(Queue(name, len(waits), max(waits, default=0), len(members), len(free)))
    return found


def _of(events: Iterable[Event], kind: str, queue: str) -> list[Event]:
    return [event for event in events if event.get("Event") == kind and event.get("Queue") == queue]
