"""Every message from and to a citizen by other ways than the telephone, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from channels.terms import Fate
from store.base import Base, Instant
from tickets.columns import BigId, Word
from tickets.terms import Channel

WAITING = text("fate = 'waiting'")


class MessageRow(Base):
    """A message. `key` is its channel's own id, unique, so that none is taken twice; ours for one of our own.

    `peer` is the citizen's number or address. `at` is when it came, or was written; `due_at` when it is to be sent,
    again perhaps; `sent_at` when the gateway took it.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_due", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
        Index(None, "number", "peer"),
        Index(None, "peer", "at"),
        Index(None, "at"),
        Index(None, "answers"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    fate: Mapped[Fate] = mapped_column(Word(Fate))
    peer: Mapped[str] = mapped_column(String(200))
    number: Mapped[str | None] = mapped_column(ForeignKey("tickets.number"))
    answers: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    subject: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    why: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)
