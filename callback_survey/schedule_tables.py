"""The callbacks (回访) of reviewed tickets, who is not called any more, and whether calling is paused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Instant


class CallbackRow(Base):
    """The callback of one ticket. A ticket that is done again and passes review again begins a new `round`.

    `stage` is a `deciding.Stage`; `due_at` is when something is to be done next: to call, or in stage `sms` to give up
    waiting. `first` is the number of the round's first attempt; `channel` the attempt in progress, "" for none. `why`
    tells why a person is to call. `token` is the SHA-256 of the link's secret, "" for none.
    """

    __tablename__ = "callbacks"
    # The first index is what the next call is picked by: its cost does not grow with what is scheduled.
    __table_args__ = (Index(None, "stage", "due_at"), Index(None, "phone", "stage", "due_at"), Index(None, "token"))

    ticket: Mapped[str] = mapped_column(String(12), primary_key=True)
    phone: Mapped[str] = mapped_column(String(20))
    stage: Mapped[str] = mapped_column(String(12))
    due_at: Mapped[datetime] = mapped_column(Instant)
    round: Mapped[int] = mapped_column(default=1)
    first: Mapped[int] = mapped_column(default=1)
    faults: Mapped[int] = mapped_column(default=0)
    channel: Mapped[str] = mapped_column(String(80), default="")
    why: Mapped[str] = mapped_column(String(200), default="")
    token: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class DoNotCallRow(Base):
    """A number that asked not to be called for callbacks any more (key 3), and in the callback of which ticket."""

    __tablename__ = "do_not_call"

    phone: Mapped[str] = mapped_column(String(20), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(Instant)


class PauseRow(Base):
    """Calling over a trunk is paused as long as its row is there, whatever is restarted."""

    __tablename__ = "callback_pauses"

    trunk: Mapped[str] = mapped_column(String(40), primary_key=True)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Instant)
