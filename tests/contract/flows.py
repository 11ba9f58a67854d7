"""Flows that test processes import by name."""

from __future__ import annotations

from telephony.call import Asked, Call, Next, Outcome

__all__ = ["every_verb", "fails", "listens"]


async def every_verb(call: Call) -> Outcome:
    """A flow that uses every verb of a call, each reply mattering to the next step."""
    await call.note("path", at="main", text='武定 "a, b" \\')
    await call.play("greeting", "menu", keys="123")
    key = await call.wait_key(5)
    digits = await call.get_digits("ask", count=4)
    recording = await call.record("/spool/a", 10)
    value = await call.variable("A")
    await call.set_variable("B", f"{key} {digits} {recording.seconds:g} {recording.key} {value}")
    return Outcome(Next.QUEUE, queue="consult")


async def listens(call: Call) -> Outcome:
    """A flow that asks one question by key or by voice."""
    given = await call.listen("survey_identity", asked=Asked("0123456789*#", {"yes": ("是",)}, 5.0, "/spool/a"))
    return Outcome(Next.HANGUP, disposition=given.key or (given.heard.text if given.heard else "silence"))


async def fails(call: Call) -> Outcome:
    """A flow with a fault of its own."""
    raise KeyError("spoilt")
