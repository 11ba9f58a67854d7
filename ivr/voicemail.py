"""Voicemail (留言): a message that becomes a ticket, whatever the caller does after speaking."""

from __future__ import annotations

from ivr.ask import ENDS_RECORDING, choose, heed, tell
from ivr.desk import Desk
from ivr.errors import DeskAway, NoChoice
from ivr.files import new_name
from speech.catalogue import spoken_digits
from telephony.call import Call, Next, Outcome, Recording

LONGEST = 120.0  # seconds
SHORTEST = 1.0  # seconds; less holds no words
TAKES = 5
_AT = "voicemail"
_REPEATS = 3


async def voicemail(call: Call, desk: Desk, folder: str) -> Outcome:
    """The end of the call, with the message's ticket ("" when the tickets were away). Raises Danger."""
    await tell(call, "voicemail_privacy", at=_AT)
    made = await _message(call, folder)
    if made is None:
        await tell(call, "goodbye", at=_AT)
        return Outcome(Next.HANGUP)
    return await _submit(call, desk, made)


async def _message(call: Call, folder: str) -> Recording | None:
    """The message the caller let stand, its path relative to `folder`; None when nothing was said."""
    good: Recording | None = None
    say, empty = "voicemail", 0
    for _ in range(TAKES):
        made = await _take(call, folder, say)
        if made.seconds >= SHORTEST:
            good, say = made, "voicemail"
            if await _confirmed(call, f"{folder}/{made.path}"):
                break
        else:
            say, empty = "voicemail_empty", empty + 1
            if empty == 2:
                break
    return good


async def _take(call: Call, folder: str, say: str) -> Recording:
    await tell(call, say, at=_AT)
    name = await new_name(call, "voicemail")
    # Noted before a word is spoken: most callers hang up when they have spoken, and nothing runs after that.
    await _note(call, name, seconds="")
    made = await call.record(f"{folder}/{name}", LONGEST, ENDS_RECORDING)
    await _note(call, name, seconds=f"{made.seconds:.1f}")
    await heed(call, made.key, at=_AT)
    return Recording(name, made.seconds, made.key)


async def _confirmed(call: Call, path: str) -> bool:
    """Whether the message stands: submitted, or left without a word. False: to be spoken again."""
    prompts = ["voicemail_confirm"]
    for _ in range(_REPEATS):
        try:
            key = await choose(call, prompts, "123", at=_AT)
        except NoChoice:
            return True
        if key != "1":
            return key == "3"
        prompts = [path, "voicemail_confirm"]
    return True


async def _submit(call: Call, desk: Desk, made: Recording) -> Outcome:
    facts = call.facts
    try:
        ticket = await desk.voicemail(facts.call_id, facts.caller, f"{made.path}.wav", made.seconds)
    except DeskAway:
        ticket = ""
    await _note(call, made.path, seconds=f"{made.seconds:.1f}", ticket=ticket, submitted="1")
    await _read_back(call, ticket)
    return Outcome(Next.HANGUP, ticket=ticket, disposition="voicemail")


async def _read_back(call: Call, ticket: str) -> None:
    if not ticket:
        await tell(call, "voicemail_done", at=_AT)
        return
    for _ in range(_REPEATS):  # # reads the number once more, for who had no pen at hand
        done = ("voicemail_done_before", *spoken_digits(ticket), "voicemail_done_after")
        if await tell(call, *done, at=_AT) != "#":
            return


async def _note(call: Call, name: str, seconds: str, ticket: str = "", submitted: str = "0") -> None:
    await call.note("voicemail", file=f"{name}.wav", seconds=seconds, ticket=ticket, submitted=submitted)
