"""The events of one consumer: in order, bounded, with a mark where some were lost."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

RESYNC = "Resync"  # after every login; `Gap`: seconds without a link, whose events are lost
OVERFLOW = "Overflow"  # the consumer was too slow; `Lost`: how many events


class Events:
    """An async iterator over a consumer's events, which ends when it is closed.

    After RESYNC and OVERFLOW what was built from events is out of date, and to be asked for again.
    """

    def __init__(self, names: frozenset[str], most: int, closed: Callable[[Events], None]) -> None:
        self.names = names
        self._most = most
        self._closed = closed
        self._open = True
        self._queue: deque[Mapping[str, str]] = deque()
        self._wake = asyncio.Event()

    def put(self, event: Mapping[str, str]) -> None:
        """Adds an event; when there are too many, all that wait are exchanged for one OVERFLOW."""
        if len(self._queue) >= self._most:
            lost = sum(int(event.get("Lost", 1)) for event in self._queue)
            self._queue.clear()
            self._queue.append({"Event": OVERFLOW, "Lost": str(lost)})
        self._queue.append(event)
        self._wake.set()

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Mapping[str, str]:
        """The next event. Raises StopAsyncIteration when closed."""
        while not self._queue:
            if not self._open:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._queue.popleft()

    get = __anext__

    async def batch(self) -> list[Mapping[str, str]]:
        """All events that wait, at least one, in order; none when closed."""
        try:
            waited = [await self.get()]
        except StopAsyncIteration:
            return []
        waited += self._queue
        self._queue.clear()
        return waited

    def close(self) -> None:
        """Ends the iteration, after what already waits."""
        self._open = False
        self._wake.set()
        self._closed(self)
