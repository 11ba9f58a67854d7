"""Keeping the ledger: what Asterisk has written since the last time becomes calls, and is handed on to the tickets.

Every step can be repeated, cut off or done in another order, and the rows come out the same: raw rows are their own
keys, a visit is always built anew from all of its rows, and how far a log was read is part of the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from callqueue import cel, groups, later, queuelog, reader, sql
from callqueue.build import Handover, build
from callqueue.cel import CelEvent
from callqueue.disposition import Disposition
from callqueue.errors import BadLine
from callqueue.later import Later
from callqueue.queuelog import STARTED, QueueRow
from callqueue.reader import Line
from callqueue.tables import BadLineRow, CallRow, CelRow, LegRow, QueueLogRow
from store.base import now
from store.engine import Store

log = logging.getLogger(__name__)

Row = TypeVar("Row", CelEvent, QueueRow)
_OPEN = select(CallRow.call_id).where(CallRow.disposition == Disposition.OPEN)


@dataclass(frozen=True, slots=True)
class Paths:
    """Where Asterisk writes: the event log (`cel.csv` of cel_custom) and queue_log."""

    cel: Path
    queue_log: Path


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: lines taken, lines not understood, calls built (again), and of these calls now over."""

    events: int = 0
    queue_rows: int = 0
    bad_lines: int = 0
    calls: int = 0
    closed: int = 0

    def __add__(self, other: Imported) -> Imported:
        return Imported(
            self.events + other.events,
            self.queue_rows + other.queue_rows,
            self.bad_lines + other.bad_lines,
            self.calls + other.calls,
            self.closed + other.closed,
        )

    def __bool__(self) -> bool:
        return bool(self.events or self.queue_rows or self.bad_lines)


def import_new(
    store: Store, paths: Paths, handover: Handover | None = None, postponed: Later | None = None
) -> Imported:
    """What was taken in: everything that Asterisk has written since the last time.

    In short transactions, one for each batch. A call that is over is handed over once, an answer as soon as it was
    given; without `handover` they wait for `hand_over_missed`. Database errors are raised, and nothing is lost by them.
    `postponed` keeps, from one time to the next, what of calls under way is still to be built; None: nothing waits.
    """
    total, more = Imported(), True
    while more:
        with store.begin() as session:
            done, built, more = _batch(session, paths, handover, postponed)
        if postponed:
            postponed.built(built)
        total += done
    return total


def close_open_before(store: Store, moment: datetime, handover: Handover | None = None) -> Imported:
    """What was closed: every visit of which nothing more was heard before `moment`, when Asterisk was (re)started.

    Asterisk's own mark (QUEUESTART in queue_log) does the same; this is for whoever knows the moment more exactly.
    """
    at = round(moment.timestamp() * 1_000_000)
    row = QueueRow(at, "", "", "", STARTED)
    with store.begin() as session:
        sql.alone(session)
        _keep_rows(session, [(row, reader.digest(str(at).encode()))])
        calls, closed = build(session, groups.load(session, _open_before(session, at)), handover)
    return Imported(calls=calls, closed=closed)


def hand_over_missed(store: Store, handover: Handover, limit: int = 100) -> Imported:
    """What was handed over: at most `limit` finished calls that could not be, because of an error or no taker."""
    query = select(CallRow.call_id).where(CallRow.handed_over.is_(False), CallRow.ended_at.is_not(None))
    with store.begin() as session:
        sql.alone(session)
        missed = set(session.scalars(query.order_by(CallRow.started_at).limit(limit)))
        calls, closed = build(session, groups.load(session, missed), handover)
    return Imported(calls=calls, closed=closed)


def _batch(
    session: Session, paths: Paths, handover: Handover | None, postponed: Later | None
) -> tuple[Imported, set[str], bool]:
    """What was done, the linkedids that were built, and whether there may be more to read."""
    sql.alone(session)
    # The event log first: a call whose end is read there has all of its queue_log written by then.
    taken = reader.read(session, "cel", paths.cel)
    queue_taken = reader.read(session, "queue_log", paths.queue_log)
    wanted = [line for line in taken.lines if not cel.of_prompt(line.text)]
    events, bad = _understood(session, "cel", wanted, cel.parse)
    rows, bad_rows = _understood(session, "queue_log", queue_taken.lines, queuelog.parse)
    useful = [(event, key) for event, key in events if cel.of_use(event)]
    _keep_events(session, useful)
    _keep_rows(session, rows)
    affected = _affected(session, [event for event, _ in useful], [row for row, _ in rows], postponed)
    visits = groups.load(session, affected)
    calls, closed = build(session, visits, handover)
    done = Imported(len(events) + len(taken.lines) - len(wanted), len(rows), bad + bad_rows, calls, closed)
    built = {one for visit in visits for one in visit.linkedids}
    return done, built, taken.more or queue_taken.more


def _affected(
    session: Session, events: Sequence[CelEvent], rows: Sequence[QueueRow], postponed: Later | None
) -> set[str]:
    """The linkedids to be built now."""
    changed = {event.linkedid for event in events}
    changed |= groups.linkedids_of(session, {row.call for row in rows if row.call})
    stopped = max((row.at for row in rows if row.event == STARTED), default=0)
    if postponed is None:
        return changed | _open_before(session, stopped)
    due = postponed.due(changed, later.at_once(events))
    if stopped:
        return due | postponed.waiting() | _open_before(session, stopped)
    if not postponed.begun:
        # What the process before had put off: its rows are open.
        due |= set(session.scalars(_OPEN))
    return due


def _understood(
    session: Session, source: str, lines: Sequence[Line], parse: Callable[[str], Row]
) -> tuple[list[tuple[Row, int]], int]:
    """The rows in the lines with their digests, and how many lines were bad; these are kept apart."""
    rows: list[tuple[Row, int]] = []
    bad = []
    for line in lines:
        try:
            if "\0" in line.text:
                raise BadLine("NUL in the line")
            rows.append((parse(line.text), line.digest))
        except BadLine as error:
            text = line.text[:500].replace("\0", "\N{REPLACEMENT CHARACTER}")
            seen = {"source": source, "digest": line.digest, "seen_at": now()}
            bad.append(seen | {"reason": str(error), "text": text})
    if bad:
        log.warning("%d lines of %s could not be understood, see table bad_lines", len(bad), source)
        sql.upsert(session, BadLineRow, bad)
    return rows, len(bad)


def _keep_events(session: Session, events: Sequence[tuple[CelEvent, int]]) -> None:
    rows = [
        (
            *(event.linkedid, event.at, key, event.kind, event.name, event.channel, event.uniqueid),
            *(event.caller, event.exten, event.app, event.data, event.extra),
        )
        for event, key in events
    ]
    sql.add(session, CelRow, rows)
    sql.add(session, LegRow, sorted(groups.legs(event for event, _ in events)))


def _keep_rows(session: Session, rows: Iterable[tuple[QueueRow, int]]) -> None:
    kept = [(row.at, key, row.call, row.queue, row.agent, row.event, "|".join(row.data)) for row, key in rows]
    sql.add(session, QueueLogRow, kept)


def _open_before(session: Session, at: int) -> set[str]:
    """The visits that began before `at`, microseconds, and are open."""
    if not at:
        return set()
    before = datetime.fromtimestamp(at / 1_000_000, tz=now().tzinfo)
    return set(session.scalars(_OPEN.where(CallRow.started_at < before)))
