"""The progress query (进度查询): nothing about a ticket is said before the caller is verified (R9, R11)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ivr.agent import to_agent
from ivr.ask import ENDS_RECORDING, choose, enter, heed, tell
from ivr.desk import Desk, Progress
from ivr.errors import DeskAway, NoChoice
from ivr.files import new_name
from speech.catalogue import spoken_date, spoken_state
from telephony.call import Call, Next, Outcome

TRIES = 3
FAILURES = "HOTLINE_PROGRESS_FAILURES"
SELF_SERVED = "self-served"
_ADDITION = 120.0  # seconds
_AT = "progress"
# A ticket number begins with the year: danger and an agent need not wait for a second digit.
_NEVER_FIRST = "09"
_OPTIONS = 10  # a call that is still choosing after so many is not a person's


Survey = Callable[[Call, str], Awaitable[Outcome | None]]
"""Asks a verified caller about the ticket, when its callback waits; None when it does not any more."""


async def no_survey(_call: Call, _ticket: str) -> Outcome | None:
    """Asks nothing."""
    return None


async def progress(call: Call, desk: Desk, folder: str, survey: Survey = no_survey) -> Outcome:
    """The outcome of a progress query: the menu, an agent, or the end. `folder`: where additions go."""
    try:
        return await _query(call, desk, folder, survey)
    except NoChoice:
        return await to_agent(call, at=_AT, say="no_input")
    except DeskAway:
        return await to_agent(call, at=_AT, say="system_busy")


async def _query(call: Call, desk: Desk, folder: str, survey: Survey) -> Outcome:
    # Counted on the channel: going back to the menu must not buy three more guesses.
    failures = await _failures(call)
    lead: tuple[str, ...] = ()
    while failures < TRIES:
        ticket = await enter(call, *lead, "progress_number", count=12, at=_AT, lone=_NEVER_FIRST)
        last4 = "" if ticket in ("0", "*") else await enter(call, "progress_verify", count=4, at=_AT)
        if ticket in ("0", "*") or last4 in ("0", "*"):
            return await _leave(call, last4 or ticket)
        found = await _find(desk, ticket, last4)
        if found:
            await call.note("progress", ticket=ticket, result="ok")
            await call.note("disposition", value=SELF_SERVED)
            return await _verified(call, ticket, found, folder, survey)
        failures += 1
        lead = ("progress_mismatch",)
        await call.set_variable(FAILURES, str(failures))
        await call.note("progress", ticket=ticket, result="mismatch" if failures < TRIES else "locked")
    return await to_agent(call, at=_AT, say="progress_locked")


async def _failures(call: Call) -> int:
    counted = await call.variable(FAILURES)
    return int(counted) if counted.isdecimal() else 0


async def _leave(call: Call, key: str, ticket: str = "") -> Outcome:
    if key == "0":
        return await to_agent(call, at=_AT, ticket=ticket)
    return Outcome(Next.MENU, ticket=ticket)


async def _find(desk: Desk, ticket: str, last4: str) -> Progress | None:
    if len(ticket) != 12 or len(last4) != 4:
        return None
    return await desk.progress(ticket, last4)


def status(found: Progress) -> list[str]:
    """The prompts that speak a ticket's state, unit and term; what has no value or no sound is left out."""
    unit = ["progress_unit", found.unit] if found.unit else []
    due = ["progress_due", *spoken_date(found.due)] if found.due else []
    return ["progress_state", *spoken_state(found.state), *unit, *due]


async def _verified(call: Call, ticket: str, found: Progress, folder: str, survey: Survey) -> Outcome:
    said = status(found)
    options, keys = (["progress_survey"], "1203*") if found.survey else ([], "120*")
    for done in range(_OPTIONS):
        try:
            key = await choose(call, [*said, *options, "progress_options"], keys, at=_AT)
        except NoChoice:
            if not done:
                return await to_agent(call, at=_AT, say="no_input", ticket=ticket)
            break
        if key in "0*":
            return await _leave(call, key, ticket)
        if key == "3":
            asked = await survey(call, ticket)
            if asked:
                return asked
            said, options, keys = [], [], "120*"
            continue
        await (_add(call, ticket, folder) if key == "1" else _urge(call, ticket))
        said = ["progress_noted"]
    # A caller who has left word and keeps silent has nothing more to ask.
    await tell(call, "goodbye", at=_AT)
    return Outcome(Next.HANGUP, ticket=ticket, disposition=SELF_SERVED)


async def _add(call: Call, ticket: str, folder: str) -> None:
    await tell(call, "progress_add", at=_AT)
    name = await new_name(call, "addition")
    # Noted first: most callers hang up when they have spoken, and what they said must not be lost.
    await call.note("progress", ticket=ticket, action="add", file=f"{name}.wav")
    made = await call.record(f"{folder}/{name}", _ADDITION, ENDS_RECORDING)
    await heed(call, made.key, at=_AT)


async def _urge(call: Call, ticket: str) -> None:
    await call.note("progress", ticket=ticket, action="urge")
