"""How soon messages are answered (GB/T 33358: SMS and other media within 3 minutes, the mailbox within 24 hours)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from channels.tables import MessageRow
from channels.terms import CAME, Fate
from tickets.records import TICKETS
from tickets.terms import Channel

MESSAGES = cast(Table, MessageRow.__table__)
LIMITS = {
    Channel.SMS: timedelta(minutes=3), Channel.APP: timedelta(minutes=3), Channel.NEW_MEDIA: timedelta(minutes=3),
    Channel.EMAIL: timedelta(hours=24), Channel.FAX: timedelta(hours=24),
}  # fmt: skip
_TAKEN = tuple(fate for fate in CAME if fate is not Fate.IGNORED)


@dataclass(frozen=True, slots=True)
class Answered:
    """A channel in a span of time: messages from citizens; of them those a person has answered, and within the limit.

    `receipts` are automatic answers sent (an app has its own in the answer of REST), `receipt_seconds` the longest wait
    for one. A person's answer is the first time the desk took the ticket up (accepted, answered or refused it). A
    channel nobody wrote by is left out.
    """

    channel: Channel
    limit_seconds: int
    came: int
    receipts: int
    receipt_seconds: float | None
    answered: int
    within: int
    waiting: int


def answered(session: Session, since: datetime, until: datetime) -> list[Answered]:
    """The figures of the messages that came from `since` to before `until`."""
    reply = MESSAGES.alias("reply")
    first = (
        select(reply.c.answers, func.min(reply.c.sent_at).label("sent_at"))
        .where(reply.c.answers.is_not(None), reply.c.sent_at.is_not(None), reply.c.at >= since)
        .group_by(reply.c.answers)
        .subquery()
    )
    query = (
        select(MESSAGES.c.channel, MESSAGES.c.fate, MESSAGES.c.at, first.c.sent_at, TICKETS.c.accepted_at,
               TICKETS.c.closed_at)
        .join(first, first.c.answers == MESSAGES.c.id, isouter=True)
        .join(TICKETS, TICKETS.c.number == MESSAGES.c.number, isouter=True)
        .where(MESSAGES.c.at >= since, MESSAGES.c.at < until, MESSAGES.c.fate.in_(_TAKEN))
    )  # fmt: skip
    rows = session.execute(query).all()
    return [_one(channel, mine) for channel in LIMITS if (mine := [row for row in rows if row.channel == channel])]


def _one(channel: Channel, rows: list[Any]) -> Answered:
    limit = LIMITS[channel]
    receipts = [row.sent_at - row.at for row in rows if row.sent_at]
    if channel in (Channel.APP, Channel.NEW_MEDIA):  # REST itself answered, before anything else could be done
        receipts = [timedelta()] * len(rows)
    # What was put onto a ticket that is worked on, or told at once, wants no new answer by a person.
    filed = [row for row in rows if row.fate == Fate.FILED]
    waits = [min(times) - row.at for row in filed if (times := [t for t in (row.accepted_at, row.closed_at) if t])]
    return Answered(
        channel, int(limit.total_seconds()), len(rows), len(receipts),
        max(receipts).total_seconds() if receipts else None, len(waits), sum(wait <= limit for wait in waits),
        len(filed) - len(waits),
    )
