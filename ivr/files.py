"""Names of the recordings that flows make."""

from __future__ import annotations

from telephony.call import Call


async def new_name(call: Call, kind: str) -> str:
    """A name in the recordings folder, without ending, that no earlier recording of the visit has.

    The moment is part of it: a flow may run twice in one visit, and recording over a file would lose words.
    """
    return f"{kind}-{call.facts.call_id}-{await call.variable('EPOCH')}"
