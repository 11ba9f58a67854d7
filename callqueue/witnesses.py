"""What one witness of a call says for itself: whether its lines match each other, and whether a row says the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callqueue.calls import Call
from callqueue.cel import NOTE, CelEvent
from callqueue.queuelog import LEAVES, QueueRow

_COMPARED = (
    "direction", "disposition", "started_at", "answered_at", "ended_at", "queued_at", "agent_at", "queue", "agent",
    "transfers", "rating", "emergency",
)  # fmt: skip
_TIMES = ("wait_s", "talk_s", "hold_s", "ring_s")
_PAIRS = (("BRIDGE_ENTER", "BRIDGE_EXIT"), ("APP_START", "APP_END"))
_COMPLETES = frozenset({"COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER"})
_HEARD = 2
"""Seconds by queue_log, which counts whole ones: from here on somebody was spoken with."""


@dataclass(frozen=True, slots=True)
class Stays:
    """What queue_log says of a visit: how often a queue was entered, how that ended; `open` never did."""

    entered: int
    abandoned: int
    connected: int
    completed: int
    left: int

    @property
    def open(self) -> int:
        return max(0, self.entered - self.left)


def unmatched(events: Sequence[CelEvent], stopped: bool) -> Iterator[str]:
    """What is missing for the events of an ended visit to match: every channel starts, is hung up and ends once,
    leaves each bridge and application that it entered, and every linkedid ends once.

    `stopped`: Asterisk was, in the middle; then ends are missing rightly, and only beginnings are looked for.
    """
    channels: dict[str, Counter[str]] = defaultdict(Counter)
    for event in events:
        if event.kind != "LINKEDID_END":
            channels[event.uniqueid][event.kind] += 1
    for uniqueid, seen in sorted(channels.items()):
        expected = ["CHAN_START"] if stopped else ["CHAN_START", "HANGUP", "CHAN_END"]
        for kind in expected:
            if seen[kind] != 1:
                yield f"channel {uniqueid}: {seen[kind]} times {kind}"
        for enters, leaves in _PAIRS:
            if seen[enters] < seen[leaves] or (seen[enters] > seen[leaves] and not stopped):
                yield f"channel {uniqueid}: {seen[enters]} times {enters}, {seen[leaves]} times {leaves}"
    if not stopped:
        yield from _linkedids(events)


def _linkedids(events: Sequence[CelEvent]) -> Iterator[str]:
    ends = Counter(event.linkedid for event in events if event.kind == "LINKEDID_END")
    for linkedid in sorted({event.linkedid for event in events}):
        if ends[linkedid] != 1:
            yield f"linkedid {linkedid}: {ends[linkedid]} times LINKEDID_END"


def different(call: Call, row: Mapping[str, Any]) -> list[str]:
    """The columns in which the row does not say what the call is."""
    names = [name for name in _COMPARED if _plain(getattr(call, name)) != _plain(row[name])]
    names += [name for name in _TIMES if abs(getattr(call, name) - row[name]) >= 0.001]
    said = [(share.agent, share.talk_s) for share in call.agents]
    return names + (["agents"] if said != [(item["agent"], item["talk_s"]) for item in row["agents"]] else [])


def _plain(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else value


def queue_stays(rows: Sequence[QueueRow]) -> Stays:
    """What the rows of one visit say."""
    seen = Counter(row.event for row in set(rows))
    spoken = [row for row in rows if row.event in _COMPLETES and _spoken(row)]
    left = sum(seen[event] for event in LEAVES)
    return Stays(seen["ENTERQUEUE"], seen["ABANDON"], seen["CONNECT"], len(spoken), left)


def _spoken(row: QueueRow) -> bool:
    """Whether the row tells of seconds of talk: COMPLETE... has hold time, talk time, position."""
    if not row.event.startswith("COMPLETE"):
        return True
    return len(row.data) > 1 and row.data[1].isdigit() and int(row.data[1]) >= _HEARD


def left_at_once(rows: Sequence[QueueRow], events: Sequence[CelEvent]) -> bool:
    """Whether each agent who answered was gone at once, before anything could be said.

    Of an agent who hangs up while being joined with the caller, queue_log tells when the caller's call is over, rating
    and all, and counts until then. `events` of the visit have the agent's channel, which CONNECT names.
    """
    ends: dict[str, int] = {}
    for event in events:
        ends[event.uniqueid] = max(event.at, ends.get(event.uniqueid, 0))
    answered = [row for row in rows if row.event == "CONNECT"]
    return bool(answered) and all(
        len(row.data) > 1 and row.data[1] in ends and ends[row.data[1]] - row.at < _HEARD * 1_000_000
        for row in answered
    )  # fmt: skip


def files(events: Sequence[CelEvent]) -> Iterator[str]:
    """Every file that a note names."""
    for event in events:
        if event.kind == NOTE and "file=" in event.extra:
            yield event.details().get("file", "")
