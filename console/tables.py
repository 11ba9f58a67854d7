"""The tables of accounts, sessions, tokens, the audit log and answered requests; webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Table, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

import tickets.tables  # noqa: F401 - accounts refer to units
from store.base import Base, Instant
from store.immutable import hang, refusing
from tickets.columns import BigId, Json


class AccountRow(Base):
    """Who may use the console and the REST interface. `roles` are codes of `tickets.access.Role`.

    `password` is an Argon2 hash; `failed` counts wrong passwords in a row, `locked_until` is when the next may be
    tried. `must_change` is true while the password is one that somebody else knows. `totp` is the secret of the
    second factor (RFC 6238), "" for none, and `totp_last` the last step a code was taken for.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    roles: Mapped[list[str]] = mapped_column(Json)
    unit: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    password: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    must_change: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    totp: Mapped[str] = mapped_column(String(64), default="", server_default="")
    totp_last: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class SessionRow(Base):
    """A browser that logged in: only the SHA-256 of its cookie is kept. `seen_at` is about when it last asked.

    `second` is whether the second factor was given, or none is asked; `totp_offered` is a secret being set up.
    """

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "account_id"), Index(None, "seen_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    second: Mapped[bool] = mapped_column(Boolean, default=False)
    totp_offered: Mapped[str] = mapped_column(String(64), default="")
    remote: Mapped[str] = mapped_column(String(64), default="")


_SEATED = text("left_at IS NULL")


class SeatRow(Base):
    """A telephone that an account took, from when until when: one agent a phone and one phone an agent at a time."""

    __tablename__ = "seats"
    __table_args__ = (
        Index(None, "number", unique=True, sqlite_where=_SEATED, postgresql_where=_SEATED),
        Index(None, "account_id", unique=True, sqlite_where=_SEATED, postgresql_where=_SEATED),
        Index(None, "account_id", "taken_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(8))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    taken_at: Mapped[datetime] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)


class CitizenNoteRow(Base):
    """What agents noted about the citizen of a telephone number (digits), by whom and when."""

    __tablename__ = "citizen_notes"

    phone: Mapped[str] = mapped_column(String(20), primary_key=True)
    note: Mapped[str] = mapped_column(String(500))
    author: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)


class TokenRow(Base):
    """A token of an account: only its SHA-256 is kept, which is enough for 256 random bits."""

    __tablename__ = "api_tokens"
    __table_args__ = (Index(None, "account_id", "name", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(40))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class AuditRow(Base):
    """Who did or saw what: one row a request. The database refuses to change or delete a row.

    `ticket` is the one asked for, "" for none; `detail` names those a list showed. `status` is the HTTP status, 0 for
    the command line.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "ticket", "id"), Index(None, "account", "id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    account: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20), default="")
    unit: Mapped[str] = mapped_column(String(32), default="")
    action: Mapped[str] = mapped_column(String(40))
    ticket: Mapped[str] = mapped_column(String(12), default="")
    remote: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[int] = mapped_column(Integer, default=0)
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class AnsweredRow(Base):
    """A POST that was answered under an Idempotency-Key; forgotten after a day. `request` is its SHA-256."""

    __tablename__ = "answered_requests"
    __table_args__ = (Index(None, "at"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[int] = mapped_column(Integer, default=0)
    headers: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    body: Mapped[str] = mapped_column(Text, default="")


hang(
    cast(Table, AuditRow.__table__), "after_create",
    refusing("audit_log", "id = NEW.id", "the audit log cannot be changed"),
)  # fmt: skip


class WebhookRow(Base):
    """An address that is told of `events` (console.webhooks.Event); `secret` signs what it is sent."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    url: Mapped[str] = mapped_column(String(500))
    secret: Mapped[str] = mapped_column(String(80))
    events: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)


class DeliveryRow(Base):
    """One event for one webhook; see console.webhooks. `status` and `error` are those of the last attempt."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(None, "webhook_id", "event", "subject", unique=True),
        Index(None, "stage", "due_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id"))
    event: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    stage: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer)
    status: Mapped[int] = mapped_column(Integer)
    error: Mapped[str] = mapped_column(String(200))
