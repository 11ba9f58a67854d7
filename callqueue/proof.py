"""The proof of a day: counts that must be equal, and every call, line, ticket or file that is not accounted for.

Five witnesses that know nothing of each other are compared: Asterisk's event log (CEL), its queue_log and its call
detail records (CDR) as they are on disk; the tables of the ledger; and the tickets and recordings that calls left.
Pure: what they say is given as values. The explanation for people is docs/ledger.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callqueue import witnesses
from callqueue.calls import Direction
from callqueue.disposition import Disposition
from callqueue.evidence import Day, Visit
from callqueue.findings import Finding, Kind
from callqueue.legs import gather

LONGEST = timedelta(hours=4)
"""A call of which nothing was heard for so long is not under way: its end was lost."""

BRIEF = 0.5
"""Seconds; of a shorter talk no sound need be on disk."""
SHORTEST_FILE = 45
"""Bytes; a sound file of fewer is a head without a sound."""


@dataclass(frozen=True, slots=True)
class Count:
    """Two counts that must be equal, and what each is of."""

    left: str
    of_left: int
    right: str
    of_right: int

    @property
    def equal(self) -> bool:
        return self.of_left == self.of_right


@dataclass(frozen=True, slots=True)
class Tables:
    """What the tables hold of the day.

    `calls`: rows of the ledger that began on the day, by id; `digests` and `row_digests`: the lines of CEL and
    queue_log of the day's visits, with their times in microseconds; `tickets`: call by ticket number, of every ticket
    that a call of the day left or says so; `files`: sizes of the sound files of the day, by name; `elsewhere`: ids of
    calls that the tickets name and that began on another day.
    """

    calls: Mapping[str, Mapping[str, Any]]
    digests: Mapping[int, int]
    row_digests: Mapping[int, int]
    tickets: Mapping[str, str]
    files: Mapping[str, int]
    elsewhere: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """The counts, how the day's calls ended, and what is not accounted for."""

    counts: tuple[Count, ...]
    dispositions: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return not self.findings and all(count.equal for count in self.counts)


def prove(day: Day, tables: Tables, until: datetime, ticketed: Collection[Disposition], recorded: bool) -> Proof:
    """The proof of the day as it was at `until`.

    `ticketed`: the ends of an inbound call that leave a ticket. `recorded`: calls are recorded.
    """
    findings = [
        *(Finding(Kind.LOG_MISSING, name) for name in day.missing),
        *(Finding(Kind.BAD_LINE, source, text) for source, text in day.bad),
        *_lines(day, tables, until), *_calls(day, tables, until), *_queues(day), *_cdrs(day),
        *_tickets(tables, ticketed), *_recordings(day, tables, recorded),
    ]  # fmt: skip
    ends = Counter(row["disposition"] for row in tables.calls.values())
    counts = _counts(day, tables, ticketed)
    return Proof(counts, dict(sorted(ends.items())), tuple(dict.fromkeys(findings)))


def _lines(day: Day, tables: Tables, until: datetime) -> Iterator[Finding]:
    last = round(until.timestamp() * 1_000_000)
    for visit in day.visits:
        name = visit.call.call_id if visit.call else min(visit.group.linkedids)
        lost = len(visit.digests - tables.digests.keys()) + len(visit.row_digests - tables.row_digests.keys())
        if lost:
            yield Finding(Kind.NOT_IMPORTED, name, f"{lost} lines")
        for text in witnesses.unmatched(visit.group.events, visit.stopped is not None):
            if _is_over(visit, until):
                yield Finding(Kind.EVENT_MISSING, name, text)
    known = {key for visit in day.visits for key in visit.digests}
    known_rows = {key for visit in day.visits for key in visit.row_digests}
    gone = [key for key, at in tables.digests.items() if key not in known and at < last]
    gone += [key for key, at in tables.row_digests.items() if key not in known_rows and at < last]
    if gone:
        yield Finding(Kind.NOT_ON_DISK, f"{len(gone)} lines")


def _is_over(visit: Visit, until: datetime) -> bool:
    """Whether all its channels should have ended; a place kept in a queue is no call before its turn comes."""
    if visit.call is not None:
        return visit.call.ended_at is not None
    kept = any(leg.place and leg.ended is None for leg in gather(visit.group.events).values())
    return not kept or until - _moment(visit, until) > LONGEST


def _calls(day: Day, tables: Tables, until: datetime) -> Iterator[Finding]:
    founded = set()
    for visit in day.visits:
        rows = [one for one in sorted(visit.group.linkedids | visit.group.uniqueids) if one in tables.calls]
        founded |= set(rows)
        if visit.call is None:
            yield from (Finding(Kind.CALL_UNFOUNDED, one, "only channels of Asterisk's own") for one in rows)
            continue
        call = visit.call
        if call.call_id not in tables.calls:
            yield Finding(Kind.CALL_MISSING, call.call_id, f"{call.direction} {call.disposition}")
        yield from (Finding(Kind.CALL_DOUBLE, one, f"also {call.call_id}") for one in rows if one != call.call_id)
        if call.ended_at is None and until - _moment(visit, until) > LONGEST:
            yield Finding(Kind.OPEN_FOR_EVER, call.call_id, f"since {call.started_at:%Y-%m-%d %H:%M:%S}")
        elif call.ended_at and call.call_id in tables.calls:
            different = witnesses.different(call, tables.calls[call.call_id])
            if different:
                yield Finding(Kind.CALL_DIFFERENT, call.call_id, ", ".join(different))
    for one in tables.calls.keys() - founded:
        if tables.calls[one]["started_at"] < until:
            yield Finding(Kind.CALL_UNFOUNDED, one)


def _moment(visit: Visit, like: datetime) -> datetime:
    return datetime.fromtimestamp(visit.last / 1_000_000, like.tzinfo)


def _queues(day: Day) -> Iterator[Finding]:
    for row in day.loose_rows:
        yield Finding(Kind.QUEUE_ROW_LOOSE, row.call, f"{row.event} {row.queue}")
    for visit in day.visits:
        if visit.call is None or visit.call.ended_at is None:
            continue
        stays = witnesses.queue_stays(visit.group.rows)
        if stays.open and visit.stopped is None:
            yield Finding(Kind.QUEUE_OPEN, visit.call.call_id, f"{stays.open} of {stays.entered} stays")
        if stays.abandoned and not stays.connected and visit.call.agents and visit.call.queue and not _other(visit):
            yield Finding(Kind.QUEUE_DISAGREES, visit.call.call_id, "queue_log: abandoned; the ledger: spoke")
        # The agent waits in the queue's hands while the citizen, who kept a place, is called.
        waits = visit.call.direction is Direction.CALLBACK
        alone = stays.completed and not visit.call.agents and not waits
        if alone and not witnesses.left_at_once(visit.group.rows, visit.group.events):
            yield Finding(Kind.QUEUE_DISAGREES, visit.call.call_id, "queue_log: spoke; the ledger: with nobody")


def _other(visit: Visit) -> bool:
    """Whether somebody was reached in a way that queue_log does not know: a room, a transfer."""
    return any(event.app == "ConfBridge" or "TRANSFER" in event.kind for event in visit.group.events)


def _cdrs(day: Day) -> Iterator[Finding]:
    if "cdr" in day.missing:
        return
    for record in day.records:
        if record.uniqueid not in day.known and record.linkedid not in day.known:
            yield Finding(Kind.CDR_LOOSE, record.uniqueid, f"{record.at:%H:%M:%S} {record.disposition}")
    for visit in _over(day):
        if visit.call and not _in_cdr(day, visit):
            yield Finding(Kind.CDR_MISSING, visit.call.call_id)


def _over(day: Day) -> Iterator[Visit]:
    """The visits that have ended by themselves: what Asterisk's own end cut off has no record."""
    return (visit for visit in day.visits if visit.call and visit.call.ended_at and visit.stopped is None)


def _in_cdr(day: Day, visit: Visit) -> bool:
    return not visit.group.linkedids.isdisjoint(day.cdr_ids) or not visit.group.uniqueids.isdisjoint(day.cdr_ids)


def _tickets(tables: Tables, ticketed: Collection[Disposition]) -> Iterator[Finding]:
    for call_id, row in tables.calls.items():
        if _owes(row, ticketed) and row["ticket_no"] not in tables.tickets:
            yield Finding(Kind.TICKET_MISSING, call_id, row["ticket_no"] or row["disposition"])
    for number, call_id in tables.tickets.items():
        if call_id and call_id not in tables.calls and call_id not in tables.elsewhere:
            yield Finding(Kind.TICKET_LOOSE, number, f"names call {call_id}")


def _owes(row: Mapping[str, Any], ticketed: Collection[Disposition]) -> bool:
    return row["direction"] == Direction.INBOUND and row["disposition"] in ticketed


def _recordings(day: Day, tables: Tables, recorded: bool) -> Iterator[Finding]:
    named = {item["file"] for row in tables.calls.values() for item in row["recordings"]}
    for call_id, file in _due(tables):
        if tables.files.get(file, 0) < SHORTEST_FILE:
            yield Finding(Kind.RECORDING_LOST, call_id, file)
    for file in sorted(tables.files.keys() - named):
        if file not in _noted(day):
            yield Finding(Kind.RECORDING_LOOSE, file)
    for call_id, row in tables.calls.items():
        with_citizen = row["direction"] in (Direction.INBOUND, Direction.OUTBOUND)
        spoken = any(item["kind"] == "call" for item in row["recordings"])
        if recorded and row["ended_at"] and with_citizen and row["talk_s"] >= 1 and row["agents"] and not spoken:
            yield Finding(Kind.NOT_RECORDED, call_id)


def _noted(day: Day) -> set[str]:
    """Files that a note names, whether or not the call came to have them."""
    return {file for visit in day.visits for file in witnesses.files(visit.group.events)}


def _due(tables: Tables) -> Iterator[tuple[str, str]]:
    """Each recording that must be there: of a call that is over. A message left in silence may have no file, nor has
    a talk that ends as it begins.
    """
    for call_id, row in tables.calls.items():
        spoken = row["talk_s"] >= BRIEF or row["emergency"]
        for item in row["recordings"]:
            if row["ended_at"] and (spoken if item["kind"] == "call" else (item["seconds"] or 0) >= 1):
                yield call_id, item["file"]


def _counts(day: Day, tables: Tables, ticketed: Collection[Disposition]) -> tuple[Count, ...]:
    calls = [visit for visit in day.visits if visit.call]
    lines = [key for visit in day.visits for key in visit.digests]
    rows = [key for visit in day.visits for key in visit.row_digests]
    stays = [witnesses.queue_stays(visit.group.rows) for visit in day.visits]
    cut = sum(one.open for one, visit in zip(stays, day.visits, strict=True) if not _done(visit))
    owing = [row for row in tables.calls.values() if _owes(row, ticketed)]
    due = {file for _, file in _due(tables)}
    counts = [
        Count("lines of CEL on disk", len(lines), "in the tables", sum(key in tables.digests for key in lines)),
        Count("rows of queue_log on disk", len(rows), "in the tables", sum(key in tables.row_digests for key in rows)),
        Count("calls in CEL", len(calls), "in the ledger", len(tables.calls)),
        Count("calls in the ledger", len(tables.calls), "with one end, or under way",
              sum(row["disposition"] in set(Disposition) for row in tables.calls.values())),
        Count("entries into queues", sum(one.entered for one in stays), "answered, left, or cut off",
              sum(one.entered - one.open for one in stays) + cut),
        Count("calls that ended by themselves", len(list(_over(day))), "with a call detail record",
              sum(_in_cdr(day, visit) for visit in _over(day))),
        Count("calls that leave a ticket", len(owing), "with their ticket",
              sum(row["ticket_no"] in tables.tickets for row in owing)),
        Count("recordings in the ledger", len(due), "files of sound",
              sum(tables.files.get(file, 0) >= SHORTEST_FILE for file in due)),
    ]  # fmt: skip
    return tuple(counts)


def _done(visit: Visit) -> bool:
    return visit.stopped is None and visit.call is not None and visit.call.ended_at is not None

