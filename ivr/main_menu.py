"""The main menu: what a citizen hears first (R1, R2, R13)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ivr.agent import CONSULT, REQUEST, queue_of, to_agent
from ivr.ask import choose, tell
from ivr.errors import NoChoice
from telephony.call import Call, Next, Outcome


class MenuMode(StrEnum):
    """Whether callers choose first or go to an agent at once (GB/T 33358 advises against menus)."""

    MENU = "menu"
    AGENT_FIRST = "agent_first"


@dataclass(frozen=True, slots=True)
class MenuSettings:
    """What the menu must know of the county and of this caller.

    `hours`: what is told of them when closed, as prompt ids; `recorded`: calls are recorded; `elderly`: the caller is
    known to be; `resume`: the greeting was heard already (HOTLINE_RESUME).
    """

    mode: MenuMode = MenuMode.MENU
    open: bool = True
    hours: tuple[str, ...] = ()
    recorded: bool = True
    elderly: bool = False
    resume: bool = False

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> MenuSettings:
        """The settings in AGI arguments: mode, open, hours (ids joined by &), recorded, elderly, resume.

        What is not named, or is neither 0 nor 1, keeps its default; so does an unknown mode.
        """

        def flag(name: str, default: bool) -> bool:
            return {"1": True, "0": False}.get(arguments.get(name, ""), default)

        named = arguments.get("mode") == MenuMode.AGENT_FIRST
        return cls(
            mode=MenuMode.AGENT_FIRST if named else MenuMode.MENU,
            open=flag("open", True),
            hours=tuple(prompt for prompt in arguments.get("hours", "").split("&") if prompt),
            recorded=flag("recorded", True),
            elderly=flag("elderly", False),
            resume=flag("resume", False),
        )


# key → queue, and what is said on the way to it
AGENT_KEYS: Mapping[str, tuple[str, str]] = {
    "1": (CONSULT, "to_agent"),
    "2": (REQUEST, "to_agent"),
    "4": ("enterprise", "enterprise"),
    "5": ("yi", "yi_interpreter"),
    "6": ("elderly", "elderly"),
    "0": (CONSULT, "to_agent"),
}
ELDERLY = "6"
PROGRESS = "3"
KEYS = "".join(AGENT_KEYS) + PROGRESS
_ANNOUNCES_DESK = ("enterprise", "elderly")


Offer = Callable[[Call], Awaitable[Outcome | None]]
"""What is offered to a caller before the menu: the outcome, None when the caller is to hear the menu."""


async def nothing(_call: Call) -> Outcome | None:
    """Offers nothing."""
    return None


async def main_menu(call: Call, menu: MenuSettings, offer: Offer = nothing) -> Outcome:
    """Where the caller goes: a queue, the progress query, or voicemail when closed. Raises Danger.

    `offer` is made to whoever has heard the greeting and pressed nothing; nobody waits for it who is led to an agent.
    """
    if not menu.open:
        return await _closed(call, menu, offer)
    if menu.elderly:
        await tell(call, *_greeting(call, menu), at="greeting")
        return await _go(call, ELDERLY)
    if menu.mode == MenuMode.AGENT_FIRST and not menu.resume:
        return await _agent_first(call, menu)
    key = await tell(call, *_greeting(call, menu), at="greeting")
    taken = None if key or menu.resume else await offer(call)
    return taken or await _menu(call, key)


def _greeting(call: Call, menu: MenuSettings) -> list[str]:
    if menu.resume:
        return []
    greeting = "greeting_96128" if call.facts.line == "96128" else "greeting"
    # When closed, the danger key is told after the hours (closed_emergency).
    return [greeting, *(["recorded"] if menu.recorded else []), *(["danger"] if menu.open else [])]


async def _menu(call: Call, key: str = "") -> Outcome:
    try:
        # At the top there is nowhere to go back to: star plays the menu again.
        return await _go(call, await choose(call, ["main_menu"], KEYS, at="main", repeat="*#", key=key))
    except NoChoice:
        return await to_agent(call, at="main", say="no_input")


async def _agent_first(call: Call, menu: MenuSettings) -> Outcome:
    key = await tell(call, *_greeting(call, menu), "to_agent", "self_service", at="greeting")
    if not key:
        return Outcome(Next.QUEUE, queue=queue_of(call.facts.line, CONSULT))
    if key == "*":
        return await _menu(call)
    return await _go(call, key if key in KEYS else "0")


async def _go(call: Call, key: str) -> Outcome:
    if key == PROGRESS:
        return Outcome(Next.PROGRESS)
    queue, say = AGENT_KEYS[key]
    if queue != queue_of(call.facts.line, queue) and say in _ANNOUNCES_DESK:
        say = "to_agent"  # naming a desk would be untrue on a line that has one queue for all
    return await to_agent(call, queue, at="main", say=say)


async def _closed(call: Call, menu: MenuSettings, offer: Offer) -> Outcome:
    await tell(call, *_greeting(call, menu), at="greeting")
    taken = await offer(call)
    if taken:
        return taken
    # A claim only: when a message is left after all, the ledger counts that instead.
    await call.note("disposition", value="closed")
    await tell(call, *menu.hours, "closed_emergency", at="closed")
    return Outcome(Next.VOICEMAIL)
