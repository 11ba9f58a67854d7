"""Lists of messages, the newest first, by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from channels.tables import MessageRow
from channels.terms import Fate
from tickets.access import Action, Actor, may
from tickets.deadlines import start_of
from tickets.errors import Invalid
from tickets.masking import HIDDEN, masked_phone
from tickets.records import TICKETS
from tickets.terms import Channel

MESSAGES = cast(Table, MessageRow.__table__)
MOST = 200
_SHOWN = ("id", "channel", "fate", "peer", "number", "subject", "text", "why", "at", "sent_at", "tries")


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is narrowed to; None and "" narrow nothing. Days are those on which messages came or were written."""

    channel: Channel | None = None
    fate: Fate | None = None
    number: str = ""
    since: date | None = None
    until: date | None = None


def listed(
    session: Session, sought: Sought, *, by: Actor, size: int = 50, after: str = ""
) -> tuple[list[Any], str | None]:
    """A page as plain mappings, and the key of the next (None on the last); masked for who may not see citizens."""
    if not 1 <= size <= MOST:
        raise Invalid("每页条数", f"应为1至{MOST}")
    columns = [MESSAGES.c[name] for name in _SHOWN]
    query = select(*columns, TICKETS.c.confidential).join(TICKETS, TICKETS.c.number == MESSAGES.c.number, isouter=True)
    for name in ("channel", "fate", "number"):
        wanted = getattr(sought, name)
        query = query.where(MESSAGES.c[name] == wanted) if wanted else query
    if sought.since:
        query = query.where(MESSAGES.c.at >= start_of(sought.since))
    if sought.until:
        query = query.where(MESSAGES.c.at < start_of(sought.until + timedelta(days=1)))
    if after:
        if not (after.isascii() and after.isdigit() and len(after) <= 18):
            raise Invalid("after", "不是页码")
        query = query.where(MESSAGES.c.id < int(after))
    rows = session.execute(query.order_by(MESSAGES.c.id.desc()).limit(size + 1)).all()
    sees = may(by.role, Action.UNMASK)
    page = [_row(dict(row._mapping), sees) for row in rows[:size]]
    return page, str(page[-1]["id"]) if len(rows) > size else None


def _row(row: dict[str, Any], sees: bool) -> dict[str, Any]:
    if row.pop("confidential") and not sees:
        row |= {"peer": HIDDEN, "text": HIDDEN, "subject": HIDDEN}
    elif not sees:
        row["peer"] = masked_phone(row["peer"])
    return row
