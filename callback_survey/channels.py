"""Which channels of the trunk are in use, as Asterisk says, and how many callbacks they leave room for. (R36)"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from telephony.ami import AMIError, Manager

_FRESH = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Trunk:
    """A trunk: the beginning of its channels' names, how many it has, and how many are left to inbound callers."""

    name: str
    channels: int
    inbound: int


def allowed(trunk: Trunk, others: int) -> int:
    """How many callbacks may be on the trunk while `others` of its channels carry other calls.

    The share of inbound callers stays free for them; what they use beyond it is theirs, too.
    """
    return max(trunk.channels - max(trunk.inbound, others), 0)


@dataclass(slots=True)
class Live:
    """The channels at the last look: unique ids of callbacks, and how many other channels the trunk has."""

    manager: Manager
    trunk: Trunk
    ours: frozenset[str] = frozenset()
    others: int = 0
    at: float = field(default=0.0)

    @property
    def fresh(self) -> bool:
        """Whether Asterisk was asked a moment ago, and answered."""
        return time.monotonic() - self.at < _FRESH

    async def look(self) -> None:
        """Asks Asterisk. Nothing changes when it does not answer."""
        try:
            listed = await self.manager.listing({"Action": "CoreShowChannels"})
        except AMIError:
            return
        mine = [one for one in listed if one.get("Channel", "").startswith(f"PJSIP/{self.trunk.name}-")]
        ours = frozenset(one["Uniqueid"] for one in listed if one.get("Uniqueid", "").startswith("survey-"))
        self.others = sum(one.get("Uniqueid") not in ours for one in mine)
        self.ours, self.at = ours, time.monotonic()
