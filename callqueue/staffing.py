"""How many agents each hour of the week needs: a forecast from one's own past, then Erlang C."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from callqueue import erlang
from callqueue.calls import Direction
from callqueue.tables import CallRow
from store.base import LOCAL

HANDLING = 240.0
"""Seconds a call, when no past call tells."""

Hour = tuple[int, int]
"""Weekday (0 is Monday) and hour."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted: at least `target` of callers within `seconds`; `growth` multiplies the calls, `handling` replaces
    the past's seconds a call (0: as it was), `shrinkage` is the part of paid time in which an agent is away.
    """

    target: float = 0.95
    seconds: float = 15.0
    growth: float = 1.0
    handling: float = 0.0
    shrinkage: float = 0.3


@dataclass(frozen=True, slots=True)
class Need:
    """One hour of the week: calls expected, seconds a call, agents at the phone, agents on the roster; and what the
    agents at the phone give: percent within the wanted seconds, average wait.
    """

    weekday: int
    hour: int
    calls: float
    handling_s: float
    agents: int
    roster: int
    within_pct: float
    wait_s: float | None


@dataclass(frozen=True, slots=True)
class Past:
    """What the past says: calls an hour by hour of the week, seconds a call of each, and of all together."""

    calls: Mapping[Hour, float]
    handling: Mapping[Hour, float]
    overall: float


def past(calls: Iterable[tuple[datetime, float]], since: date, until: date) -> Past:
    """The averages of calls (began, seconds of an agent's time; 0 when no agent took it) between two days.

    A weekday counts as often as it occurs, also when nobody called.
    """
    days: dict[int, int] = defaultdict(int)
    for offset in range((until - since).days):
        days[(since + timedelta(days=offset)).weekday()] += 1
    count: dict[Hour, int] = defaultdict(int)
    spent: dict[Hour, list[float]] = defaultdict(list)
    for began, seconds in calls:
        hour = began.astimezone(LOCAL)
        count[hour.weekday(), hour.hour] += 1
        if seconds > 0:
            spent[hour.weekday(), hour.hour].append(seconds)
    every = [one for ones in spent.values() for one in ones]
    return Past(
        {hour: number / days[hour[0]] for hour, number in count.items() if days[hour[0]]},
        {hour: sum(ones) / len(ones) for hour, ones in spent.items()},
        sum(every) / len(every) if every else HANDLING,
    )


def plan(known: Past, wanted: Plan) -> list[Need]:
    """The need of each of the week's 168 hours, Monday first."""
    return [_need(known, wanted, weekday, hour) for weekday in range(7) for hour in range(24)]


def _need(known: Past, wanted: Plan, weekday: int, hour: int) -> Need:
    calls = known.calls.get((weekday, hour), 0.0) * wanted.growth
    handling = wanted.handling or known.handling.get((weekday, hour), known.overall)
    agents = erlang.needed(calls, handling, wanted.target, wanted.seconds)
    load = calls * handling / 3600
    given = erlang.within(agents, load, handling, wanted.seconds)
    wait = erlang.average_wait(agents, load, handling)
    return Need(
        weekday, hour, round(calls, 1), round(handling, 1), agents, math.ceil(agents / (1 - wanted.shrinkage)),
        round(100 * given, 1), None if wait is None else round(wait, 1),
    )  # fmt: skip


def from_ledger(session: Session, since: date, until: date, wrap_up: int) -> Past:
    """What the ledger's calls that asked for an agent say; `wrap_up`: seconds added to each call that had one."""
    first, last = (datetime(day.year, day.month, day.day, tzinfo=LOCAL) for day in (since, until))
    query = select(CallRow.started_at, CallRow.talk_s, CallRow.hold_s, CallRow.agent_at).where(
        CallRow.started_at >= first, CallRow.started_at < last, CallRow.direction == Direction.INBOUND,
        CallRow.queued_at.is_not(None),
    )  # fmt: skip
    rows = session.execute(query.execution_options(yield_per=5000))
    return past(
        ((began, talk + hold + wrap_up if reached else 0.0) for began, talk, hold, reached in rows), since, until
    )
