"""Agents' time from queue_log: when each was logged in, paused, in wrap-up. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from callqueue.figures import Shift
from callqueue.queuelog import QueueRow

WRAP_UP = "wrap-up"
EVENTS = ("ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "RINGNOANSWER")

Span = tuple[int, int]


@dataclass(slots=True)
class Hours:
    """One agent's spans, microseconds."""

    logged_in: list[Span] = field(default_factory=list)
    paused: list[Span] = field(default_factory=list)
    wrap_up: list[Span] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)


def hours(rows: Sequence[QueueRow], until: int) -> dict[str, Hours]:
    """Each agent's spans from the rows, in order of time, up to `until`.

    An agent is logged in while a member of any queue, and paused while paused in any.
    """
    found: dict[str, Hours] = {}
    members: dict[str, dict[str, int]] = {}
    pauses: dict[str, tuple[int, str]] = {}
    for row in sorted(rows, key=lambda one: one.at):
        agent = number(row.agent)
        own = found.setdefault(agent, Hours())
        queues = members.setdefault(agent, {})
        if row.event == "ADDMEMBER":
            queues.setdefault(row.queue, row.at)
        elif row.event == "REMOVEMEMBER" and row.queue in queues:
            own.logged_in.append((queues.pop(row.queue), row.at))
        elif row.event in ("PAUSE", "UNPAUSE"):
            _end(own, pauses.pop(agent, None), row.at)
            if row.event == "PAUSE":
                pauses[agent] = row.at, row.data[0] if row.data else ""
        elif row.event == "RINGNOANSWER":
            own.missed.append(row.at)
    for agent, own in found.items():
        own.logged_in += [(since, until) for since in members[agent].values()]
        _end(own, pauses.get(agent), until)
    return found


def _end(own: Hours, pause: tuple[int, str] | None, at: int) -> None:
    if pause is not None:
        (own.wrap_up if pause[1] == WRAP_UP else own.paused).append((pause[0], at))


def number(agent: str) -> str:
    """The agent's number of a member's name or interface."""
    return agent.rpartition("/")[2]


def after_calls(calls: Mapping[str, Sequence[Span]], seconds: int) -> dict[str, list[Span]]:
    """The wrap-up after each agent's calls (start and end of each): so many seconds, or until the next call begins."""
    length = seconds * 1_000_000
    found: dict[str, list[Span]] = {}
    for agent, spans in calls.items():
        ordered = sorted(spans)
        nexts = [*(start for start, _ in ordered[1:]), ordered[-1][1] + length]
        found[agent] = [
            (end, max(end, min(end + length, begins))) for (_, end), begins in zip(ordered, nexts, strict=True)
        ]
    return found


def shift(own: Hours, wrap_up: Sequence[Span], start: int, end: int) -> Shift:
    """The agent's shift between two moments."""
    logged_in = _cut(own.logged_in, start, end)
    wraps = _cut([*own.wrap_up, *wrap_up], start, end)
    paused = _cut(own.paused, start, end)
    return Shift(
        _length(logged_in), _length(paused), _length(wraps), sum(start <= at < end for at in own.missed)
    )  # fmt: skip


def _cut(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """The spans within, joined where they overlap."""
    joined: list[Span] = []
    for low, high in sorted((max(low, start), min(high, end)) for low, high in spans):
        if high <= low:
            continue
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], high)
        else:
            joined.append((low, high))
    return joined


def _length(spans: Sequence[Span]) -> float:
    return sum(high - low for low, high in spans) / 1_000_000
