"""Attempts to call citizens back, what they are asked and what they answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Double, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

import callback_survey.hand_tables
import callback_survey.schedule_tables  # noqa: F401 - the tables of the run
from store.base import Base, Instant

_OPEN = text("outcome = ''")


class AttemptRow(Base):
    """One attempt to call a citizen about a ticket.

    `channel` is the id the channel is given before dialling: it is also the visit's call_id in the ledger, so that
    an attempt cut off by a crash is looked up, not repeated. One call may serve several tickets of a citizen: `call` is
    the channel of the call, another attempt's for all but the first. `dialled_at` is set before Asterisk is asked to
    dial: whoever does not set it does not dial. `outcome` is the ledger's disposition, "" while it runs.
    """

    __tablename__ = "survey_attempts"
    __table_args__ = (
        Index(None, "ticket", "number", unique=True),
        Index(None, "outcome"),
        Index(None, "call"),
        Index(None, "started_at"),  # figures and today's calls, however many years there are
        # A ticket is never called twice at once: the database itself refuses a second attempt.
        Index("ix_survey_attempts_open", "ticket", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    channel: Mapped[str] = mapped_column(String(80), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(12))
    number: Mapped[int]
    phone: Mapped[str] = mapped_column(String(20))
    call: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Instant)
    dialled_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(40), default="")


class AnswerRow(Base):
    """One answer, as it was given: to a question of a questionnaire, in the version then in force.

    `attempt` is empty for a rating. `value` is what was chosen, "" for words that were recorded or written. `by` is
    key, speech (a choice that was heard as `heard`, with that `confidence`), voice (a recorded reason, `heard` its
    words once they are transcribed) or web (`heard` is a written reason). `file` has what was said, relative to the
    recordings folder, `start` the second in it at which it begins.
    """

    __tablename__ = "answers"
    __table_args__ = (Index(None, "ticket", "at"), Index(None, "questionnaire", "at"), Index(None, "at"))

    call_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(12), primary_key=True)
    question: Mapped[str] = mapped_column(String(40), primary_key=True)
    attempt: Mapped[str] = mapped_column(String(80))
    questionnaire: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(40))
    by: Mapped[str] = mapped_column(String(12))
    confidence: Mapped[float | None] = mapped_column(Double)
    heard: Mapped[str] = mapped_column(Text, default="")
    file: Mapped[str] = mapped_column(String(200))
    start: Mapped[float | None] = mapped_column(Double)
    at: Mapped[datetime] = mapped_column(Instant)


class QuestionnaireRow(Base):
    """A questionnaire as its text was at a version. `own` ones are the county's and go before the shipped."""

    __tablename__ = "questionnaires"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(String(12), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    own: Mapped[bool]
    added_at: Mapped[datetime] = mapped_column(Instant)
