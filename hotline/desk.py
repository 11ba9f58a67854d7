"""The tickets as flows see them: every question has an answer, or DeskAway, within two seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

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


class TicketDesk:
    """ivr.desk.Desk over the database. The database is asked in threads, the event loop never waits for it."""

    def __init__(
        self, store: Store, threads: ThreadPoolExecutor, sounds: Path, line: str = "12345", limit: float = LIMIT
    ) -> None:
        """`sounds`: where Asterisk finds them; a unit whose name is not among them is not named."""
        self._store = store
        self._sounds = sounds
        self._threads = threads
        self._line = line
        self._limit = limit

    async def progress(self, ticket: str, last4: str) -> Progress | None:
        """See ivr.desk.Desk.progress."""
        found = await self._ask(lambda session: progress_for_phone(session, ticket, last4))
        return Progress(found.state.value, self._spoken(found.unit), found.deadline) if found else None

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

    async def _ask(self, question: Callable[[Session], T]) -> T:
        def work() -> T:
            with self._store.begin() as session:
                return question(session)

        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limit):
                return await loop.run_in_executor(self._threads, work)
        except (TimeoutError, SQLAlchemyError) as error:
            log.warning("the tickets are away: %s", type(error).__name__)
            raise DeskAway from error
