"""The run: picks what is due, has it dialled, watches it to its end, and settles what follows.

Nothing here is remembered that matters: whatever is killed, the schedule, the attempts and the durable queue are in the
database, and Asterisk's log has the answers.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from callback_survey import attempts, channels, schedule, settling, when
from callback_survey.attempts import Attempt
from callback_survey.channels import Live
from callback_survey.durable import Calls
from callback_survey.run import Way, originate
from callback_survey.settling import Terms
from callback_survey.tables import AttemptRow
from callqueue.tables import CallRow
from store.base import now
from store.engine import Store
from telephony.ami import AMIDown, AMIError, AMIUnsafe, Events, Manager

log = logging.getLogger(__name__)
T = TypeVar("T")

PERIOD = 0.3  # seconds between two rounds
_LATER = 2.0  # seconds: after a failure
_LOST = 15.0  # seconds after which a call that neither Asterisk nor its log knows was never dialled
_SOON = timedelta(seconds=5)
_STALE = timedelta(seconds=120)
_AT_ONCE = 50  # callbacks settled in one round
_HOUR = 3600.0


@dataclass(slots=True)
class Serving:
    """A call in progress on this machine; `over` is set when its channel is gone."""

    over: asyncio.Event
    since: float


class Dialler:
    """The run of one machine. `terms` gives the rules in force; `ahead` calls more than channels wait in the queue."""

    def __init__(
        self, store: Store, manager: Manager, calls: Calls, live: Live, way: Way, terms: Callable[[], Terms], ahead: int
    ) -> None:
        self.reason = ""
        self.done_at = time.time()
        self._store, self._manager, self._calls, self._live, self._way = store, manager, calls, live, way
        self._terms = terms
        self._ahead = ahead
        self._queued: set[str] = set()
        self._serving: dict[str, Serving] = {}
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="callbacks")
        self._forgot = time.monotonic()

    @property
    def serving(self) -> int:
        """How many calls are in progress on this machine."""
        return len(self._serving)

    async def run(self) -> None:
        """Calls and calls until cancelled; a failure is told, and the next round goes on."""
        self._loop = asyncio.get_running_loop()
        hangups = self._manager.events("Hangup")
        listening = asyncio.ensure_future(self._listen(hangups))
        try:
            well = True
            while True:
                await asyncio.sleep(PERIOD if well else _LATER)
                well = await self._round()
        finally:
            listening.cancel()
            hangups.close()
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def close(self) -> None:
        """Cuts what is in progress; it is taken up again at the next start."""
        await self._calls.close()

    async def _round(self) -> bool:
        try:
            waits = await self._in_thread(self._look)
            if not waits:
                return True
            if not self._calls.up:
                await self._calls.start(self.serve)
            await self._live.look()
            await self._fill()
            if time.monotonic() - self._forgot > _HOUR:
                self._forgot = time.monotonic()
                await self._calls.forget_old()
        except Exception as error:  # an edge: DBOS raises of every kind, and a failed round must not end the service
            if type(error).__name__ != self.reason:
                log.warning("callbacks are behind: %s: %s", type(error).__name__, error)
            self.reason = type(error).__name__
            return False
        self.reason, self.done_at = "", time.time()
        return True

    async def _listen(self, hangups: Events) -> None:
        async for event in hangups:
            serving = self._serving.get(event.get("Uniqueid", ""))
            if serving:
                serving.over.set()

    # -- a round ---------------------------------------------------------------------------------------

    def _look(self) -> bool:
        """Whether there are calls, or callbacks due; what is over or was lost is ended, then settled."""
        at = now()
        with self._store.reading() as session:
            rows = session.scalars(select(AttemptRow).where(AttemptRow.outcome == "")).all()
            waits = bool(rows) or bool(self._serving) or schedule.any_due(session, at)
            ended = settling.next_ended(session, at) is not None
        if any(row.dialled_at for row in rows):
            with self._store.begin() as session:
                attempts.close_from_ledger(session)
        # Another machine may have taken from the queue what this one put in.
        self._queued &= {row.call for row in rows if row.dialled_at is None}
        known = self._serving.keys() | self._queued
        for row in rows:
            if row.call not in known and at - (row.dialled_at or row.started_at) > _STALE:
                self._write(functools.partial(self._end_stray, row=row, at=at))
        for call in list(self._serving.keys() - {row.call for row in rows}):
            self._loop.call_soon_threadsafe(self._seen_over, call)
        if ended or rows:
            self._settle()
        return waits

    def _seen_over(self, call: str) -> None:
        if call in self._serving:
            self._serving[call].over.set()

    def _end_stray(self, session: Session, row: AttemptRow, at: datetime) -> None:
        """Of a call that no workflow here knows: never dialled, or begun on a machine that is gone."""
        if row.dialled_at is None:
            schedule.give_back(session, row.call, at, at)
        elif session.get(CallRow, row.call) is None:
            attempts.close_attempt(session, row.call, "failed", at)

    def _settle(self) -> None:
        terms = self._terms()
        for _ in range(_AT_ONCE):
            with self._store.begin() as session:
                ticket = settling.next_ended(session, now())
                if ticket is None:
                    return
                step = settling.settle(session, ticket, terms, now())
            log.info("callback about %s: %s", ticket, step)

    async def _fill(self) -> None:
        """Picks as many calls as there is room for, and puts them in the queue."""
        most = channels.allowed(self._live.trunk, self._live.others)
        room = min(most, self._live.trunk.channels) + (self._ahead if most else 0)
        room -= len(self._queued | self._serving.keys())
        if not self._live.fresh or room <= 0:
            return
        picked: list[Attempt] = await self._in_thread(lambda: self._pick(room))
        for attempt in picked:
            self._queued.add(attempt.channel)
            await self._calls.put(attempt.channel)

    def _pick(self, room: int) -> list[Attempt]:
        with self._store.reading() as session:
            if not self._may(session) or not schedule.any_due(session, now()):
                return []
        with self._store.begin() as session:
            return schedule.claim(session, now(), room)

    def _may(self, session: Session) -> bool:
        return when.allowed(self._terms().policy, now()) and not schedule.paused(session, self._live.trunk.name)

    # -- one call --------------------------------------------------------------------------------------

    async def serve(self, call: str) -> str:
        """How the durable workflow of a call ended: dials it if nobody has, and waits until its channel is gone."""
        serving = self._serving[call] = Serving(asyncio.Event(), time.monotonic())
        self._queued.discard(call)
        try:
            subjects = await self._begun(call)
            if subjects:
                await self._dial(call, subjects)
            return await self._over(call, serving)
        finally:
            self._serving.pop(call, None)

    async def _begun(self, call: str) -> list[Attempt]:
        """The attempts to dial for, [] when the call is only to be looked at."""
        while True:
            try:
                return await self._in_thread(lambda: self._begin(call))
            except SQLAlchemyError as error:
                log.warning("call %s waits for the database: %s", call, type(error).__name__)
                await asyncio.sleep(_LATER)

    def _begin(self, call: str) -> list[Attempt]:
        full = len(self._serving) > channels.allowed(self._live.trunk, self._live.others)
        with self._store.begin() as session:
            if full or not self._live.fresh or not self._may(session):
                if not schedule.dialled(session, call):
                    schedule.give_back(session, call, now(), now() + _SOON)
                return []
            subjects = attempts.subjects_of(session, call)
            return subjects if attempts.begin_dialling(session, call, now()) else []

    async def _dial(self, call: str, subjects: list[Attempt]) -> None:
        try:
            reply = await self._manager.action(originate(subjects, self._way))
        except (AMIDown, AMIUnsafe) as error:
            log.warning("call %s was not dialled: %s", call, error)
            await self._in_thread(lambda: self._write(lambda one: schedule.give_back(one, call, now(), now() + _SOON)))
            return
        except AMIError as error:
            log.warning("call %s: %s; Asterisk's log will tell", call, error)
            return
        if not reply.ok:
            log.warning("call %s: Asterisk refuses it: %s", call, reply.message)
            await self._in_thread(lambda: self._write(lambda one: attempts.close_attempt(one, call, "failed", now())))

    async def _over(self, call: str, serving: Serving) -> str:
        while not serving.over.is_set():
            try:
                async with asyncio.timeout(5.0):
                    await serving.over.wait()
            except TimeoutError:
                await self._look_for(call, serving)
        return "over"

    async def _look_for(self, call: str, serving: Serving) -> None:
        """Ends a call that Asterisk does not have and its log does not know: it never got as far."""
        gone = self._live.fresh and call not in self._live.ours and time.monotonic() - serving.since > _LOST
        if not gone:
            return
        try:
            ended = await self._in_thread(lambda: self._lost(call))
        except SQLAlchemyError:
            return  # looked at again
        if ended:
            serving.over.set()

    def _lost(self, call: str) -> bool:
        with self._store.begin() as session:
            row = session.get(CallRow, call)
            if row is None:
                attempts.close_attempt(session, call, "failed", now())
            return row is None or row.ended_at is not None

    def _write(self, work: Callable[[Session], Any]) -> None:
        with self._store.begin() as session:
            work(session)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
