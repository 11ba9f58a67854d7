"""Webhooks: other programs that are told of alerts and calls, what each is told, and what came of it.

A delivery is a row: it survives a restart, is tried again until it is taken or given up, and can be sent once more.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from callqueue.queries import show_call
from callqueue.tables import CallRow
from console.errors import BadAddress, NoSuchWebhook
from console.tables import DeliveryRow, WebhookRow
from store.base import now
from store.keyset import cut, ordered
from tickets.numbers import insert_for

# Seconds from each failed attempt to the next; after the last the delivery is given up (nine attempts in a day).
DELAYS = (5, 30, 120, 600, 1800, 7200, 21_600, 54_000)
KEPT = timedelta(days=30)
_LEASE = timedelta(seconds=60)  # while one machine sends, no other does
_SETTLED = timedelta(seconds=10)  # after which the ledger's row of a call waits for nobody
_MOST_SHOWN = 200  # letters of what went wrong


class Event(StrEnum):
    """What others may be told of."""

    ALERT = "alert.begun"
    ALERT_OVER = "alert.over"
    WAITING = "call.waiting"
    ANSWERED = "call.answered"
    ENDED = "call.ended"


class Stage(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    DONE = "done"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery to be made now; `attempts` were made before."""

    id: int
    url: str
    secret: str
    body: str
    attempts: int


# -- who is told ---------------------------------------------------------------------------------------


def add(session: Session, url: str, events: list[Event]) -> dict[str, Any]:
    """The new webhook with its secret, which is shown this once. Raises BadAddress."""
    if not _address(url):
        raise BadAddress(BadAddress.__doc__)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    row = WebhookRow(url=url, secret=secret, events=sorted(set(events or Event)), created_at=now())
    session.add(row)
    session.flush()
    return _webhook(row) | {"secret": secret}


def _address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    right = parts.scheme in ("http", "https") and parts.hostname and port != 0 and " " not in url
    return bool(right) and len(url) <= 500 and url.isprintable()


def webhooks(session: Session) -> list[dict[str, Any]]:
    """Every webhook, without its secret."""
    return [_webhook(row) for row in session.scalars(select(WebhookRow).order_by(WebhookRow.id))]


def wanted(session: Session) -> frozenset[Event]:
    """The events that anybody is told of."""
    return frozenset(Event(name) for events in session.scalars(select(WebhookRow.events)) for name in events)


def remove(session: Session, webhook: int) -> dict[str, Any]:
    """The webhook that is no more, nor its deliveries. Raises NoSuchWebhook."""
    row = session.get(WebhookRow, webhook)
    if row is None:
        raise NoSuchWebhook(NoSuchWebhook.__doc__)
    session.execute(delete(DeliveryRow).where(DeliveryRow.webhook_id == webhook))
    session.delete(row)
    return _webhook(row)


def _webhook(row: WebhookRow) -> dict[str, Any]:
    return {"id": row.id, "url": row.url, "events": row.events, "created_at": row.created_at.isoformat()}


# -- what is told --------------------------------------------------------------------------------------


def publish(session: Session, event: Event, subject: str, data: Mapping[str, Any]) -> int:
    """How many webhooks will be told. The same event about the same subject is told to each once."""
    told = 0
    for row in session.scalars(select(WebhookRow)):
        told += event in row.events and _publish(session, row.id, event, subject, data)
    return told


def _publish(session: Session, webhook: int, event: Event, subject: str, data: Mapping[str, Any]) -> bool:
    at = now()
    body = json.dumps({"type": event, "timestamp": at.isoformat(), "data": dict(data)}, ensure_ascii=False)
    values = {"webhook_id": webhook, "event": event, "subject": subject[:120], "body": body, "created_at": at,
              "due_at": at, "stage": Stage.WAITING, "attempts": 0, "status": 0, "error": ""}  # fmt: skip
    statement = insert_for(session, DeliveryRow).values(**values).on_conflict_do_nothing()
    return session.execute(statement.returning(DeliveryRow.id)).first() is not None


def publish_ended(session: Session, within: timedelta) -> int:
    """How many deliveries were made of calls that ended `within` this time: the ledger's rows, each told once."""
    made, at = 0, now()
    for row in session.scalars(select(WebhookRow)):
        if Event.ENDED not in row.events:
            continue
        told = select(DeliveryRow.id).where(
            DeliveryRow.webhook_id == row.id, DeliveryRow.event == Event.ENDED, DeliveryRow.subject == CallRow.call_id
        )
        ended = select(CallRow.call_id).where(
            CallRow.ended_at >= max(row.created_at, at - within), ~told.exists(),
            CallRow.handed_over | (CallRow.ended_at < at - _SETTLED),
        )
        for call_id in session.scalars(ended.limit(500)).all():
            made += _publish(session, row.id, Event.ENDED, call_id, show_call(session, call_id) or {})
    return made


# -- deliveries ----------------------------------------------------------------------------------------


def due(session: Session, most: int) -> list[Due]:
    """Deliveries to be made now; nobody else is given them for a minute."""
    at = now()
    first = select(DeliveryRow.id).where(DeliveryRow.stage == Stage.WAITING, DeliveryRow.due_at <= at)
    first = first.order_by(DeliveryRow.due_at).limit(most).with_for_update(skip_locked=True)
    ids = session.scalars(first).all()
    session.execute(update(DeliveryRow).where(DeliveryRow.id.in_(ids)).values(due_at=at + _LEASE))
    query = select(DeliveryRow, WebhookRow).join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
    rows = session.execute(query.where(DeliveryRow.id.in_(ids)).order_by(DeliveryRow.id))
    return [Due(row.id, hook.url, hook.secret, row.body, row.attempts) for row, hook in rows]


def settle(session: Session, one: Due, status: int, error: str = "") -> Stage:
    """How it stands after an attempt that was answered with `status` (0: not at all, `error` says why)."""
    attempts = one.attempts + 1
    taken = 200 <= status < 300
    given_up = not taken and attempts > len(DELAYS)
    stage = Stage.DONE if taken else Stage.GIVEN_UP if given_up else Stage.WAITING
    values: dict[str, Any] = {"stage": stage, "attempts": attempts, "status": status, "error": error[:_MOST_SHOWN]}
    values["tried_at"] = now()
    if stage is Stage.WAITING:
        values["due_at"] = now() + timedelta(seconds=DELAYS[attempts - 1])
    session.execute(update(DeliveryRow).where(DeliveryRow.id == one.id).values(**values))
    return stage


@dataclass(frozen=True, slots=True)
class Sought:
    """What the log is narrowed to; 0 and "" narrow nothing."""

    webhook: int = 0
    stage: str = ""
    event: str = ""
    oldest: bool = False


def deliveries(
    session: Session, sought: Sought | None = None, size: int = 100, after: int = 0
) -> tuple[list[dict[str, Any]], int | None]:
    """A page of what was or is to be delivered, the newest first, and the id after which the next starts."""
    sought, of = sought or Sought(), DeliveryRow
    query = select(of)
    for column, wanted in ((of.webhook_id, sought.webhook), (of.stage, sought.stage), (of.event, sought.event)):
        query = query.where(column == wanted) if wanted else query
    query = ordered(session, query, of.id, of.id, down=not sought.oldest, after=after).limit(size + 1)
    rows, last = cut(session.scalars(query).all(), size)
    return [_delivery(row) for row in rows], last.id if last else None


def replay(session: Session, delivery: int) -> dict[str, Any]:
    """The delivery, which is made again at once, as if for the first time. Raises NoSuchWebhook."""
    row = session.get(DeliveryRow, delivery)
    if row is None:
        raise NoSuchWebhook(NoSuchWebhook.__doc__)
    row.stage, row.attempts, row.due_at = Stage.WAITING, 0, now()
    session.flush()
    return _delivery(row)


def sweep(session: Session) -> None:
    """Forgets what was delivered or given up more than a month ago."""
    old = DeliveryRow.created_at < now() - KEPT
    session.execute(delete(DeliveryRow).where(old, DeliveryRow.stage != Stage.WAITING))


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    names = ("id", "event", "subject", "stage", "attempts", "status", "error")
    moments = {name: value.isoformat() if (value := getattr(row, name)) else None
               for name in ("created_at", "due_at", "tried_at")}  # fmt: skip
    told = {name: getattr(row, name) for name in names}
    return {"webhook": row.webhook_id, **told, **moments, "body": json.loads(row.body)}
