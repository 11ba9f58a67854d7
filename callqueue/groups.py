"""Which linkedids are one visit, and all that is known of it.

Two linkedids are one visit when a channel was seen in both, or when a note on a channel of the one names the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from callqueue.cel import CelEvent
from callqueue.legs import call_fact
from callqueue.queuelog import QueueRow
from callqueue.sql import portions
from callqueue.tables import CelRow, LegRow, QueueLogRow

# Made once: to make a statement takes longer than to run it.
_SOME: BindParameter[Any] = bindparam("some", expanding=True)
_LINKEDIDS = select(LegRow.linkedid).where(LegRow.uniqueid.in_(_SOME))
_OF_LINKEDIDS = select(LegRow.uniqueid, LegRow.linkedid).where(LegRow.linkedid.in_(_SOME))
_OF_UNIQUEIDS = select(LegRow.uniqueid, LegRow.linkedid).where(LegRow.uniqueid.in_(_SOME))
_EVENTS = select(*(getattr(CelRow, name) for name in CelEvent.__slots__)).where(CelRow.linkedid.in_(_SOME))
_ROWS = select(
    QueueLogRow.at, QueueLogRow.call, QueueLogRow.queue, QueueLogRow.agent, QueueLogRow.event, QueueLogRow.data
).where(QueueLogRow.call.in_(_SOME))


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
    return {linkedid for (linkedid,) in _found(session, _LINKEDIDS, uniqueids)}


def load(session: Session, linkedids: Collection[str]) -> list[Group]:
    """The visits to which the linkedids belong, with all their rows."""
    groups = grouped(_reached(session, linkedids))
    by_linkedid = {one: group for group in groups for one in group.linkedids}
    by_uniqueid = {one: group for group in groups for one in group.uniqueids}
    for row in _found(session, _EVENTS, by_linkedid):
        event = CelEvent(*row)
        by_linkedid[event.linkedid].events.append(event)
    for at, call, queue, agent, event, data in _found(session, _ROWS, by_uniqueid):
        by_uniqueid[call].rows.append(QueueRow(at, call, queue, agent, event, tuple(data.split("|"))))
    return groups


def _reached(session: Session, linkedids: Collection[str]) -> set[tuple[str, str]]:
    """Every pair (channel, linkedid) that can be reached from the linkedids."""
    pairs: set[tuple[str, str]] = set()
    asked_linkedids: set[str] = set()
    asked_uniqueids: set[str] = set()
    new = set(linkedids)
    while new:
        asked_linkedids |= new
        pairs.update((uniqueid, linkedid) for uniqueid, linkedid in _found(session, _OF_LINKEDIDS, new))
        uniqueids = {uniqueid for uniqueid, _ in pairs} - asked_uniqueids
        asked_uniqueids |= uniqueids
        pairs.update((uniqueid, linkedid) for uniqueid, linkedid in _found(session, _OF_UNIQUEIDS, uniqueids))
        new = {linkedid for _, linkedid in pairs} - asked_linkedids
    return pairs


def _found(session: Session, query: Any, keys: Iterable[str]) -> Iterator[Any]:
    for some in portions(keys):
        yield from session.connection().execute(query, {"some": some}).all()


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
