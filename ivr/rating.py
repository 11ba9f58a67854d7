"""The rating after a call (好差评): five levels, one call one rating."""

from __future__ import annotations

from ivr.ask import ENDS_RECORDING, choose, heed, tell
from ivr.errors import NoChoice
from ivr.files import new_name
from telephony.call import Call, Next, Outcome

UNHAPPY = ("4", "5")
_REASON = 60.0  # seconds
_AT = "rating"


async def rating(call: Call, folder: str) -> Outcome:
    """The end of the call; the rating is noted the moment it is keyed, 1 (best) to 5. Raises Danger."""
    try:
        value = await choose(call, ["rating"], "12345", at=_AT)
    except NoChoice:
        await tell(call, "rating_none", at=_AT)
        return Outcome(Next.HANGUP)
    await call.note("rating", value=value)
    if value in UNHAPPY:
        await _reason(call, folder)
    await tell(call, "rating_thanks", at=_AT)
    return Outcome(Next.HANGUP)


async def _reason(call: Call, folder: str) -> None:
    await tell(call, "rating_reason", at=_AT)
    name = await new_name(call, "rating")
    await call.note("rating-reason", file=f"{name}.wav")
    made = await call.record(f"{folder}/{name}", _REASON, ENDS_RECORDING)
    await heed(call, made.key, at=_AT)
