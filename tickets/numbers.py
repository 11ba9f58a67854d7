"""Ticket numbers: twelve digits, YYMMDD and a six-digit sequence of the day."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tickets.errors import TicketError
from tickets.tables import SequenceRow

MOST_A_DAY = 999_999


class NumbersUsedUp(TicketError):
    """当日工单编号已用完。"""


def insert_for(session: Session, table: Any) -> Any:
    """An INSERT of the session's own dialect (SQLite or PostgreSQL), which has ON CONFLICT."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def next_number(session: Session, day: date) -> str:
    """The next ticket number of `day` (Asia/Shanghai); unique under concurrency. Raises NumbersUsedUp.

    A number whose transaction is rolled back may be given again; one that was committed never is.
    """
    key = day.strftime("%y%m%d")
    statement = insert_for(session, SequenceRow).values(day=key, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=[SequenceRow.day], set_={"last": SequenceRow.last + 1}
    ).returning(SequenceRow.last)
    last: int = session.execute(statement).scalar_one()
    if last > MOST_A_DAY:
        raise NumbersUsedUp(f"{day} 的工单编号已用完")
    return f"{key}{last:06d}"
