"""Which linkedids are one visit, and all that is known of it.

Two linkedids are one visit when a channel was seen in both, or when a note on a channel of the one names the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from callqueue.cel import CelEvent
from callqueue.legs import call_fact
from callqueue.queuelog import QueueRow
from callqueue.sql import portions
from callqueue.tables import CelRow, LegRow, QueueLogRow


@dataclass(slots=True)
class Group:
    """One visit's raw rows."""

    linkedids: set[str] = field(default_factory=set)
    uniqueids: set[str] = field(default_factory=set)
    events: list[CelEvent] = field(default_factory=list)
    rows: list[QueueRow] = field(default_factory=list)

    @property
    def first(self) -> int:
        """When it began, microseconds."""
        return min(event.at for event in self.events)


def legs(events: Iterable[CelEvent]) -> set[tuple[str, str]]:
    """Each channel with the linkedids it belongs to, by the event itself and by the fact `call`."""
    found = set()
    for event in events:
        found.add((event.uniqueid, event.linkedid))
        if named := call_fact(event):
            found.add((event.uniqueid, named))
    return found


def linkedids_of(session: Session, uniqueids: Collection[str]) -> set[str]:
    """The linkedids in which the channels were seen."""
    found: set[str] = set()
    for some in portions(uniqueids):
        found.update(session.scalars(select(LegRow.linkedid).where(LegRow.uniqueid.in_(some))))
    return found


def load(session: Session, linkedids: Collection[str]) -> list[Group]:
    """The visits to which the linkedids belong, with all their rows."""
    groups = grouped(_reached(session, linkedids))
    by_linkedid = {one: group for group in groups for one in group.linkedids}
    by_uniqueid = {one: group for group in groups for one in group.uniqueids}
    for event in _events(session, by_linkedid):
        by_linkedid[event.linkedid].events.append(event)
    for row in _rows(session, by_uniqueid):
        by_uniqueid[row.call].rows.append(row)
    return groups


def _reached(session: Session, linkedids: Collection[str]) -> set[tuple[str, str]]:
    """Every pair (channel, linkedid) that can be reached from the linkedids."""
    pairs: set[tuple[str, str]] = set()
    asked_linkedids: set[str] = set()
    asked_uniqueids: set[str] = set()
    new = set(linkedids)
    while new:
        asked_linkedids |= new
        for some in portions(new):
            pairs.update(_pairs(session, LegRow.linkedid.in_(some)))
        uniqueids = {uniqueid for uniqueid, _ in pairs} - asked_uniqueids
        asked_uniqueids |= uniqueids
        for some in portions(uniqueids):
            pairs.update(_pairs(session, LegRow.uniqueid.in_(some)))
        new = {linkedid for _, linkedid in pairs} - asked_linkedids
    return pairs


def _pairs(session: Session, condition: ColumnElement[bool]) -> list[tuple[str, str]]:
    query = select(LegRow.uniqueid, LegRow.linkedid).where(condition)
    return [(uniqueid, linkedid) for uniqueid, linkedid in session.connection().execute(query)]


def grouped(pairs: Iterable[tuple[str, str]]) -> list[Group]:
    """The pairs, joined where they share a channel or a linkedid."""
    beside: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for uniqueid, linkedid in pairs:
        beside["u", uniqueid].add(("l", linkedid))
        beside["l", linkedid].add(("u", uniqueid))
    groups = []
    while beside:
        group, edge = Group(), {next(iter(beside))}
        while edge:
            node = edge.pop()
            (group.uniqueids if node[0] == "u" else group.linkedids).add(node[1])
            edge |= beside.pop(node, set()) & beside.keys()
        groups.append(group)
    return groups


def _events(session: Session, linkedids: Collection[str]) -> Iterable[CelEvent]:
    columns = [getattr(CelRow, name) for name in CelEvent.__slots__]
    for some in portions(linkedids):
        for row in session.connection().execute(select(*columns).where(CelRow.linkedid.in_(some))).all():
            yield CelEvent(*row)


def _rows(session: Session, uniqueids: Collection[str]) -> Iterable[QueueRow]:
    row = QueueLogRow
    for some in portions(uniqueids):
        query = select(row.at, row.call, row.queue, row.agent, row.event, row.data).where(row.call.in_(some))
        for at, call, queue, agent, event, data in session.connection().execute(query):
            yield QueueRow(at, call, queue, agent, event, tuple(data.split("|")))
