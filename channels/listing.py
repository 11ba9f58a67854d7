"""Lists of messages, the newest first or the oldest, by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from channels.tables import MessageRow
from channels.terms import Fate
from store.keyset import cut, ordered
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
    oldest: bool = False


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
    if after and not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise Invalid("after", "不是页码")
    key = MESSAGES.c.id
    query = ordered(session, query, key, key, down=not sought.oldest, after=int(after or 0)).limit(size + 1)
    rows, last = cut(session.execute(query).all(), size)
    sees = may(by.role, Action.UNMASK)
    return [_row(dict(row._mapping), sees) for row in rows], str(last.id) if last else None


def _row(row: dict[str, Any], sees: bool) -> dict[str, Any]:
    if row.pop("confidential") and not sees:
        row |= {"peer": HIDDEN, "text": HIDDEN, "subject": HIDDEN}
    elif not sees:
        row["peer"] = masked_phone(row["peer"])
    return row
