"""The ledger kept up to date: what Asterisk has written is read twice a second."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from callqueue.errors import CallQueueError

log = logging.getLogger(__name__)
PERIOD = 0.5  # seconds
_LATER = 5.0  # seconds: after a failure
_SELDOM = 60.0  # seconds between two looks at what could not be handed over


class Importer:
    """Calls `step` (one round of reading, in a thread of its own) again and again, `seldom` once a minute.

    A round that fails is repeated: reading goes on where the last committed round stopped. `reason` is why the
    last one failed, "" when it did not.
    """

    def __init__(self, step: Callable[[], object], seldom: Callable[[], object] = lambda: None) -> None:
        self.reason = ""
        self.done_at = time.time()
        self._step = step
        self._seldom = seldom
        self._next = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="ledger") as thread:
            while True:
                well = await loop.run_in_executor(thread, self.round)
                await asyncio.sleep(PERIOD if well else _LATER)

    def round(self) -> bool:
        """Whether one round of reading went well."""
        try:
            self._step()
            if time.monotonic() >= self._next:
                self._seldom()
                self._next = time.monotonic() + _SELDOM
        except (SQLAlchemyError, OSError, CallQueueError) as error:
            reason = type(error).__name__
            if reason != self.reason:
                log.warning("the ledger is behind: %s", error)
            self.reason = reason
            return False
        if self.reason:
            log.info("the ledger is read again")
        self.reason, self.done_at = "", time.time()
        return True
