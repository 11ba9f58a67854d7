"""What the headers of an event say: numbers, moments, callers."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

Event = Mapping[str, str]


def known(number: str) -> str:
    """The number, "" for the words by which Asterisk says that it has none."""
    return "" if number in ("<unknown>", "anonymous") else number


def number(event: Event, name: str) -> int:
    """A header's whole number, 0 when it is none."""
    text = event.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def moment(event: Event) -> float:
    """When the event happened (manager.conf: timestampevents), epoch seconds; 0.0 when it does not say."""
    try:
        found = float(event.get("Timestamp", ""))
    except ValueError:
        return 0.0
    return found if isfinite(found) else 0.0
