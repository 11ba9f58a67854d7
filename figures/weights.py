"""What a ranking weighs, and how a setting says so."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PARTS: Mapping[str, str] = MappingProxyType(
    {"on_time": "due", "solved": "asked", "satisfied": "rated", "signed": "sign_due"}
)
"""What may be weighed: a measure, and the one it is a share of."""
WEIGHTS: Mapping[str, int] = MappingProxyType({"on_time": 40, "solved": 25, "satisfied": 25, "signed": 10})


def weights_of(text: str) -> Mapping[str, int]:
    """The weights of a setting, as `on_time:40,solved:25`. Raises ValueError saying what is wrong."""
    found: dict[str, int] = {}
    for item in filter(None, (one.strip() for one in text.split(","))):
        name, _, number = item.partition(":")
        if name not in PARTS or name in found or not (number.isascii() and number.isdigit() and len(number) < 4):
            raise ValueError(f"{item!r} is not NAME:WEIGHT with a name of {', '.join(PARTS)}, each once")
        found[name] = int(number)
    if not sum(found.values()):
        raise ValueError("nothing has a weight")
    return found
