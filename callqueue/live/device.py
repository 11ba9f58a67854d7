"""The state of a telephone as Asterisk knows it, from any of the three ways in which it writes it."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache


class Device(StrEnum):
    """Asterisk's device states (docs.asterisk.org: Device State)."""

    UNKNOWN = "unknown"
    FREE = "free"
    IN_USE = "in-use"
    BUSY = "busy"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"
    RINGING = "ringing"
    RINGING_IN_USE = "ringing-in-use"
    ON_HOLD = "on-hold"

    @property
    def reachable(self) -> bool:
        return self not in (Device.UNKNOWN, Device.INVALID, Device.UNAVAILABLE)


# DeviceStateChange writes NOT_INUSE, EndpointList "Not in use", QueueMember the number that stands first here.
_WORDS = {
    "0": Device.UNKNOWN, "UNKNOWN": Device.UNKNOWN,
    "1": Device.FREE, "NOTINUSE": Device.FREE,
    "2": Device.IN_USE, "INUSE": Device.IN_USE,
    "3": Device.BUSY, "BUSY": Device.BUSY,
    "4": Device.INVALID, "INVALID": Device.INVALID,
    "5": Device.UNAVAILABLE, "UNAVAILABLE": Device.UNAVAILABLE,
    "6": Device.RINGING, "RINGING": Device.RINGING,
    "7": Device.RINGING_IN_USE, "RING+INUSE": Device.RINGING_IN_USE, "RINGINUSE": Device.RINGING_IN_USE,
    "8": Device.ON_HOLD, "ONHOLD": Device.ON_HOLD,
}  # fmt: skip


@lru_cache(maxsize=64)  # Asterisk has a dozen words
def device(text: str) -> Device:
    """The state named by `text`; UNKNOWN for a word that is none of Asterisk's."""
    return _WORDS.get(text) or _WORDS.get(text.upper().replace(" ", "").replace("_", ""), Device.UNKNOWN)
