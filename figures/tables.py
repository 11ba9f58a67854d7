"""The tables of figures: frozen rankings with their appeals, and what was said of a month."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Boolean, Date, Double, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

import tickets.tables  # noqa: F401 - rows refer to units
from store.base import Base, Instant
from store.immutable import hang, refusing
from tickets.columns import BigId, Json


class RankingRow(Base):
    """A ranking as it was frozen (R44): its days, the terms it was made by, until when units may appeal."""

    __tablename__ = "rankings"
    __table_args__ = (Index(None, "since", "until", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    terms: Mapped[dict[str, Any]] = mapped_column(Json)
    frozen_at: Mapped[datetime] = mapped_column(Instant)
    frozen_by: Mapped[str] = mapped_column(String(80))
    appeal_until: Mapped[date] = mapped_column(Date)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    published_by: Mapped[str] = mapped_column(String(80), default="")


class RankingLineRow(Base):
    """A unit's line of a ranking. The database refuses to change or delete it."""

    __tablename__ = "ranking_lines"

    ranking: Mapped[int] = mapped_column(ForeignKey("rankings.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(ForeignKey("units.code"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    tier: Mapped[str] = mapped_column(String(40))
    place: Mapped[int | None] = mapped_column(Integer)
    score: Mapped[float] = mapped_column(Double)
    count: Mapped[dict[str, Any]] = mapped_column(Json)
    short: Mapped[list[str]] = mapped_column(Json)


class AppealRow(Base):
    """A unit's appeal against its line, and the office's ruling on it."""

    __tablename__ = "ranking_appeals"
    __table_args__ = (Index(None, "ranking", "unit"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ranking: Mapped[int] = mapped_column(ForeignKey("rankings.id"))
    unit: Mapped[str] = mapped_column(ForeignKey("units.code"))
    at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    upheld: Mapped[bool | None] = mapped_column(Boolean)
    ruled_at: Mapped[datetime | None] = mapped_column(Instant)
    ruled_by: Mapped[str] = mapped_column(String(80), default="")
    ruling: Mapped[str] = mapped_column(Text, default="")


class RemarkRow(Base):
    """What the office adds to the bulletin of a month (`2026-10`), such as a third party's evaluation (R45)."""

    __tablename__ = "bulletin_remarks"
    __table_args__ = (Index(None, "month"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    title: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(String(100), default="")
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(String(80))


hang(
    cast(Table, RankingLineRow.__table__), "after_create",
    refusing("ranking_lines", "ranking = NEW.ranking AND unit = NEW.unit", "a frozen ranking cannot be changed"),
)  # fmt: skip
