"""What people do about callbacks: calls and visits by hand (R37, R39), and the office's sample of the units' work."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Instant

_ID = BigInteger().with_variant(Integer, "sqlite")


class HandCallRow(Base):
    """One try of a person to ask a citizen, by telephone or in person; never changed once `result` is said.

    `unit` is "" for the office. `channel` is the call that was placed from the page, "" for none. `result` is "" while
    that call goes on. `place` and `companions` (会同人员) are of a visit.
    """

    __tablename__ = "hand_calls"
    __table_args__ = (Index(None, "ticket", "at"),)

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    ticket: Mapped[str] = mapped_column(String(12))
    means: Mapped[str] = mapped_column(String(12))
    by: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str] = mapped_column(String(32), default="")
    at: Mapped[datetime] = mapped_column(Instant)
    result: Mapped[str] = mapped_column(String(16), default="")
    answers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    companions: Mapped[str] = mapped_column(String(200), default="")
    channel: Mapped[str] = mapped_column(String(80), default="")


class DrawRow(Base):
    """The draw of a day's sample: with `seed` anybody can draw it again and find the same tickets."""

    __tablename__ = "check_draws"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    seed: Mapped[str] = mapped_column(String(64))
    share: Mapped[int]
    population: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)


class CheckRow(Base):
    """A ticket of the sample: what the unit said (`said`), what the citizen told the office (`told`).

    `kind` is what is checked: contact or callback. `differs` is None until the citizen was asked.
    """

    __tablename__ = "checks"
    __table_args__ = (Index(None, "ticket", "kind", unique=True), Index(None, "done_at", "id"))

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    ticket: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    unit: Mapped[str] = mapped_column(String(32))
    day: Mapped[date] = mapped_column(Date)
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    told: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    differs: Mapped[bool | None]
    tries: Mapped[int] = mapped_column(default=0)
    by: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None] = mapped_column(Instant)
