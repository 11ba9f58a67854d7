"""A value from the database, kept in memory: a call never waits for it, and the last known one serves on failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from store.engine import Store

log = logging.getLogger(__name__)
T = TypeVar("T")


class Remembered(Generic[T]):
    """`value` is what `read` gave at most `seconds` ago while the database answers, else what it gave last."""

    def __init__(
        self, name: str, store: Store, read: Callable[[Session], T], value: T, seconds: float = 30.0,
        seeds: bool = True,
    ) -> None:
        """`seeds`: `read` may write what is not there yet; on SQLite it then waits for whoever writes."""
        self.value = value
        self._name = name
        self._store = store
        self._read = read
        self._seconds = seconds
        self._seeds = seeds

    async def run(self, threads: ThreadPoolExecutor) -> None:
        """Reads again and again until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                self.value = await loop.run_in_executor(threads, self.read)
            except SQLAlchemyError as error:
                log.warning("%s not read, the last known serve: %s", self._name, type(error).__name__)
            await asyncio.sleep(self._seconds)

    def read(self) -> T:
        """The value now. Raises SQLAlchemyError."""
        with (self._store.begin if self._seeds else self._store.reading)() as session:
            return self._read(session)
