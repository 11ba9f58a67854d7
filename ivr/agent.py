"""Handing a caller to a person."""

from __future__ import annotations

from ivr.ask import tell
from telephony.call import Call, Next, Outcome

CONSULT = "consult"
REQUEST = "request"
LINE_96128 = "line96128"


def queue_of(line: str, queue: str) -> str:
    """The queue for callers of a line: those of 96128 have their own (R13)."""
    return LINE_96128 if line == "96128" else queue


async def to_agent(call: Call, queue: str = CONSULT, *, at: str, say: str = "to_agent", ticket: str = "") -> Outcome:
    """The outcome that leads to an agent, after `say`. `ticket` shows the agent what the call is about."""
    await tell(call, say, at=at)
    return Outcome(Next.QUEUE, queue=queue_of(call.facts.line, queue), ticket=ticket)
