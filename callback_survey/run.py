"""One callback, from dialling to its end: dialled once, then only looked at.

The channel's id is fixed and committed before anything is dialled. Whatever breaks afterwards, Asterisk has the call
and its log has the answers, so nothing here ever dials a second time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from callback_survey import attempts
from callback_survey.attempts import Attempt
from callback_survey.flow import TOGETHER
from callback_survey.tables import AttemptRow
from callqueue.tables import CallRow
from store.base import now
from store.engine import Store
from telephony.ami import AMIDown, AMIError, AMIUnsafe, Events, Manager

SHOWN = "12345 <12345>"
_LOOK = 0.5  # seconds between two looks at the ledger
_LATE = 10.0  # seconds the ledger may be behind the end of a call
_LONGEST = 1800.0  # seconds a callback may last
# Reasons of OriginateResponse (Asterisk's control frames): why the citizen was not reached.
_REASONS = {"1": "no-answer", "3": "no-answer", "5": "busy"}


@dataclass(frozen=True, slots=True)
class Way:
    """How citizens are called: over the trunk, or, without one, to the practice phone; ringing so many seconds."""

    trunk: bool
    ring_seconds: int

    def channel(self, phone: str) -> str:
        """The channel to dial, for Originate."""
        return f"PJSIP/{phone}@trunk" if self.trunk else "PJSIP/citizen"


Say = Callable[[str], None]


def originate(attempts: Sequence[Attempt], way: Way) -> dict[str, str | list[str]]:
    """The AMI action that dials a call about the tickets of one citizen; its channel's id is the first attempt's."""
    lead = attempts[0]
    facts = {
        "TICKET": TOGETHER.join(one.ticket for one in attempts), "ATTEMPT": lead.channel, "CALLER": lead.phone,
        "DATE": TOGETHER.join(one.day.isoformat() for one in attempts),
        "TOPIC": TOGETHER.join(one.topic for one in attempts), "QUESTIONNAIRE": lead.questionnaire,
    }
    return {
        "Action": "Originate", "ChannelId": lead.channel, "Channel": way.channel(lead.phone),
        "Context": "survey", "Exten": "s", "Priority": "1", "CallerID": SHOWN,
        "Timeout": str(way.ring_seconds * 1000),
        "Variable": [f"__HOTLINE_{name}={value}" for name, value in facts.items()],
    }


class Callback:
    """One attempt under way. `refresh` brings the ledger up to date; `say` is told each step."""

    def __init__(self, store: Store, attempt: Attempt, refresh: Callable[[], object], say: Say) -> None:
        self._store = store
        self._attempt = attempt
        self._refresh = refresh
        self._say = say
        self._failed_at = 0.0
        self._outcome = "failed"
        self._told: set[str] = set()

    async def run(self, manager: Manager, way: Way) -> str:
        """How the callback ended (the ledger's disposition). Raises AMIDown when nothing was dialled."""
        events = manager.events("OriginateResponse", "Newstate")
        listening = asyncio.ensure_future(self._listen(events))
        try:
            await self._dial(manager, way)
            return await self._watch()
        finally:
            listening.cancel()
            events.close()

    async def _dial(self, manager: Manager, way: Way) -> None:
        headers = originate([self._attempt], way)
        try:
            reply = await manager.action(headers)
        except (AMIDown, AMIUnsafe):
            self._close("failed")
            raise
        except AMIError:
            self._say("Asterisk has not confirmed the call; its log will tell")
            return
        if not reply.ok:
            self._fail(f"Asterisk refuses the call: {reply.message}", "failed")

    async def _listen(self, events: Events) -> None:
        async for event in events:
            ours = self._attempt.channel in (event.get("Uniqueid"), event.get("ActionID"))
            if ours and event.get("ChannelStateDesc") == "Ringing":
                self._tell("ringing")
            elif ours and event.get("Response") == "Failure":
                outcome = _REASONS.get(event.get("Reason", ""), "failed")
                self._fail(f"not reached: {outcome}", outcome)

    def _fail(self, told: str, outcome: str) -> None:
        self._tell(told)
        self._failed_at, self._outcome = time.monotonic(), outcome

    def _tell(self, step: str) -> None:
        if step and step not in self._told:
            self._told.add(step)
            self._say(step)

    async def _watch(self) -> str:
        end = time.monotonic() + _LONGEST
        while time.monotonic() < end:
            outcome = await asyncio.to_thread(self._look)
            if outcome:
                return outcome
            if self._failed_at and time.monotonic() - self._failed_at > _LATE:
                break
            await asyncio.sleep(_LOOK)
        self._close(self._outcome)
        return self._outcome

    def _look(self) -> str:
        """The outcome once there is one; new answers are told on the way."""
        self._refresh()
        with self._store.begin() as session:
            attempts.close_from_ledger(session)
            call = session.get(CallRow, self._attempt.channel)
            row = session.get(AttemptRow, self._attempt.channel)
            given: list[dict[str, Any]] = attempts.answers_of(session, self._attempt.channel)
            outcome = row.outcome if row else ""
        if call and call.answered_at:
            self._tell("answered")
        for answer in given:
            self._tell(f"{answer['question']}: {answer['value'] or answer['file']}")
        return outcome

    def _close(self, outcome: str) -> None:
        with self._store.begin() as session:
            attempts.close_attempt(session, self._attempt.channel, outcome, now())
