"""Citizens, known by their telephone number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tickets.numbers import insert_for
from tickets.tables import CitizenRow


def citizen_of(session: Session, phone: str, name: str, at: datetime) -> int | None:
    """The id of the citizen of a number (digits), made when new; None without a number. A name fills an empty one."""
    if not phone:
        return None
    statement = insert_for(session, CitizenRow).values(phone=phone, name=name, created_at=at)
    session.execute(statement.on_conflict_do_nothing(index_elements=[CitizenRow.phone]))
    found = session.execute(select(CitizenRow.id, CitizenRow.name).where(CitizenRow.phone == phone)).one()
    if name and not found.name:
        session.execute(update(CitizenRow).where(CitizenRow.id == found.id).values(name=name))
    number: int = found.id
    return number
