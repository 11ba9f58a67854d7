"""Messages to citizens: written with what they tell of, sent afterwards, again when the gateway was away."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.orm import Session

from channels.errors import ChannelError
from channels.tables import MessageRow
from channels.terms import Fate
from store.base import now
from store.engine import Store
from tickets.terms import Channel

log = logging.getLogger(__name__)
MESSAGES = cast(Table, MessageRow.__table__)
MOST_AN_HOUR = 6  # to one number or address: an answering machine that answers us is not answered for ever
_WAITS = (1, 5, 15, 60, 240, 720)  # minutes after each failure; then it has failed
_LEASE = timedelta(minutes=5)  # in which one process sends what it took up
_BATCH = 20


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be sent. `key` is its own id; `answered` that of the message it answers, "" for none."""

    key: str
    peer: str
    subject: str
    text: str
    number: str | None
    answered: str


Post = Callable[[Letter], None]
"""Hands a letter to a gateway. Raises ChannelError when it was not taken."""


def answer(
    session: Session, to: int, channel: Channel, peer: str, number: str | None, text: str, subject: str = ""
) -> bool:
    """Whether the answer to a message was put into the outbox: not when its sender has been told enough this hour."""
    at = now()
    recent = select(func.count()).where(
        MESSAGES.c.peer == peer, MESSAGES.c.at > at - timedelta(hours=1), MESSAGES.c.fate.in_(_OURS),
        MESSAGES.c.channel == channel,
    )
    if session.execute(recent).scalar_one() >= MOST_AN_HOUR:
        log.warning("no more answers to one sender this hour")
        return False
    _put(session, to, channel, peer, number, text, subject, {"fate": Fate.WAITING, "at": at, "due_at": at})
    return True


def shown(
    session: Session, to: int, channel: Channel, peer: str, number: str | None, text: str, subject: str = ""
) -> None:
    """The answer to a message goes back with REST's own, for the app to show: on record, the same when asked again."""
    at = now()
    _put(session, to, channel, peer, number, text, subject, {"fate": Fate.SENT, "at": at, "sent_at": at})


def _put(
    session: Session, to: int, channel: Channel, peer: str, number: str | None, text: str, subject: str,
    more: Mapping[str, object],
) -> None:
    row = {
        "key": f"out:{channel.value}:{secrets.token_hex(16)}", "channel": channel, "peer": peer, "number": number,
        "answers": to, "subject": subject[:200], "text": text, "why": "", "tries": 0, **more,
    }
    session.execute(insert(MESSAGES).values(**row))


_OURS = (Fate.WAITING, Fate.SENT, Fate.FAILED)


def send_due(store: Store, posts: Mapping[Channel, Post], at: datetime | None = None) -> int:
    """How many messages were sent of those that are due, at most a batch.

    A message is taken up in a transaction of its own before it is sent: a process that ends meanwhile leaves it to be
    sent again after the lease, rather than never.
    """
    sent = 0
    for row_id, channel, letter in _taken_up(store, tuple(posts), at or now()):
        why = ""
        try:
            posts[channel](letter)
        except ChannelError as error:
            why = str(error)
            log.warning("a message by %s was not taken: %s", channel.value, error)
        with store.begin() as session:
            _settle(session, row_id, why, now())
        sent += not why
    return sent


def _taken_up(store: Store, channels: tuple[Channel, ...], at: datetime) -> list[tuple[int, Channel, Letter]]:
    other = MESSAGES.alias("other")
    query = (
        select(MESSAGES, other.c.key.label("answered"))
        .join(other, other.c.id == MESSAGES.c.answers, isouter=True)
        .where(MESSAGES.c.fate == Fate.WAITING, MESSAGES.c.due_at <= at, MESSAGES.c.channel.in_(channels))
        .order_by(MESSAGES.c.due_at)
        .limit(_BATCH)
    )
    with store.begin() as session:
        rows = session.execute(query.with_for_update(skip_locked=True, of=MESSAGES)).all()
        if rows:
            ids = [row.id for row in rows]
            session.execute(update(MESSAGES).where(MESSAGES.c.id.in_(ids)).values(due_at=at + _LEASE))
    return [
        (row.id, row.channel, Letter(row.key, row.peer, row.subject, row.text, row.number, row.answered or ""))
        for row in rows
    ]


def _settle(session: Session, row_id: int, why: str, at: datetime) -> None:
    mine = update(MESSAGES).where(MESSAGES.c.id == row_id)
    if not why:
        session.execute(mine.values(fate=Fate.SENT, sent_at=at, why="", tries=MESSAGES.c.tries + 1))
        return
    tries: int = session.execute(select(MESSAGES.c.tries).where(MESSAGES.c.id == row_id)).scalar_one()
    over = tries >= len(_WAITS)
    wait = timedelta(minutes=_WAITS[min(tries, len(_WAITS) - 1)])
    fate = Fate.FAILED if over else Fate.WAITING
    session.execute(mine.values(fate=fate, due_at=at + wait, tries=tries + 1, why=why[:200]))


def standing(session: Session) -> dict[str, int]:
    """How many messages wait, and how many failed in the last day."""
    waiting = select(func.count()).where(MESSAGES.c.fate == Fate.WAITING)
    failed = select(func.count()).where(MESSAGES.c.fate == Fate.FAILED, MESSAGES.c.at > now() - timedelta(days=1))
    return {"waiting": session.execute(waiting).scalar_one(), "failed": session.execute(failed).scalar_one()}
