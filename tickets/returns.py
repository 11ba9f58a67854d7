"""What units have applied to give back (R26, R27), and what the office ruled: also of tickets that are theirs no more.

Nothing of the citizen is in it: a unit that gave a ticket back has no part in it any longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from store.keyset import cut, ordered
from tickets.access import Action
from tickets.deadlines import start_of
from tickets.errors import Invalid
from tickets.masking import without
from tickets.measures import IS_RETURN
from tickets.plans import plan_for_values, plan_with
from tickets.records import EVENTS, TICKETS, UNITS
from tickets.terms import State, Term

MOST = 200
_LATER = EVENTS.alias("later")
_RULING = EVENTS.alias("ruling")
_HOLDS = UNITS.alias("holds")


class Ruling(Term):
    """What became of an application."""

    PENDING = "pending", "待裁定"
    UPHELD = "upheld", "同意退回"
    REFUSED = "refused", "不同意退回"


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is narrowed to; None and "" narrow nothing. Days are those of the application."""

    unit: str = ""
    ruling: Ruling | None = None
    since: date | None = None
    until: date | None = None
    oldest: bool = False


def returns(
    session: Session, sought: Sought | None = None, size: int = 50, after: int = 0
) -> tuple[list[dict[str, Any]], int | None]:
    """A page of applications, the newest first, and the id after which the next starts, None on the last.

    `holds` tells whether the unit has a part in the ticket (again). Raises Invalid for a size out of 1-200.
    """
    if not 1 <= size <= MOST:
        raise Invalid("每页条数", f"应为1至{MOST}")
    sought = sought or Sought()
    query = _narrowed(_whole(), sought)
    query = ordered(session, query, EVENTS.c.at, EVENTS.c.id, down=not sought.oldest, after=after).limit(size + 1)
    plan_for_values(session)
    # A page is found by walking applications one by one: nothing to compile, or to share out among processes.
    plan_with(session, enable_hashjoin="off", enable_mergejoin="off", jit="off", max_parallel_workers_per_gather="0")
    rows, last = cut(session.execute(query).all(), size)
    plan_with(session, enable_hashjoin="on", enable_mergejoin="on")
    return [_row(dict(row._mapping)) for row in rows], last.id if last else None


def _whole() -> Select[Any]:
    ruled = (_LATER.c.ticket_id == EVENTS.c.ticket_id, _LATER.c.seq > EVENTS.c.seq,
             _LATER.c.action == Action.RULE.value)  # fmt: skip
    first = select(func.min(_LATER.c.seq)).where(*ruled).correlate(EVENTS).scalar_subquery()
    columns = (
        EVENTS.c.id, TICKETS.c.number, EVENTS.c.unit, EVENTS.c.author, EVENTS.c.at, EVENTS.c.reason,
        TICKETS.c.request_type, TICKETS.c.matter, TICKETS.c.citizen_name, TICKETS.c.phone,
        _RULING.c.at.label("ruled_at"), _RULING.c.reason.label("ruling_reason"),
        _upheld().label("upheld"), _HOLDS.c.number.label("holds"),
    )  # fmt: skip
    return (
        select(*columns).join(TICKETS, TICKETS.c.id == EVENTS.c.ticket_id)
        .outerjoin(_RULING, and_(_RULING.c.ticket_id == EVENTS.c.ticket_id, _RULING.c.seq == first))
        .outerjoin(_HOLDS, and_(_HOLDS.c.number == TICKETS.c.number, _HOLDS.c.unit == EVENTS.c.unit))
        .where(IS_RETURN)
    )  # fmt: skip


def _upheld() -> ColumnElement[bool]:
    upheld: ColumnElement[bool] = _RULING.c.detail["upheld"].as_boolean()
    return upheld


def _narrowed(query: Select[Any], sought: Sought) -> Select[Any]:
    if sought.unit:
        query = query.where(EVENTS.c.unit == sought.unit)
    if sought.ruling is Ruling.PENDING:
        query = query.where(_RULING.c.id.is_(None), TICKETS.c.state == State.RETURNED)
    elif sought.ruling is not None:
        query = query.where(_upheld().is_(sought.ruling is Ruling.UPHELD))
    if sought.since:
        query = query.where(EVENTS.c.at >= start_of(sought.since))
    if sought.until:
        query = query.where(EVENTS.c.at < start_of(sought.until + timedelta(days=1)))
    return query


def _row(row: dict[str, Any]) -> dict[str, Any]:
    upheld, ruled = row.pop("upheld"), row["ruled_at"] is not None
    ruling = Ruling.PENDING if not ruled else Ruling.UPHELD if upheld else Ruling.REFUSED
    secrets = (row.pop("citizen_name"), row.pop("phone"))
    row |= {name: without(row[name] or "", secrets) for name in ("reason", "ruling_reason")}
    return row | {"ruling": ruling, "holds": row["holds"] is not None}
