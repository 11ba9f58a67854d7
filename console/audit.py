"""The audit log: who did or saw what of which citizen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, insert, or_, select
from sqlalchemy.orm import Session

from console.tables import AuditRow
from store.base import now
from store.keyset import cut, ordered
from tickets.access import Actor
from tickets.deadlines import start_of


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


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is narrowed to; None and "" narrow nothing. A ticket is also found where a list showed it."""

    account: str = ""
    ticket: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None
    oldest: bool = False


def read(
    session: Session, size: int, after: int = 0, sought: Sought | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """A page of rows, the newest first or the oldest, and the id after which the next starts, None on the last."""
    sought = sought or Sought()
    query = select(AuditRow).where(*_narrowed(sought))
    query = ordered(session, query, AuditRow.id, AuditRow.id, down=not sought.oldest, after=after).limit(size + 1)
    rows, last = cut(session.scalars(query).all(), size)
    return [_plain(row) for row in rows], last.id if last else None


def _narrowed(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.account:
        yield AuditRow.account == sought.account
    if sought.action:
        yield AuditRow.action == sought.action
    if sought.ticket:
        shown = cast(AuditRow.detail, String).contains(f'"{sought.ticket}"', autoescape=True)
        yield or_(AuditRow.ticket == sought.ticket, shown)
    if sought.since:
        yield AuditRow.at >= start_of(sought.since)
    if sought.until:
        yield AuditRow.at < start_of(sought.until + timedelta(days=1))


def _plain(row: AuditRow) -> dict[str, Any]:
    names = ("id", "account", "role", "unit", "action", "ticket", "remote", "status", "detail")
    return {name: getattr(row, name) for name in names} | {"at": row.at.isoformat()}
