"""What the office adds to the bulletin of a month, such as what a third party found (R45)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from figures.spans import month_of
from figures.tables import RemarkRow
from tickets.access import Actor
from tickets.errors import Invalid
from tickets.wording import clean_text


def of_month(session: Session, month: str) -> list[dict[str, Any]]:
    """What the office added to a month, oldest first, as plain values."""
    query = select(RemarkRow).where(RemarkRow.month == month).order_by(RemarkRow.id)
    return [
        {"id": row.id, "title": row.title, "source": row.source, "text": row.text, "author": row.author}
        for row in session.scalars(query)
    ]


def add(session: Session, month: str, title: str, source: str, text: str, by: Actor, at: datetime) -> None:
    """Adds to the bulletin of a month, such as what a third party found (R45). Raises Invalid."""
    month_of(month)
    session.add(RemarkRow(
        month=month, title=clean_text("题目", title, 100, 2), source=clean_text("来源", source, 100),
        text=clean_text("内容", text, 2_000, 2), at=at, author=by.name,
    ))  # fmt: skip
    session.flush()


def forget(session: Session, month: str, number: int) -> None:
    """Takes such a remark out again. Raises Invalid."""
    row = session.get(RemarkRow, number)
    if row is None or row.month != month:
        raise Invalid("number", "没有这项说明")
    session.delete(row)
    session.flush()
