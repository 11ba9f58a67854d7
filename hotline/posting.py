"""Delivers what webhooks are told: signed, again and again until it is taken (standardwebhooks.com)."""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import hmac
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, TypeVar

from aiohttp import ClientError, ClientSession, ClientTimeout
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from console import webhooks
from console.webhooks import Due, Event
from store.engine import Store

log = logging.getLogger(__name__)
T = TypeVar("T")
Opened = Callable[[], AbstractContextManager[Session]]
_PERIOD = 1.0  # seconds between two looks
_SELDOM = 300.0  # seconds between two looks at calls that came late into the ledger
_LATE, _LATEST = timedelta(minutes=10), timedelta(days=1)
_AT_ONCE = 20
_PATIENCE = ClientTimeout(total=10)  # seconds for an answer


def headers(one: Due, at: int) -> dict[str, str]:
    """The headers of an attempt at the moment `at` (epoch seconds): HMAC-SHA256 of id, moment and body."""
    key = base64.b64decode(one.secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"msg_{one.id}.{at}.{one.body}".encode(), hashlib.sha256).digest()
    return {
        "Content-Type": "application/json; charset=utf-8", "webhook-id": f"msg_{one.id}", "webhook-timestamp": str(at),
        "webhook-signature": "v1," + base64.b64encode(signed).decode(),
    }


class Posting:
    """`run` delivers while the service runs; `wanted` are the events that anybody is told of."""

    def __init__(self, store: Store, threads: ThreadPoolExecutor) -> None:
        self._store, self._threads = store, threads
        self._seldom = 0.0
        self.wanted: frozenset[Event] = frozenset()

    async def run(self) -> None:
        """Never returns."""
        away = False
        async with ClientSession(timeout=_PATIENCE) as client:
            while True:
                try:
                    sent, away = await self.round(client), False
                except SQLAlchemyError as error:  # the heartbeat tells of the database
                    if not away:  # once, not every second
                        log.warning("webhooks wait: %s", type(error).__name__)
                    sent, away = 0, True
                if sent < _AT_ONCE:
                    await asyncio.sleep(_PERIOD)

    async def round(self, client: ClientSession) -> int:
        """How many attempts were made. Raises SQLAlchemyError."""
        self.wanted = await self._work(webhooks.wanted, self._store.reading)
        if not self.wanted:
            return 0
        found = await self._work(self._look)
        await asyncio.gather(*(self._attempt(client, one) for one in found))
        return len(found)

    def _look(self, session: Session) -> list[Due]:
        late = time.monotonic() > self._seldom
        if late:
            self._seldom = time.monotonic() + _SELDOM
            webhooks.sweep(session)
        webhooks.publish_ended(session, _LATEST if late else _LATE)
        return webhooks.due(session, _AT_ONCE)

    async def _attempt(self, client: ClientSession, one: Due) -> None:
        status, error = 0, ""
        given = headers(one, int(time.time()))
        try:
            # Elsewhere is not where it was to go: a redirection is a refusal.
            async with client.post(one.url, data=one.body.encode(), headers=given, allow_redirects=False) as answer:
                status = answer.status
        except (ClientError, OSError, ValueError) as failure:
            error = str(failure) or type(failure).__name__
        stage = await self._work(functools.partial(webhooks.settle, one=one, status=status, error=error))
        if stage is webhooks.Stage.GIVEN_UP:
            log.warning("webhook delivery %d given up: %s", one.id, error or status)

    async def _work(self, work: Callable[..., T], opened: Opened | None = None) -> T:
        def run() -> T:
            with (opened or self._store.begin)() as session:
                return work(session)

        result: Any = await asyncio.get_running_loop().run_in_executor(self._threads, run)
        return result  # type: ignore[no-any-return]
