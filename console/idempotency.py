"""POSTs under an Idempotency-Key: the same key of the same account is answered once, then from memory for a day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from console.errors import KeyReused
from console.route import Answer
from console.tables import AnsweredRow
from store.base import now
from store.engine import Store
from tickets.numbers import insert_for

KEPT = timedelta(hours=24)
Files = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it was sent, and the digest of the request that came with it."""

    account: int
    key: str
    request: str


def digest(path: str, query: Mapping[str, Any], body: Mapping[str, Any], files: Files, version: int | None) -> str:
    """The SHA-256 of what makes two requests the same."""
    sums = [(name, hashlib.sha256(data).hexdigest()) for name, data in files]
    told = json.dumps([path, dict(query), dict(body), sums, version], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def remembered(session: Session, key: Key) -> Answer | None:
    """The answer given before, or None: then the key is taken, and whoever sends it at the same time waits.

    Raises KeyReused when the request is another one.
    """
    mine = (AnsweredRow.account_id == key.account, AnsweredRow.key == key.key)
    session.execute(delete(AnsweredRow).where(*mine, AnsweredRow.at < now() - KEPT))
    values = {"account_id": key.account, "key": key.key, "request": key.request, "at": now()}
    statement = insert_for(session, AnsweredRow).values(**values, status=0, headers={}, body="")
    statement = statement.on_conflict_do_nothing().returning(AnsweredRow.key)
    if session.execute(statement).first() is not None:
        return None
    row = session.execute(select(AnsweredRow).where(*mine)).scalar_one()
    if row.request != key.request:
        raise KeyReused(KeyReused.__doc__)
    return Answer(json.loads(row.body), row.status, {**row.headers, "Idempotency-Replayed": "true"})


def remember(session: Session, key: Key, answer: Answer) -> None:
    """Keeps the answer with the change it tells of: both are committed, or neither."""
    mine = (AnsweredRow.account_id == key.account, AnsweredRow.key == key.key)
    body = json.dumps(answer.body, ensure_ascii=False)
    kept = {"status": answer.status, "headers": dict(answer.headers), "body": body}
    session.execute(update(AnsweredRow).where(*mine).values(**kept))


def forget_old(store: Store) -> None:
    """Forgets what is more than a day old."""
    with store.begin() as session:
        session.execute(delete(AnsweredRow).where(AnsweredRow.at < now() - KEPT))
