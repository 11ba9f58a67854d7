"""Time passing, once a minute: warnings, overdue, supervision (R40), articles that run out (R16), old answers."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from console import idempotency
from store.base import now
from store.engine import Store
from tickets.deadlines import Rules
from tickets.knowledge import expiry
from tickets.sweep import sweep

log = logging.getLogger(__name__)
PERIOD = 60.0  # seconds
_BATCH = 200  # tickets a transaction: on SQLite nobody else writes meanwhile


class Clocks:
    """Sweeps again and again; a sweep that fails or was missed is caught up by the next. `reason` is why it failed."""

    def __init__(self, store: Store, rules: Rules, knowledge_days: int = expiry.DAYS) -> None:
        self.reason = ""
        self.done_at = time.time()
        self._store = store
        self._rules = rules
        self._knowledge_days = knowledge_days

    async def run(self) -> None:
        """Sweeps at once, then every minute until cancelled."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="clocks") as thread:
            while True:
                await loop.run_in_executor(thread, self.round)
                await asyncio.sleep(PERIOD)

    def round(self) -> bool:
        """Whether one sweep went well."""
        try:
            swept = sweep(self._store, rules=self._rules, batch=_BATCH)
            with self._store.begin() as session:
                expiry.sweep(session, now().date(), self._knowledge_days)
            idempotency.forget_old(self._store)
        except SQLAlchemyError as error:
            self.reason = type(error).__name__
            log.warning("the clocks are behind: %s", self.reason)
            return False
        except Exception as error:  # an edge: a ticket that cannot be swept must not end the service, and the calls
            self.reason = type(error).__name__
            log.exception("the clocks failed")
            return False
        if swept.told:
            log.info("clocks: %d tickets, %s", swept.checked, swept.told)
        self.reason, self.done_at = "", time.time()
        return True
