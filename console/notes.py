"""What the next agent should know of a citizen: one note a telephone number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from console.tables import CitizenNoteRow
from tickets.errors import Invalid
from tickets.wording import clean_text


def note_on(session: Session, phone: str) -> CitizenNoteRow | None:
    """The note on a number, None while there is none."""
    return session.get(CitizenNoteRow, phone) if phone else None


def write(session: Session, phone: str, note: str, author: str, at: datetime) -> None:
    """Notes it; an empty text takes the note away. Raises Invalid without a number, and beyond 500 characters."""
    if not phone:
        raise Invalid("联系电话", "隐藏号码的来电没有备注")
    words = clean_text("备注", note, 500)
    row = session.get(CitizenNoteRow, phone)
    if row is not None and not words:
        session.delete(row)
    elif row is not None:
        row.note, row.author, row.at = words, author, at
    elif words:
        session.add(CitizenNoteRow(phone=phone, note=words, author=author, at=at))
    session.flush()
