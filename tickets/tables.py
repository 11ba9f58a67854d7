"""The tables of tickets and their history. Importing this registers every table of the package."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Instant
from tickets import calendar_tables, ddl, unit_tables
from tickets.columns import BigId, Json, Word
from tickets.knowledge import tables as knowledge_tables
from tickets.terms import CallbackBy, Channel, Light, Part, RequestType, Scope, Solved, State, Supervision

__all__ = ["calendar_tables", "knowledge_tables", "unit_tables"]

OPEN = text("closed_at IS NULL")
CLOSED = text("closed_at IS NOT NULL")
RETURNS = text("action = 'return'")


class SequenceRow(Base):
    """The last ticket number given out on a day (YYMMDD)."""

    __tablename__ = "ticket_sequences"

    day: Mapped[str] = mapped_column(String(6), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class CitizenRow(Base):
    """A citizen, known by number."""

    __tablename__ = "citizens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    phone: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(50), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)


class TicketRow(Base):
    """A ticket (工单) as it is now; how it came to be so is in `ticket_events`. Dates are Asia/Shanghai.

    `version` counts the ticket's events. `closed_at` is empty while somebody still has to do something.
    """

    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[State] = mapped_column(Word(State))

    channel: Mapped[Channel] = mapped_column(Word(Channel))
    source_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    line: Mapped[str] = mapped_column(String(20), default="")
    queue: Mapped[str] = mapped_column(String(40), default="")
    agent: Mapped[str] = mapped_column(String(40), default="")
    call_id: Mapped[str] = mapped_column(String(80), default="")
    call_kind: Mapped[str] = mapped_column(String(12), default="")
    recordings: Mapped[list[str]] = mapped_column(Json, default=list)
    rating: Mapped[int | None] = mapped_column(Integer)

    request_type: Mapped[RequestType] = mapped_column(Word(RequestType), default=RequestType.UNSET)
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    matter: Mapped[str | None] = mapped_column(ForeignKey("matters.code"))
    territory: Mapped[str | None] = mapped_column(ForeignKey("territories.code"))
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizens.id"))
    citizen_name: Mapped[str] = mapped_column(String(50), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    confidential: Mapped[bool] = mapped_column(Boolean, default=False)
    complained_unit: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    scope: Mapped[Scope] = mapped_column(Word(Scope), default=Scope.IN)
    scope_hint: Mapped[Scope] = mapped_column(Word(Scope), default=Scope.IN)
    referral: Mapped[str] = mapped_column(String(300), default="")

    created_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    dispatched_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    contacted_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    reviewed_at: Mapped[datetime | None] = mapped_column(Instant)
    called_back_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    lead_unit: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    work_plan: Mapped[str] = mapped_column(Text, default="")
    plan_leader: Mapped[str] = mapped_column(String(50), default="")
    fast_track: Mapped[bool] = mapped_column(Boolean, default=False)
    direct: Mapped[bool] = mapped_column(Boolean, default=False)
    final: Mapped[bool] = mapped_column(Boolean, default=False)
    returns: Mapped[int] = mapped_column(Integer, default=0)
    return_from: Mapped[State | None] = mapped_column(Word(State))
    return_site: Mapped[bool] = mapped_column(Boolean, default=False)
    extensions: Mapped[int] = mapped_column(Integer, default=0)
    extension_asked: Mapped[int] = mapped_column(Integer, default=0)
    extension_days: Mapped[int] = mapped_column(Integer, default=0)
    legal_due: Mapped[date | None] = mapped_column(Date)
    legal_basis: Mapped[str] = mapped_column(String(300), default="")

    clock_from: Mapped[date | None] = mapped_column(Date)
    due_contact: Mapped[date | None] = mapped_column(Date)
    due_return: Mapped[date | None] = mapped_column(Date)
    due_return_site: Mapped[date | None] = mapped_column(Date)
    due_resolve: Mapped[date | None] = mapped_column(Date)
    due_review: Mapped[date | None] = mapped_column(Date)
    provisional: Mapped[bool] = mapped_column(Boolean, default=False)
    light: Mapped[Light] = mapped_column(Word(Light), default=Light.GREEN)
    overdue: Mapped[str] = mapped_column(String(40), default="")
    supervision: Mapped[Supervision] = mapped_column(Word(Supervision), default=Supervision.NONE)
    next_check_at: Mapped[datetime | None] = mapped_column(Instant)

    result: Mapped[str] = mapped_column(Text, default="")
    beyond_law: Mapped[bool] = mapped_column(Boolean, default=False)
    false_reply: Mapped[bool] = mapped_column(Boolean, default=False)
    callback_by: Mapped[CallbackBy] = mapped_column(Word(CallbackBy), default=CallbackBy.NONE)
    satisfied: Mapped[int | None] = mapped_column(Integer)
    truthful: Mapped[bool | None] = mapped_column(Boolean)
    solved: Mapped[Solved | None] = mapped_column(Word(Solved))
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("tickets.number"))
    repeats: Mapped[int] = mapped_column(Integer, default=0)
    urges: Mapped[int] = mapped_column(Integer, default=0)

    # Each index serves one page of a million tickets; a partial one holds only what is still being worked on.
    __table_args__ = (
        Index(None, "state", "number"),
        Index(None, "phone", "number"),
        Index(None, "matter", "number"),
        Index(None, "territory", "number"),
        Index(None, "created_at"),
        Index("ix_tickets_closed", "closed_at", sqlite_where=CLOSED, postgresql_where=CLOSED),
        # What figures are counted by (see measures.py); registration has its own above.
        Index(None, "due_return"),
        Index(None, "due_resolve"),
        Index(None, "called_back_at"),
        Index(None, "merged_into"),
        Index(None, "fingerprint", "created_at"),
        Index(None, "citizen_id", "matter", "created_at"),
        # In the order in which the dashboard groups, and with closed_at, so that SQLite answers from it alone.
        Index(
            "ix_tickets_open",
            "state",
            "light",
            "supervision",
            "lead_unit",
            "closed_at",
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index(
            "ix_tickets_open_unit",
            "lead_unit",
            "due_resolve",
            "number",
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_tickets_open_light", "light", "number", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_tickets_open_due", "due_resolve", "number", sqlite_where=OPEN, postgresql_where=OPEN),
        Index(
            "ix_tickets_next_check",
            "next_check_at",
            sqlite_where=text("next_check_at IS NOT NULL"),
            postgresql_where=text("next_check_at IS NOT NULL"),
        ),
    )


class TicketUnitRow(Base):
    """A unit that has a part in a ticket now: the lead, or a co-unit and what it reported (R30)."""

    __tablename__ = "ticket_units"
    __table_args__ = (Index(None, "unit", "part", "number"),)

    number: Mapped[str] = mapped_column(ForeignKey("tickets.number"), primary_key=True)
    unit: Mapped[str] = mapped_column(ForeignKey("units.code"), primary_key=True)
    part: Mapped[Part] = mapped_column(Word(Part))
    report: Mapped[str] = mapped_column(Text, default="")
    reported_at: Mapped[datetime | None] = mapped_column(Instant)


class TicketEventRow(Base):
    """One change of a ticket (R11): who, when, why, what. The database refuses to change or delete a row."""

    __tablename__ = "ticket_events"
    __table_args__ = (
        Index(None, "ticket_id", "seq", unique=True),
        Index(None, "at"),
        Index("ix_ticket_events_returns", "at", sqlite_where=RETURNS, postgresql_where=RETURNS),
        Index("ix_ticket_events_returns_unit", "unit", "at", sqlite_where=RETURNS, postgresql_where=RETURNS),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
    action: Mapped[str] = mapped_column(String(20))
    state_from: Mapped[State | None] = mapped_column(Word(State))
    state_to: Mapped[State] = mapped_column(Word(State))
    author: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str] = mapped_column(String(32), default="")
    reason: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class AttachmentRow(Base):
    """A file the citizen or a clerk sent with a ticket; the bytes are kept in a folder under their checksum."""

    __tablename__ = "ticket_attachments"
    __table_args__ = (Index(None, "ticket_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(String(80))


ddl.attach(cast(Table, TicketRow.__table__), cast(Table, TicketEventRow.__table__))
