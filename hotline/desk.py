"""The tickets as flows see them: every question has an answer, or DeskAway, within two seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from callback_survey import calling_in
from callback_survey.flow import Subject
from ivr.desk import Progress
from ivr.errors import DeskAway
from speech.catalogue import unit_prompt
from store.base import now
from store.engine import Store
from tickets import intake
from tickets.progress import progress_for_phone

log = logging.getLogger(__name__)
T = TypeVar("T")
LIMIT = 2.0  # seconds
_OFFER = 0.5  # seconds


class TicketDesk:
    """ivr.desk.Desk over the database. The database is asked in threads, the event loop never waits for it."""

    def __init__(
        self, store: Store, threads: ThreadPoolExecutor, sounds: Path, line: str = "12345", limit: float = LIMIT,
        perhaps: Callable[[str, datetime], bool] = lambda _caller, _at: True,
    ) -> None:
        """`sounds`: where Asterisk finds them; a unit whose name is not among them is not named.

        `perhaps`: whether a callback of the number may wait; when it cannot, the database is not asked.
        """
        self._store = store
        self._sounds = sounds
        self._threads = threads
        self._line = line
        self._limit = limit
        self._perhaps = perhaps

    async def progress(self, ticket: str, last4: str) -> Progress | None:
        """See ivr.desk.Desk.progress."""

        def ask(session: Session) -> Progress | None:
            found = progress_for_phone(session, ticket, last4)
            if found is None:
                return None
            survey = calling_in.waits_about(session, ticket)
            return Progress(found.state.value, self._spoken(found.unit), found.deadline, survey)

        return await self._ask(ask)

    async def waits(self, caller: str) -> bool:
        """See called_in.Waiting.waits; callers wait for it, so it is given half a second alone."""
        at = now()
        if not self._perhaps(caller, at):
            return False
        return await self._ask(lambda session: calling_in.waits(session, caller, at), _OFFER, self._store.reading)

    async def begin(self, call_id: str, caller: str, ticket: str = "") -> list[Subject]:
        """See called_in.Waiting.begin."""
        made = await self._ask(lambda session: calling_in.begin(session, call_id, caller, now(), ticket))
        return [Subject(one.ticket, one.day, one.topic) for one in made]

    def _spoken(self, unit: str) -> str:
        prompt = unit_prompt(unit)
        return prompt if unit and (self._sounds / f"{prompt}.alaw").is_file() else ""

    async def voicemail(self, call_id: str, caller: str, file: str, seconds: float) -> str:
        """See ivr.desk.Desk.voicemail."""

        def draft(session: Session) -> str:
            return intake.draft_from_call(
                session, call_id=call_id, caller=caller, line=self._line, queue="", agent="", started_at=now(),
                kind="voicemail", recordings=[file],
            )

        return await self._ask(draft)

    async def _ask(
        self, question: Callable[[Session], T], limit: float = 0.0,
        opened: Callable[[], AbstractContextManager[Session]] | None = None,
    ) -> T:
        def work() -> T:
            with (opened or self._store.begin)() as session:
                return question(session)

        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(limit or self._limit):
                return await loop.run_in_executor(self._threads, work)
        except (TimeoutError, SQLAlchemyError) as error:
            log.warning("the tickets are away: %s", type(error).__name__)
            raise DeskAway from error
