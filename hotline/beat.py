"""The heartbeat that the dialplan reads before it gives a call to the service (docs/design.md, guard 1)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import text

from store.engine import Store

log = logging.getLogger(__name__)
PERIOD = 0.5  # seconds; the dialplan trusts a heartbeat for two
PROBE_LIMIT = 1.5  # seconds the database may take


def probe(store: Store) -> None:
    """Returns when the database would take a write. Raises what the driver raises."""
    with store.begin() as session:  # on SQLite this takes the write lock, so a locked database fails here
        session.execute(text("SELECT 1"))


class Heartbeat:
    """Touches `file` while the event loop and the database answer; `reason` is why it does not ("" while it does)."""

    def __init__(self, file: Path, check: Callable[[], None], limit: float = PROBE_LIMIT) -> None:
        self.reason = "starting"
        self.since = time.time()
        self._file = file
        self._check = check
        self._limit = limit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="probe")
        self._pending: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Beats until cancelled; then the file is gone, so that no caller is sent to a service that ends."""
        try:
            while True:
                await self.beat()
                await asyncio.sleep(PERIOD)
        finally:
            self._file.unlink(missing_ok=True)
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def beat(self) -> bool:
        """Whether the database answered in time, so that the file was touched."""
        reason = await self._fault()
        if reason != self.reason:
            log.log(logging.WARNING if reason else logging.INFO, "database: %s", reason or "answers")
            self.reason, self.since = reason, time.time()
        if not reason:
            touch(self._file)
        return not reason

    async def _fault(self) -> str:
        # A probe that hangs is not joined by a second one: it is asked again whether it has come back.
        self._pending = self._pending or asyncio.get_running_loop().run_in_executor(self._thread, self._check)
        waited = self._pending
        done, _ = await asyncio.wait([waited], timeout=self._limit)
        if not done:
            return f"no answer within {self._limit:g} s"
        self._pending = None
        error = waited.exception()
        if error is None:
            return ""
        if not self.reason or self.reason == "starting":
            log.warning("database: %s", error)
        # What is shown to everybody names no server and no user.
        return "locked" if "locked" in str(error) else type(error).__name__


def touch(file: Path) -> None:
    """Sets the file's time to now, making it when it is not there; a full disk must not stop the service."""
    with contextlib.suppress(OSError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
        os.utime(file)
