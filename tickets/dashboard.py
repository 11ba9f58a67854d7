"""What is to be done, counted: the figures of the desks' first page, made for a million tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tickets.deadlines import start_of
from tickets.records import TICKETS
from tickets.terms import Light, State, Supervision


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What is to be done: open tickets by state, light and supervision, and what came and went since a day began."""

    by_state: dict[str, int]
    by_light: dict[str, int]
    by_supervision: dict[str, int]
    open: int
    received: int
    closed: int


def dashboard(session: Session, at: datetime, unit: str = "") -> Dashboard:
    """The figures of today; of one unit's tickets (those it leads), when it is named.

    Only open tickets are counted one by one, from an index that has no others.
    """
    columns = (TICKETS.c.state, TICKETS.c.light, TICKETS.c.supervision)
    query = select(*columns, func.count().label("n")).where(TICKETS.c.closed_at.is_(None))
    if unit:
        query = query.where(TICKETS.c.lead_unit == unit)
    rows = session.execute(query.group_by(*columns)).all()
    morning = start_of(at.date())
    return Dashboard(
        by_state={term.value: sum(r.n for r in rows if r.state == term) for term in State},
        by_light={term.value: sum(r.n for r in rows if r.light == term) for term in Light},
        by_supervision={term.value: sum(r.n for r in rows if r.supervision == term) for term in Supervision},
        open=sum(row.n for row in rows),
        received=_since(session, "created_at", morning, unit),
        closed=_since(session, "closed_at", morning, unit),
    )


def _since(session: Session, column: str, moment: datetime, unit: str) -> int:
    query = select(func.count()).select_from(TICKETS).where(TICKETS.c[column] >= moment)
    if unit:
        query = query.where(TICKETS.c.lead_unit == unit)
    count: int = session.execute(query).scalar_one()
    return count
