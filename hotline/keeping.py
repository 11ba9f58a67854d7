"""Keeps in Asterisk the places that citizens hold in queues: put back after its end, taken away when served otherwise.

The dialplan makes each place at once, without the service; here is only what outlives Asterisk or the second try.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from callqueue import placed, places
from callqueue.live.control import Actor
from callqueue.live.watch import Watch
from callqueue.missed import Rules
from callqueue.places import Held, Wanted
from store.base import now
from store.engine import Store
from telephony.errors import AMIError

log = logging.getLogger(__name__)
_PERIOD = 2.0  # seconds between two looks


class Keeping:
    """`read_at` tells when the ledger was last read to its end, epoch seconds."""

    def __init__(
        self, store: Store, manager: Actor, watch: Watch, rules: Rules, read_at: Callable[[], float],
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._store, self._manager, self._watch, self._rules = store, manager, watch, rules
        self._read_at, self._clock = read_at, clock
        self._absent: dict[str, float] = {}

    async def run(self, threads: ThreadPoolExecutor) -> None:
        """Never returns."""
        while True:
            try:
                await self.look(functools.partial(asyncio.get_running_loop().run_in_executor, threads))
            except (SQLAlchemyError, AMIError) as error:
                log.warning("kept places could not be looked after: %s", type(error).__name__)
            await asyncio.sleep(_PERIOD)

    async def look(self, threaded: Callable[..., asyncio.Future[tuple[list[Wanted], dict[str, datetime]]]]) -> None:
        """One look. Raises SQLAlchemyError, AMIError."""
        if not self._watch.current:
            self._absent.clear()
            return
        there = places.held(self._watch.state)
        wanted, over = await threaded(self._asked, there)
        for place in places.needless(over, there):
            log.info("a place in %s is given up: its task is closed", place.queue)
            await self._manager.action({"Action": "Hangup", "Channel": place.channel, "Cause": "16"})
        gone = places.lost(wanted, there)
        since = self._clock()
        self._absent = {one.phone: self._absent.get(one.phone, since) for one in gone}
        for one in gone:
            await self._again(one)

    def _asked(self, there: Mapping[str, Held]) -> tuple[list[Wanted], dict[str, datetime]]:
        at = now()
        with self._store.begin() as session:
            wanted = placed.wanted(session, at, self._rules)
            lost = places.lost(wanted, there)
            given_up = {one.phone for one in lost if placed.give_up(session, one.phone, at, self._rules)}
            over = placed.over(session, there.keys()) if there else {}
        return [one for one in wanted if one.phone not in given_up], over

    async def _again(self, one: Wanted) -> None:
        """Puts the place back, once the ledger has told all that came of it when it was there."""
        gone, at = self._absent[one.phone], self._clock()
        settled = at - gone >= places.SETTLED and self._read_at() - gone >= places.SETTLED / 2
        if settled and one.due.timestamp() <= at and places.served(self._watch.state, one.queue):
            self._absent[one.phone] = at
            log.info("a place in %s is held again", one.queue)
            await self._manager.action(places.originate(one))
