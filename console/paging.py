"""Pages of a list that is short enough to be read whole, by the key of the last row before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Row = TypeVar("Row")
SIZE = 50


def page_of(
    found: Sequence[Row], key: Callable[[Row], object], after: str, size: int = SIZE
) -> tuple[Sequence[Row], str | None]:
    """The rows after the one of that key, and the key to go on after, None on the last page; the first page when no
    row has the key (any more).
    """
    keys = [str(key(row)) for row in found]
    begin = keys.index(after) + 1 if after in keys else 0
    end = begin + size
    return found[begin:end], keys[end - 1] if end < len(keys) else None
