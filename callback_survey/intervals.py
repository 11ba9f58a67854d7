"""Shares with how sure they are. Pure."""

from __future__ import annotations

import math
from typing import Any

_Z = 1.959964  # the normal distribution's 97.5 % point: intervals of 95 %


def wilson(good: int, all_: int) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson's score; (0, 1) when nothing was counted."""
    if not all_:
        return 0.0, 1.0
    share, spread = good / all_, _Z * _Z / all_
    middle = share + spread / 2
    width = _Z * math.sqrt(share * (1 - share) / all_ + spread / (4 * all_))
    return max((middle - width) / (1 + spread), 0.0), min((middle + width) / (1 + spread), 1.0)


def share(good: int, all_: int) -> dict[str, Any]:
    """`share` (None when nothing was counted) and its `interval`, rounded."""
    low, high = wilson(good, all_)
    return {"share": round(good / all_, 4) if all_ else None, "interval": [round(low, 4), round(high, 4)]}
