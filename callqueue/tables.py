"""The tables of the ledger: Asterisk's rows as they were read, and the calls built from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Instant

_ID = BigInteger().with_variant(Integer, "sqlite")


class CelRow(Base):
    """One event of Asterisk's event log. The key is the event itself, so that reading it twice changes nothing.

    `at` is microseconds since the epoch; `digest` the line's, 64 bits. Kept in the order of the key, so that a visit
    is read in one go.
    """

    __tablename__ = "cel_events"
    __table_args__ = ({"sqlite_with_rowid": False},)

    linkedid: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    digest: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    channel: Mapped[str]
    uniqueid: Mapped[str]
    caller: Mapped[str]
    exten: Mapped[str]
    app: Mapped[str]
    data: Mapped[str] = mapped_column(Text)
    extra: Mapped[str] = mapped_column(Text)


class QueueLogRow(Base):
    """One row of queue_log; `call` is the uniqueid of the caller's channel, `data` the rest of the line as it is."""

    __tablename__ = "queue_log"
    __table_args__ = (Index(None, "call"), Index(None, "event", "at"))

    at: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    digest: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    call: Mapped[str]
    queue: Mapped[str]
    agent: Mapped[str]
    event: Mapped[str]
    data: Mapped[str] = mapped_column(Text)


class LegRow(Base):
    """Which channel was seen in which linkedid: a channel in two of them makes the two one visit."""

    __tablename__ = "call_legs"
    __table_args__ = (Index(None, "linkedid"), {"sqlite_with_rowid": False})

    uniqueid: Mapped[str] = mapped_column(primary_key=True)
    linkedid: Mapped[str] = mapped_column(primary_key=True)


class CallRow(Base):
    """One visit, see `callqueue.calls.Call`. Durations are seconds.

    `handed_over`: whoever makes tickets has taken the call and its answers. A `ticket_no` that was given then stays.
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index(None, "started_at"),
        Index(None, "ended_at"),
        Index(None, "caller", "started_at"),
        Index(None, "dialled", "started_at"),
        Index(None, "disposition", "started_at"),
        Index(None, "handed_over"),
        Index(None, "ticket_no"),
    )

    call_id: Mapped[str] = mapped_column(primary_key=True)
    direction: Mapped[str]
    line: Mapped[str]
    caller: Mapped[str]
    dialled: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    disposition: Mapped[str]
    queue: Mapped[str]
    agent: Mapped[str]
    wait_s: Mapped[float] = mapped_column(Double)
    talk_s: Mapped[float] = mapped_column(Double)
    hold_s: Mapped[float] = mapped_column(Double)
    ring_s: Mapped[float] = mapped_column(Double)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)
    agent_at: Mapped[datetime | None] = mapped_column(Instant)
    pickup_s: Mapped[float | None] = mapped_column(Double)
    transfers: Mapped[int] = mapped_column(server_default="0")
    trunk: Mapped[str] = mapped_column(server_default="")
    ticket_no: Mapped[str]
    attempt: Mapped[str]
    rating: Mapped[int | None]
    emergency: Mapped[str]
    callback: Mapped[str]
    path: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    agents: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    recordings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    handed_over: Mapped[bool]


class EmergencyRow(Base):
    """One call to an emergency desk, see `callqueue.calls.Emergency` (R6)."""

    __tablename__ = "emergencies"
    __table_args__ = (Index(None, "pressed_at"),)

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    service: Mapped[str]
    by: Mapped[str]
    caller: Mapped[str]
    pressed_at: Mapped[datetime] = mapped_column(Instant)
    calling_at: Mapped[datetime | None] = mapped_column(Instant)
    ringing_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    agent_joined_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    agent: Mapped[str]
    outcome: Mapped[str]
    recording: Mapped[str]


class ReadPosition(Base):
    """How far one file was read: `head` is the digest of its first line, which tells a new file with an old inode."""

    __tablename__ = "read_positions"

    source: Mapped[str] = mapped_column(primary_key=True)
    inode: Mapped[str] = mapped_column(primary_key=True)
    head: Mapped[str]
    offset: Mapped[int] = mapped_column(BigInteger)


class BadLineRow(Base):
    """A line that could not be understood, its first 500 characters, and why."""

    __tablename__ = "bad_lines"

    source: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str]
    text: Mapped[str] = mapped_column(Text)


class MissedRow(Base):
    """A citizen to be called back (国办函〔2025〕66号): one open task a number, see `callqueue.missed`.

    `open_phone` is the number while the task is open, so that the database itself refuses a second one.
    `kept_at`: since when a place in the queue is kept for the citizen (`callqueue.placed`), None when people call.
    """

    __tablename__ = "missed_tasks"
    __table_args__ = (
        Index(None, "open_phone", unique=True), Index(None, "phone", "last_at"), Index(None, "state", "due_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    phone: Mapped[str]
    open_phone: Mapped[str | None]
    state: Mapped[str]
    queue: Mapped[str]
    calls: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    assignee: Mapped[str]
    attempts: Mapped[int]
    kept_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str]
    reason: Mapped[str]


class MissedCallRow(Base):
    """A call that was lost, and the task it went into: each call is in one task, however often it is built."""

    __tablename__ = "missed_calls"
    __table_args__ = (Index(None, "task"),)

    call_id: Mapped[str] = mapped_column(primary_key=True)
    task: Mapped[int] = mapped_column(_ID, ForeignKey("missed_tasks.id"))


class MissedAttemptRow(Base):
    """One call made for a task. `channel` is fixed before dialling; `outcome` is "" until the ledger tells.

    Of a call made because a place in the queue had its turn, `channel` is the call's id.
    """

    __tablename__ = "missed_attempts"
    __table_args__ = (Index(None, "task"), Index(None, "outcome"))

    channel: Mapped[str] = mapped_column(primary_key=True)
    task: Mapped[int] = mapped_column(_ID, ForeignKey("missed_tasks.id"))
    agent: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str]
