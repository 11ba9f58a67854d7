"""What a list of tickets is narrowed to, as conditions of a query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from store.base import now
from tickets.measures import Measure, behind
from tickets.records import TICKETS, UNITS
from tickets.terms import Channel, Light, RequestType, State, Supervision, Term
from tickets.transitions import HANDLING
from tickets.trees import MATTERS, TERRITORIES, downwards


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; None and "" narrow nothing. `unit` finds tickets it has any part in.

    `open_only` leaves out what nobody has to work on any more; `extension` lists what waits for the office to decide on
    a longer term (R29); `since` and `until` are days of registration. With a
    `measure` (see measures.py) they are days of what it counts by, and `unit` is the one it counts for. `ids` are the
    only tickets that are listed.
    """

    state: State | None = None
    unit: str = ""
    request_type: RequestType | None = None
    channel: Channel | None = None
    matter: str = ""
    territory: str = ""
    light: Light | None = None
    supervision: Supervision | None = None
    phone: str = ""
    open_only: bool = False
    extension: bool = False
    since: date | None = None
    until: date | None = None
    measure: Measure | None = None
    ids: tuple[int, ...] | None = None


def narrowed(
    session: Session, query: Select[Any], wanted: Wanted, number: ColumnElement[str] = TICKETS.c.number
) -> Select[Any]:
    """Narrowed but for matter, unit and measure. `number` is the column that the list is in order of."""
    exact: dict[str, Term | str | None] = {
        "state": wanted.state,
        "request_type": wanted.request_type,
        "channel": wanted.channel,
        "light": wanted.light,
        "supervision": wanted.supervision,
        "phone": wanted.phone or None,
    }
    for name, value in exact.items():
        if value is not None:
            query = query.where(TICKETS.c[name] == value)
    if wanted.territory:
        query = query.where(TICKETS.c.territory.in_(downwards(session, TERRITORIES, wanted.territory)))
    if wanted.extension:
        query = query.where(TICKETS.c.state.in_(HANDLING), TICKETS.c.extension_asked > 0)
    if wanted.open_only or wanted.extension or wanted.light in (Light.YELLOW, Light.RED):
        query = query.where(TICKETS.c.closed_at.is_(None))
    return query if wanted.measure else _registered(query, wanted, number)


def _registered(query: Select[Any], wanted: Wanted, number: ColumnElement[str]) -> Select[Any]:
    """Narrowed to days of registration, which are also the first digits of the number."""
    if wanted.since:
        query = query.where(number >= wanted.since.strftime("%y%m%d"))
    if wanted.until:
        query = query.where(number < (wanted.until + timedelta(days=1)).strftime("%y%m%d"))
    return query


def one_by_one(session: Session, query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Narrowed to all that is wanted, in one query that walks no index in the order of a list."""
    query = narrowed(session, query, wanted)
    if wanted.matter:
        query = query.where(TICKETS.c.matter.in_(downwards(session, MATTERS, wanted.matter)))
    if wanted.ids is not None:
        query = query.where(TICKETS.c.id.in_(wanted.ids))
    if wanted.measure:
        query = query.where(behind(wanted.measure, wanted.since, wanted.until, wanted.unit, now().date()))
    elif wanted.unit:
        query = query.where(TICKETS.c.number.in_(select(UNITS.c.number).where(UNITS.c.unit == wanted.unit)))
    return query
