"""Which flow runs for which AGI route, and the values each needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from callback_survey.called_in import CalledIn, Waiting
from callback_survey.flow import Asks, callback_of, rating_of
from hotline import hours
from hotline.settings import Settings
from ivr.desk import Desk
from ivr.main_menu import MenuMode, MenuSettings, main_menu
from ivr.progress import progress
from ivr.voicemail import voicemail
from store.base import now
from telephony.call import Call, Outcome

Handler = Callable[[Call], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class County:
    """What the main menu asks of the county at each call: cheap, from memory, never raising."""

    settings: Settings
    elderly: Callable[[str], bool]
    day_kind: Callable[[date], hours.Kind]

    def menu(self, call: Call) -> MenuSettings:
        """The menu's settings for this call at this moment."""
        opened, told = self._hours()
        facts = call.facts
        return MenuSettings(
            mode=MenuMode(self.settings.menu_mode),
            open=opened,
            hours=told,
            recorded=self.settings.record_calls,
            elderly=bool(facts.caller) and self.elderly(facts.caller),
            resume=facts.arguments.get("resume") == "1",
        )

    def posted(self) -> dict[str, str]:
        """What is alike for every caller at this moment, as arguments of MenuSettings.of."""
        opened, told = self._hours()
        return {
            "mode": self.settings.menu_mode,
            "open": str(int(opened)),
            "hours": "&".join(told),
            "recorded": str(int(self.settings.record_calls)),
        }

    def _hours(self) -> tuple[bool, tuple[str, ...]]:
        """Whether the hotline is open at this moment, and what is told of it when it is not."""
        spans, at = hours.parse(self.settings.open_hours), now()
        opened = hours.is_open(spans, at, self.day_kind)
        return opened, () if opened else hours.told(spans, self.day_kind(at.date()))


class Tickets(Desk, Waiting, Protocol):
    """What the flows ask of the tickets and their callbacks."""


def routes(county: County, desk: Tickets, recordings: Path, asks: Asks) -> Mapping[str, Handler]:
    """The flows by route name, as the dialplan calls them."""
    folder = str(recordings)
    called_in = CalledIn(desk, asks, folder)

    async def inbound(call: Call) -> Outcome:
        return await main_menu(call, county.menu(call), called_in.offer)

    return {
        "inbound": inbound,
        "progress": lambda call: progress(call, desk, folder, called_in.about),
        "voicemail": lambda call: voicemail(call, desk, folder),
        "rating": lambda call: rating_of(call, asks),
        "survey": lambda call: callback_of(call, asks),
    }
