"""Attempts to call citizens back, and what they answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Instant


class AttemptRow(Base):
    """One attempt to call a citizen about a ticket.

    `channel` is the id the channel is given before dialling: it is also the visit's call_id in the ledger, so that
    an attempt cut off by a crash is looked up, not repeated. `outcome` is the ledger's disposition, "" while it runs.
    """

    __tablename__ = "survey_attempts"
    __table_args__ = (Index(None, "ticket", "number", unique=True), Index(None, "outcome"))

    channel: Mapped[str] = mapped_column(String(80), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(12))
    number: Mapped[int]
    phone: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(40), default="")


class AnswerRow(Base):
    """One answer, as it was given: to a callback's question, or the rating after a call.

    `attempt` is empty for a rating. `value` is the key's meaning, "" for a spoken reason, whose `file` it is.
    """

    __tablename__ = "answers"
    __table_args__ = (Index(None, "ticket", "at"),)

    call_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    question: Mapped[str] = mapped_column(String(40), primary_key=True)
    attempt: Mapped[str] = mapped_column(String(80))
    ticket: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(40))
    by: Mapped[str] = mapped_column(String(12))
    version: Mapped[str] = mapped_column(String(12))
    file: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Instant)
