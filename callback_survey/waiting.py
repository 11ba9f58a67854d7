"""Lists of citizens whom a person is to call (R37): by unit and by why, in the order that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callback_survey.deciding import Stage, Why
from callback_survey.hand_tables import HandCallRow
from callback_survey.schedule_tables import CallbackRow
from store.keyset import cut, ordered
from tickets import queries
from tickets.records import TICKETS
from tickets.terms import State, Term


class Sort(Term):
    """The order of a list."""

    LONGEST = "longest", "等得久的在前"
    NEWEST = "newest", "新转入的在前"


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is narrowed to; None and "" narrow nothing. `unit` leads the ticket.

    `asked`: only those whose citizens have answered the hotline already, which are the ones a unit may call.
    """

    unit: str = ""
    why: Why | None = None
    asked: bool = False
    sort: Sort = Sort.LONGEST


def listed(
    session: Session, sought: Sought | None = None, size: int = 50, after: str = ""
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of tickets, the columns of lists and how often it was tried; and the number after which the next starts.

    The second is None on the last page; `after` is such a number.
    """
    sought = sought or Sought()
    tries = select(HandCallRow.ticket, func.count().label("tries"), func.max(HandCallRow.at).label("last_try"))
    made = tries.group_by(HandCallRow.ticket).subquery()
    of, down = CallbackRow, sought.sort is Sort.NEWEST
    query = (
        select(*queries.COLUMNS, of.why, of.due_at.label("since"), made.c.tries, made.c.last_try)
        .join(TICKETS, TICKETS.c.number == of.ticket).outerjoin(made, made.c.ticket == of.ticket)
        .where(of.stage == Stage.PEOPLE.value)
    )  # fmt: skip
    if sought.unit:
        query = query.where(TICKETS.c.lead_unit == sought.unit)
    if sought.why is not None:
        query = query.where(of.why == sought.why.value)
    if sought.asked:
        query = query.where(TICKETS.c.state == State.CALLBACK)
    found = session.execute(ordered(session, query, of.due_at, of.ticket, down=down, after=after).limit(size + 1))
    rows, last = cut(found.all(), size)
    return [_row(row._mapping) for row in rows], last.number if last else None


def _row(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {**row, "tries": row["tries"] or 0}
