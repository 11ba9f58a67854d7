"""Tickets in and out of the database: one row, its units, its events; optimistic by version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Row, Table, delete, insert, select, update
from sqlalchemy.orm import Session

from tickets.access import Action, Actor
from tickets.errors import Conflict, NotFound
from tickets.numbers import insert_for
from tickets.search_index import index_ticket, reindex_ticket
from tickets.tables import TicketEventRow, TicketRow, TicketUnitRow
from tickets.terms import State
from tickets.ticket import Ticket, UnitPart

TICKETS = cast(Table, TicketRow.__table__)
EVENTS = cast(Table, TicketEventRow.__table__)
UNITS = cast(Table, TicketUnitRow.__table__)
STORED = tuple(f.name for f in fields(Ticket) if f.name != "units")
_COLUMNS = [TICKETS.c[name] for name in STORED]


@dataclass(frozen=True, slots=True)
class Event:
    """A change to be written: what was done, by whom, when, why, with what."""

    action: Action
    by: Actor
    at: datetime
    reason: str
    state_from: State | None
    state_to: State
    detail: Mapping[str, Any] = field(default_factory=dict)


def ticket_of(row: Row[Any], units: Sequence[Row[Any]] = ()) -> Ticket:
    """The ticket of a row of stored columns; those that were not read have their defaults."""
    values = dict(row._mapping)
    values["recordings"] = tuple(values.get("recordings") or ())
    parts = tuple(UnitPart(u.unit, u.part, u.report, u.reported_at) for u in units)
    return Ticket(**values, units=parts)


def load(session: Session, number: str) -> Ticket:
    """The ticket of `number`. Raises NotFound."""
    row = session.execute(select(*_COLUMNS).where(TICKETS.c.number == number)).one_or_none()
    if row is None:
        raise NotFound(f"没有编号为 {number} 的工单")
    units = session.execute(select(UNITS).where(UNITS.c.number == number).order_by(UNITS.c.unit)).all()
    return ticket_of(row, units)


def create(session: Session, ticket: Ticket, event: Event) -> Ticket | None:
    """The stored ticket with its id, and its first event; None when its source key was there already."""
    values = {name: getattr(ticket, name) for name in STORED if name != "id"}
    values |= {"version": 1, "recordings": list(ticket.recordings)}
    statement = insert_for(session, TICKETS).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=["source_key"]).returning(TICKETS.c.id)
    number = session.execute(statement).scalar_one_or_none()
    if number is None:
        return None
    stored = replace(ticket, id=number, version=1)
    _write_events(session, stored.id, 0, [event])
    index_ticket(session, stored)
    return stored


def save(session: Session, old: Ticket, new: Ticket, events: Sequence[Event]) -> Ticket:
    """The ticket as stored, one version an event. Raises Conflict when somebody changed it since `old` was read."""
    changed: dict[str, Any] = {name: getattr(new, name) for name in STORED if getattr(new, name) != getattr(old, name)}
    if "recordings" in changed:
        changed["recordings"] = list(new.recordings)
    changed["version"] = old.version + len(events)
    statement = update(TICKETS).where(TICKETS.c.id == old.id, TICKETS.c.version == old.version)
    result = cast(CursorResult[Any], session.execute(statement.values(changed)))
    if result.rowcount != 1:
        raise Conflict(f"工单 {old.number} 刚被他人办理，请刷新后再办")
    if new.units != old.units:
        _write_units(session, new)
    _write_events(session, old.id, old.version, events)
    reindex_ticket(session, old, new)
    return replace(new, version=changed["version"])


def _write_units(session: Session, ticket: Ticket) -> None:
    session.execute(delete(UNITS).where(UNITS.c.number == ticket.number))
    if ticket.units:
        session.execute(insert(UNITS), [{"number": ticket.number, **asdict(part)} for part in ticket.units])


def _write_events(session: Session, ticket_id: int, version: int, events: Sequence[Event]) -> None:
    rows = [event_row(event, ticket_id, version + place) for place, event in enumerate(events, 1)]
    session.execute(insert(EVENTS), rows)


def event_row(event: Event, ticket_id: int, seq: int) -> dict[str, Any]:
    """The columns of an event's row."""
    return {
        "ticket_id": ticket_id,
        "seq": seq,
        "at": event.at,
        "action": event.action.value,
        "state_from": event.state_from,
        "state_to": event.state_to,
        "author": event.by.name,
        "role": event.by.role.value,
        "unit": event.by.unit,
        "reason": event.reason,
        "detail": plain(event.detail),
    }


def plain(value: Any) -> Any:
    """A value that JSON can hold: dates and moments as ISO text, tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, date):  # a datetime is a date
        return value.isoformat()
    return value


def events_of(session: Session, ticket_id: int) -> list[dict[str, Any]]:
    """The history of a ticket, oldest first, as plain mappings (moments aware)."""
    columns = [column for column in EVENTS.c if column.name not in ("id", "ticket_id")]
    query = select(*columns).where(EVENTS.c.ticket_id == ticket_id).order_by(EVENTS.c.seq)
    return [dict(row._mapping) for row in session.execute(query)]
