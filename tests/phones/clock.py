"""Things to do later in a worker's one thread."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from itertools import count


class Clock:
    """A heap of actions by time (seconds, monotonic)."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._serial = count()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []

    def later(self, delay: float, action: Callable[[], None]) -> None:
        """Return nothing; the action runs with the first due() at least delay seconds from now."""
        heapq.heappush(self._waiting, (self._now() + delay, next(self._serial), action))

    def idle(self, most: float) -> float:
        """Return the seconds until the next action, at most the given ones."""
        return max(0.0, min(most, self._waiting[0][0] - self._now())) if self._waiting else most

    def due(self) -> list[Callable[[], None]]:
        """Return the actions whose time has come, in order; each is returned once."""
        now, ready = self._now(), []
        while self._waiting and self._waiting[0][0] <= now:
            ready.append(heapq.heappop(self._waiting)[2])
        return ready
