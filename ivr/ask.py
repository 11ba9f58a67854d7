"""Telling and asking: the only way a flow hears a key, so that 9 means danger everywhere (R1, R6).

Every prompt can be interrupted, and every key pressed is noted (`path`) before anything is done with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ivr.errors import NoChoice
from telephony.call import Call, Danger

ANY = "0123456789*#"
DANGER = "9"
REPEATS = 5  # how often a caller may hear the same again before it counts as a wrong key
ENDS_RECORDING = "#9*"
# A 9 or 0 that nothing follows is the key, not the first digit of an entry; slow fingers need this long.
_ALONE = 3.0


async def heed(call: Call, key: str, *, at: str) -> str:
    """The key itself ("" for none), after noting it. Raises Danger for 9."""
    if key:
        await call.note("path", at=at, key=key)
    if key == DANGER:
        raise Danger
    return key


async def tell(call: Call, *prompts: str, at: str) -> str:
    """The key that interrupted the prompts, or "" when they were heard to the end. Raises Danger for 9."""
    return await heed(call, await call.play(*prompts, keys=ANY), at=at)


async def choose(
    call: Call,
    prompts: Sequence[str],
    keys: str,
    *,
    at: str,
    seconds: float = 5.0,
    tries: int = 2,
    again: str = "invalid",
    patient: bool = False,
    repeat: str = "#",
    key: str = "",
) -> str:
    """The key of `keys` the caller chose.

    `seconds` of silence after the prompts, or `tries` wrong keys, raise NoChoice; `patient`: silence is one
    wrong key. Before asking once more `again` is said. A key of `repeat` plays the prompts anew. `key`: one
    that was pressed already, in an announcement before the question. Raises Danger for 9.
    """
    lead: tuple[str, ...] = ()
    failed = repeated = 0
    while failed < tries:
        key = key or await tell(call, *lead, *prompts, at=at)
        key = key or await heed(call, await call.wait_key(seconds), at=at)
        if key and key in keys:
            return key
        if not key and not patient:
            break
        if key and key in repeat and repeated < REPEATS:
            repeated, lead = repeated + 1, ()
        else:
            failed, lead = failed + 1, (again,)
        key = ""
    raise NoChoice(at)


async def enter(call: Call, *prompts: str, count: int, at: str, seconds: float = 5.0, lone: str = "") -> str:
    """The digits keyed, at most `count`, ended by # or by `seconds` of silence; "" when nothing but # comes.

    "0" when 0 was the only key, "*" when a star was among them. Raises Danger for a single 9, NoChoice for
    silence. `lone`: those of 0 and 9 that no such entry begins with, so that nothing is waited for after them.
    """
    first = "#"
    asked = 0
    while first == "#" and asked < REPEATS:
        # A # before any digit ends what was entered before: that was taken with its last digit. So it is asked anew.
        first = await call.play(*prompts, keys=ANY) or await call.wait_key(seconds)
        asked += 1
    if not first:
        raise NoChoice(at)
    digits = "" if first == "#" else first
    if digits and digits not in lone:
        digits = await _rest(call, digits, count, seconds)
    if "*" in digits:
        digits = "*"
    return await heed(call, digits, at=at) if digits in ("0", DANGER, "*") else digits


async def _rest(call: Call, digits: str, count: int, seconds: float) -> str:
    if digits in ("0", DANGER):
        key = await call.wait_key(_ALONE)
        if key in ("", "#"):
            return digits
        digits += key
    if "*" in digits or len(digits) >= count:
        return digits
    # One command for all the others: Asterisk drops the keys that come between two AGI commands.
    return digits + await call.get_digits(count=count - len(digits), seconds=seconds)
