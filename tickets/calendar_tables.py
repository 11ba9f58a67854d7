"""The table of calendar days."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class CalendarDayRow(Base):
    """A day that is not what its weekday says: a holiday (`off`) or a make-up working day (`work`).

    `region` is CN for the State Council's calendar, or the prefecture's code for its own days, which lie over it.
    """

    __tablename__ = "calendar_days"

    region: Mapped[str] = mapped_column(String(12), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(100), default="")
    source: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(12))
