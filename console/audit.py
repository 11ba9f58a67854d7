"""The audit log: who did or saw what of which citizen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String, cast, insert, or_, select
from sqlalchemy.orm import Session

from console.tables import AuditRow
from store.base import now
from tickets.access import Actor


@dataclass(frozen=True, slots=True)
class Entry:
    """A row to be written."""

    by: Actor
    action: str
    ticket: str = ""
    remote: str = ""
    status: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)


def write(session: Session, entry: Entry) -> None:
    """Writes a row."""
    by = entry.by
    values = {"at": now(), "account": by.name[:80], "role": by.role.value, "unit": by.unit, "action": entry.action}
    values |= {"ticket": entry.ticket[:12], "remote": entry.remote[:64], "status": entry.status}
    session.execute(insert(AuditRow).values(**values, detail=dict(entry.detail)))


def read(session: Session, size: int, after: int = 0, account: str = "", ticket: str = "") -> list[dict[str, Any]]:
    """The rows, newest first, at most `size`, of an account or about a ticket (also where a list showed it)."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(size)
    if after:
        query = query.where(AuditRow.id < after)
    if account:
        query = query.where(AuditRow.account == account)
    if ticket:
        shown = cast(AuditRow.detail, String).contains(f'"{ticket}"', autoescape=True)
        query = query.where(or_(AuditRow.ticket == ticket, shown))
    return [_plain(row) for row in session.scalars(query)]


def _plain(row: AuditRow) -> dict[str, Any]:
    names = ("id", "account", "role", "unit", "action", "ticket", "remote", "status", "detail")
    return {name: getattr(row, name) for name in names} | {"at": row.at.isoformat()}
