"""What flows ask of the tickets, as a protocol: flows know no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """What a verified caller is told of a ticket.

    `state`: a state that the catalogue can speak (`state_<state>`); `unit`: the prompt id of the lead unit's
    name, "" when no sound of it exists; `due`: the day by which it is to be resolved (办结), None when no
    clock runs; `survey`: its callback (回访) waits.
    """

    state: str
    unit: str = ""
    due: date | None = None
    survey: bool = False


class Desk(Protocol):
    """The tickets as flows see them. Each method raises DeskAway when there is no answer within 2 s."""

    async def progress(self, ticket: str, last4: str) -> Progress | None:
        """The ticket's progress, or None when there is no such ticket or the registered phone ends otherwise.

        Both refusals must take alike and look alike, so that nobody learns which ticket numbers exist (R9).
        """
        ...

    async def voicemail(self, call_id: str, caller: str, file: str, seconds: float) -> str:
        """The number of the ticket made of a message; asked again for the same call it is the same ticket."""
        ...
