"""How often somebody may do something: a sliding window a key, in memory, bounded."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

_MOST_KEYS = 10_000


class Throttle:
    """At most `most` events a key within `seconds`. Safe for threads; forgets the key unused for longest when full."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._events: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def allows(self, key: str) -> bool:
        """Whether one more event may happen now; nothing is counted."""
        with self._lock:
            return len(self._recent(key)) < self._most

    def count(self, key: str) -> bool:
        """Whether the event was still within the limit; counted only when it was."""
        with self._lock:
            events = self._recent(key)
            if len(events) >= self._most:
                return False
            events.append(self._clock())
            self._events[key] = events
            self._events.move_to_end(key)
            while len(self._events) > _MOST_KEYS:
                self._events.popitem(last=False)
            return True

    def forget(self, key: str) -> None:
        """Clears the key."""
        with self._lock:
            self._events.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        events = self._events.get(key) or deque()
        oldest = self._clock() - self._seconds
        while events and events[0] <= oldest:
            events.popleft()
        return events
