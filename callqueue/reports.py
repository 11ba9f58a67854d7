"""Reports: the ledger's calls put into periods and groups, and the figures of each (`callqueue.figures`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from callqueue import periods, shifts
from callqueue.calls import Direction
from callqueue.figures import Bucket, Shift, Urgent, Value, Visit, urgent_values, values
from callqueue.periods import Period
from callqueue.queuelog import QueueRow
from callqueue.tables import CallRow, EmergencyRow, QueueLogRow
from store.base import LOCAL

LOOKBACK = timedelta(days=7)
"""How long before the report an agent may have logged in and still be known to be."""

_MENUS = ("greeting", "main")
_COLUMNS = (
    CallRow.started_at, CallRow.direction, CallRow.disposition, CallRow.queue, CallRow.line, CallRow.queued_at,
    CallRow.agent_at, CallRow.answered_at, CallRow.ended_at, CallRow.talk_s, CallRow.hold_s, CallRow.transfers,
    CallRow.rating, CallRow.trunk,
)  # fmt: skip
Key = tuple[datetime, str]


class By(StrEnum):
    """What the calls of a period are told apart by."""

    NONE = "none"
    QUEUE = "queue"
    AGENT = "agent"
    PATH = "path"
    LINE = "line"
    TRUNK = "trunk"


@dataclass(frozen=True, slots=True)
class Report:
    """Rows by period and group with every figure; `totals` by group over all periods; `urgent` by period (R6)."""

    period: Period
    by: By
    rows: tuple[dict[str, Any], ...]
    totals: tuple[dict[str, Any], ...]
    urgent: tuple[dict[str, Any], ...]


def report(
    session: Session, since: datetime, until: datetime, period: Period = Period.DAY, by: By = By.NONE, wrap_up: int = 0
) -> Report:
    """The figures of the calls that began from `since` until before `until`; `wrap_up`: seconds after each call."""
    buckets: dict[Key, Bucket] = defaultdict(Bucket)
    totals: dict[str, Bucket] = defaultdict(Bucket)
    spans: dict[str, list[shifts.Span]] = defaultdict(list)
    made: dict[Key, float] = defaultdict(float)
    for row in _calls(session, since, until, by):
        first = periods.begin(period, row.started_at)
        if by is By.AGENT:
            for agent, start, end in _parts(row):
                spans[agent].append((start, end))
                if row.direction != Direction.INBOUND:
                    made[first, agent] += (end - start) / 1_000_000
        if row.direction == Direction.INBOUND:
            for group, visit in _visits(row, by):
                buckets[first, group].visits.append(visit)
                totals[group].visits.append(visit)
    if by is By.AGENT:
        _add_shifts(session, since, until, period, wrap_up, spans, made, buckets, totals)
    urgent = tuple(_urgent(session, since, until, period))
    return Report(period, by, tuple(_rows(period, buckets)), tuple(_totals(totals)), urgent)


def _calls(session: Session, since: datetime, until: datetime, by: By) -> Iterable[Row[Any]]:
    more = {By.AGENT: (CallRow.agents,), By.PATH: (CallRow.path,)}.get(by, ())
    query = select(*_COLUMNS, *more).where(CallRow.started_at >= since, CallRow.started_at < until)
    return session.execute(query.execution_options(yield_per=5000))


def _visits(row: Row[Any], by: By) -> Iterator[tuple[str, Visit]]:
    if by is By.AGENT:
        last = len(row.agents) - 1
        for place, item in enumerate(row.agents):
            whole = _visit(row, item["talk_s"], item.get("hold_s", 0.0), int(place < last and place < row.transfers))
            yield item["agent"], whole
    else:
        group = {By.NONE: "", By.QUEUE: row.queue, By.LINE: row.line, By.TRUNK: row.trunk}.get(by)
        yield _path(row.path) if group is None else group, _visit(row, row.talk_s, row.hold_s, row.transfers)


def _visit(row: Row[Any], talk: float, hold: float, transfers: int) -> Visit:
    asked, reached = row.queued_at is not None, row.agent_at is not None
    until = row.agent_at or row.ended_at
    return Visit(
        asked=asked, reached=reached, disposition=row.disposition,
        waited=(until - row.queued_at).total_seconds() if asked and until else 0.0,
        answered_in=(row.answered_at - row.started_at).total_seconds() if row.answered_at else None,
        talk=talk, hold=hold, transfers=transfers, rating=row.rating,
    )  # fmt: skip


def _path(path: Sequence[Mapping[str, str]]) -> str:
    return " ".join(f"{step['at']}:{step['key']}" for step in path if step["at"] in _MENUS and step["key"])


def _parts(row: Row[Any]) -> Iterator[tuple[str, int, int]]:
    """Each agent's part of a call with a citizen: agent, begin and end, microseconds."""
    if row.direction != Direction.INTERNAL:
        for item in row.agents:
            start = round(datetime.fromisoformat(item["joined_at"]).timestamp() * 1_000_000)
            yield item["agent"], start, start + round((item["talk_s"] + item.get("hold_s", 0.0)) * 1_000_000)


def _add_shifts(
    session: Session, since: datetime, until: datetime, period: Period, wrap_up: int,
    spans: Mapping[str, list[shifts.Span]], made: Mapping[Key, float], buckets: dict[Key, Bucket],
    totals: dict[str, Bucket],
) -> None:  # fmt: skip
    known = shifts.hours(_queue_rows(session, since - LOOKBACK, until), _micro(until))
    after = shifts.after_calls(spans, wrap_up)
    first = periods.begin(period, since)
    while first < until:
        start, end = max(first, since), min(periods.end(period, first), until)
        for agent in known.keys() | after.keys():
            own = known.get(agent, shifts.Hours())
            found = shifts.shift(own, after.get(agent, ()), _micro(start), _micro(end))
            if found != Shift() or (first, agent) in buckets:
                whole = replace(found, made=made.get((first, agent), 0.0))
                buckets[first, agent].shifts.append(whole)
                totals[agent].shifts.append(whole)
        first = periods.end(period, first)


def _queue_rows(session: Session, since: datetime, until: datetime) -> list[QueueRow]:
    row = QueueLogRow
    query = select(row.at, row.call, row.queue, row.agent, row.event, row.data)
    query = query.where(row.event.in_(shifts.EVENTS), row.at >= _micro(since), row.at < _micro(until))
    return [QueueRow(at, call, queue, agent, event, tuple(data.split("|")))
            for at, call, queue, agent, event, data in session.execute(query)]  # fmt: skip


def _micro(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _rows(period: Period, buckets: Mapping[Key, Bucket]) -> Iterator[dict[str, Any]]:
    for (first, group), bucket in sorted(buckets.items()):
        yield {"period": periods.name(period, first), "of": group, **values(bucket)}


def _totals(totals: Mapping[str, Bucket]) -> Iterator[dict[str, Any]]:
    for group, bucket in sorted(totals.items()):
        yield {"of": group, **values(bucket)}


def _urgent(session: Session, since: datetime, until: datetime, period: Period) -> Iterator[dict[str, Value | str]]:
    row = EmergencyRow
    query = select(row.pressed_at, row.calling_at, row.answered_at, row.agent_joined_at)
    query = query.where(row.pressed_at >= since, row.pressed_at < until)
    found: dict[datetime, list[Urgent]] = defaultdict(list)
    for pressed, calling, answered, joined in session.execute(query):
        after = [None if at is None else (at - pressed).total_seconds() for at in (calling, answered, joined)]
        found[periods.begin(period, pressed.astimezone(LOCAL))].append(Urgent(*after))
    for first, ones in sorted(found.items()):
        yield {"period": periods.name(period, first), **urgent_values(ones)}
