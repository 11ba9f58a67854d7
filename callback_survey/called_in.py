"""A citizen who calls 12345 back is offered the callback that was missed: the flow (R36).

Who they are is asked as in a call of ours: the number is the one that was called, and the first question is whether it
is the citizen. From another telephone the ticket's number and the last four digits are asked for first (`progress`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from callback_survey.flow import Asks, Subject, interview
from callback_survey.questionnaire import CALLBACK
from ivr.ask import choose
from ivr.errors import DeskAway, NoChoice
from telephony.call import Call, Outcome

AT = "called-in"
YES, NO = "1", "2"


class Waiting(Protocol):
    """The callbacks that wait, as flows see them. Each method raises DeskAway when there is no answer in time."""

    async def waits(self, caller: str) -> bool:
        """Whether a callback of the number was missed and waits."""
        ...

    async def begin(self, call_id: str, caller: str, ticket: str = "") -> Sequence[Subject]:
        """What the citizen is asked about on this call: all that was missed, or one ticket; nothing when it is over."""
        ...


@dataclass(frozen=True, slots=True)
class CalledIn:
    """Asks callers about their own tickets. `folder` is where answers are recorded."""

    waiting: Waiting
    asks: Asks
    folder: str

    async def offer(self, call: Call) -> Outcome | None:
        """The outcome of the callback; None when there is none, or the caller wants something else. Raises Danger."""
        try:
            if not call.facts.caller or not await self.waiting.waits(call.facts.caller):
                return None
            key = await choose(call, ["callback_offer"], YES + NO, at=AT)
        except (NoChoice, DeskAway):
            return None
        return await self.about(call) if key == YES else None

    async def about(self, call: Call, ticket: str = "") -> Outcome | None:
        """The outcome of the callback about what was missed, or about a ticket; None when nothing waits any more."""
        try:
            subjects = await self.waiting.begin(call.facts.call_id, call.facts.caller, ticket)
        except DeskAway:
            return None
        if not subjects:
            return None
        await call.note("survey", ticket=subjects[0].ticket, attempt="")
        return await interview(call, self.asks(CALLBACK), subjects, self.folder)
