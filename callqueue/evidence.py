"""What Asterisk's own files say of one day, read from their first byte and not from where the importer stopped.

The proof of a day (`callqueue.proof`) compares this with the tables, so nothing here looks at them.
"""

from __future__ import annotations

import bz2
import csv
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from callqueue import cel, groups, ledger, queuelog, reader
from callqueue.calls import Call
from callqueue.cel import CelEvent
from callqueue.errors import BadLine
from callqueue.groups import Group
from callqueue.legs import gather
from callqueue.queuelog import STARTED, QueueRow
from store.base import LOCAL

Row = TypeVar("Row", CelEvent, QueueRow)

AROUND = timedelta(hours=6)
"""A visit is looked for so long before the day and after it; none lasts longer."""

_AT_ONCE = 60_000_000  # microseconds between the last line and the next start
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}


@dataclass(frozen=True, slots=True)
class Logs:
    """Where Asterisk writes: event log, queue_log and call detail records."""

    cel: Path
    queue_log: Path
    cdr: Path


@dataclass(frozen=True, slots=True)
class CdrRecord:
    """One call detail record: when it began, what it says, and its channel's ids."""

    at: datetime
    disposition: str
    uniqueid: str
    linkedid: str
    seconds: int


@dataclass(slots=True)
class Visit:
    """One visit on disk: its raw rows, their digests, and the call that they are (None: Asterisk's own channels)."""

    group: Group
    call: Call | None
    digests: set[int] = field(default_factory=set)
    row_digests: set[int] = field(default_factory=set)
    stopped: int | None = None

    @property
    def last(self) -> int:
        """When it was last heard of, microseconds."""
        return max(event.at for event in self.group.events)


@dataclass(slots=True)
class Day:
    """All that the files say of the visits that began on one day, and the lines of it that nobody understands.

    `records`: the call detail records that began on the day; `known`: ids of all channels and visits around the day
    that CEL knows, `cdr_ids` those that have a record; `missing`: the logs of which there is no file.
    """

    visits: list[Visit]
    loose_rows: list[QueueRow]
    records: list[CdrRecord]
    bad: list[tuple[str, str]]
    missing: list[str]
    known: set[str] = field(default_factory=set)
    cdr_ids: set[str] = field(default_factory=set)


def bounds(day: date) -> tuple[datetime, datetime]:
    """The day's first moment and the next day's, in Asia/Shanghai."""
    first = datetime.combine(day, time(), LOCAL)
    return first, datetime.combine(day + timedelta(days=1), time(), LOCAL)


def read_day(logs: Logs, day: date, until: datetime) -> Day:
    """What is on disk of the day and older than `until`."""
    first, end = bounds(day)
    span, last = (_micro(first), _micro(end)), _micro(until)
    bad: list[tuple[str, str]] = []
    events = _lines(logs.cel, "cel", cel.parse, _cel_time, span, last, bad)
    rows = _lines(logs.queue_log, "queue_log", queuelog.parse, _queue_time, span, last, bad)
    useful = [(event, key) for event, key in events if cel.of_use(event)]
    visits, loose = _visits(useful, rows, span)
    missing = [name for name, path in (("cel", logs.cel), ("cdr", logs.cdr)) if not _family(path)]
    records = list(_records(logs.cdr, first, end, bad))
    return Day(
        visits, loose, [one for one in records if first <= one.at < min(end, until)], bad, missing,
        {one for event, _ in useful for one in (event.uniqueid, event.linkedid)},
        {one for record in records for one in (record.uniqueid, record.linkedid)},
    )  # fmt: skip


def _visits(
    events: list[tuple[CelEvent, int]], rows: list[tuple[QueueRow, int]], span: tuple[int, int]
) -> tuple[list[Visit], list[QueueRow]]:
    found = groups.grouped(groups.legs(event for event, _ in events))
    visits = [Visit(group, None) for group in found]
    by_linkedid = {one: visit for visit in visits for one in visit.group.linkedids}
    by_uniqueid = {one: visit for visit in visits for one in visit.group.uniqueids}
    for event, key in events:
        visit = by_linkedid[event.linkedid]
        visit.group.events.append(event)
        visit.digests.add(key)
    loose = []
    for row, key in rows:
        known = by_uniqueid.get(row.call)
        if known:
            known.group.rows.append(row)
            known.row_digests.add(key)
        elif row.call and span[0] <= row.at < span[1]:
            loose.append(row)
    marks = sorted(row.at for row, _ in rows if row.event == STARTED)
    own = [visit for visit in visits if visit.group.events and span[0] <= visit.group.first < span[1]]
    for visit in own:
        mark = next((mark for mark in marks if mark > visit.last), None)
        visit.stopped = mark if mark and _cut_off(visit, mark) else None
        visit.call = ledger.visit(visit.group.events, visit.group.rows, visit.stopped)
    return sorted(own, key=lambda visit: visit.group.first), loose


def _cut_off(visit: Visit, started: int) -> bool:
    """Whether Asterisk, which was started again at that moment, had ended in the middle of the visit.

    A channel has no end then; or it ended at the same time, when the last of its lines may be missing.
    """
    open_legs = any(leg.ended is None for leg in gather(visit.group.events).values())
    return open_legs or started - visit.last < _AT_ONCE


def _lines(
    log: Path, source: str, parse: Callable[[str], Row], when: Callable[[str], int], span: tuple[int, int],
    last: int, bad: list[tuple[str, str]],
) -> list[tuple[Row, int]]:  # fmt: skip
    """The rows around the day, each once; a bad line counts to the day of the line before it."""
    around = round(AROUND.total_seconds() * 1_000_000)
    found: dict[int, Row] = {}
    for path in _family(log):
        at = 0
        for line in _raw(path):
            text = line.decode("utf-8", "replace")
            at = when(text) or at
            if not span[0] - around <= at < min(span[1] + around, last):
                continue
            try:
                found.setdefault(reader.digest(line), parse(text))
            except BadLine as error:
                if span[0] <= at < span[1]:
                    bad.append((source, f"{error}: {text[:100]}"))
    return [(row, key) for key, row in found.items()]


def _family(log: Path) -> list[Path]:
    return sorted(path for path in log.parent.glob(log.name + "*") if path.is_file())


def _raw(path: Path) -> Iterator[bytes]:
    """The whole lines; a last one without its end is still being written."""
    with _OPENERS.get(path.suffix, open)(path, "rb") as file:
        for line in file:
            if line.endswith(b"\n") and line.strip():
                yield line.rstrip(b"\r\n")


def _cel_time(text: str) -> int:
    fields = text.split('","', 2)
    return _number(fields[1]) if len(fields) == 3 else 0


def _queue_time(text: str) -> int:
    return _number(text.partition("|")[0])


def _number(text: str) -> int:
    seconds, _, fraction = text.partition(".")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) == 10):
        return 0
    return int(seconds) * 1_000_000 + (int(fraction[:6].ljust(6, "0")) if fraction[:6].isdigit() else 0)


def _records(log: Path, first: datetime, end: datetime, bad: list[tuple[str, str]]) -> Iterator[CdrRecord]:
    seen: set[bytes] = set()
    for path in _family(log):
        for line in _raw(path):
            if line in seen:
                continue
            seen.add(line)
            try:
                record = _record(line.decode("utf-8", "replace"))
            except ValueError as error:
                bad.append(("cdr", str(error)))
                continue
            if first - AROUND <= record.at < end + AROUND:
                yield record


def _record(line: str) -> CdrRecord:
    fields = next(csv.reader([line]))
    if len(fields) != 12:
        raise ValueError(f"{len(fields)} fields instead of 12: {line[:100]}")
    at = datetime.strptime(fields[0], "%Y-%m-%d %H:%M:%S").replace(tzinfo=LOCAL)
    return CdrRecord(at, fields[7], fields[10], fields[11], int(fields[8] or 0))


def _micro(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
