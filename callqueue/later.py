"""Which visits are built at once and which may wait: a visit under way changes often and is looked at seldom."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable

from callqueue.cel import NOTE, CelEvent
from callqueue.notes import RATING, RATING_REASON

SECONDS = 2.0
"""How old the row of a visit under way may be."""

_TOLD = frozenset({"visit", "danger", "survey", "answer", RATING, RATING_REASON})
"""Notes that somebody waits for: what the call is, emergencies, and answers, which are handed on as they are given."""


def at_once(events: Iterable[CelEvent]) -> set[str]:
    """The linkedids that begin, end, or have a note that somebody waits for.

    A visit that has begun thus has its row with its first event, by which it is found again whatever stops.
    """
    return {
        event.linkedid for event in events
        if event.kind == "LINKEDID_END" or (event.kind == NOTE and event.name in _TOLD)
        or (event.kind == "CHAN_START" and event.uniqueid == event.linkedid)
    }  # fmt: skip


class Later:
    """Puts off the building of visits, each by `seconds` at most, in the memory of one process.

    `begun` is false until something was built: what another process had put off is unknown until then.
    """

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.begun = False
        self._seconds, self._clock = seconds, clock
        self._since: dict[str, float] = {}

    def due(self, changed: Collection[str], urgent: Collection[str]) -> set[str]:
        """The linkedids to be built now; the others that changed are kept for later."""
        now = self._clock()
        for one in changed:
            self._since.setdefault(one, now)
        return {one for one, since in self._since.items() if now - since >= self._seconds} | set(urgent)

    def waiting(self) -> set[str]:
        """All that is not built."""
        return set(self._since)

    def built(self, linkedids: Iterable[str]) -> None:
        """To be told when these are built, and the rows committed."""
        self.begun = True
        for one in linkedids:
            self._since.pop(one, None)
