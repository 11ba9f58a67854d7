"""Lists as spreadsheets: what a page shows, at most 10,000 rows, text that stays text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from console.page import Saved
from store.base import now
from tickets.sheets import every, written

__all__ = ["MEDIA", "every", "saved"]
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def saved(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], seen: Sequence[str] = ()) -> Saved:
    """A file `title`-moment.xlsx of the rows; None is an empty cell. `seen` are its tickets, for the audit log."""
    data = written(title, header, rows)
    return Saved(f"{title}-{now():%Y%m%d-%H%M}.xlsx", data=data, media=MEDIA, seen=tuple(seen))
