"""Lists of callers to be called back: by state, agent, queue and number, in the order that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callqueue.missed import plain
from callqueue.tables import MissedRow
from store.keyset import cut, ordered


class Sort(StrEnum):
    """The one due first in front; the latest call; the one who called most."""

    DUE = "due"
    LATEST = "latest"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is narrowed to; "" narrows nothing. `state` is open or closed.

    Without a `sort` open ones come as they are due, others by their latest call.
    """

    state: str = "open"
    assignee: str = ""
    queue: str = ""
    phone: str = ""
    sort: Sort | None = None

    @property
    def order(self) -> Sort:
        """The order that the list is in."""
        return self.sort or (Sort.DUE if self.state == "open" else Sort.LATEST)


_BY = {Sort.DUE: (MissedRow.due_at, False), Sort.LATEST: (MissedRow.last_at, True), Sort.CALLS: (MissedRow.calls, True)}


def listed(
    session: Session, sought: Sought | None = None, size: int = 50, after: int = 0
) -> tuple[list[dict[str, Any]], int | None]:
    """A page of tasks, and the id after which the next one starts, None on the last; `after` is such an id."""
    sought = sought or Sought()
    query = select(MissedRow)
    for name in ("state", "assignee", "queue", "phone"):
        if wanted := getattr(sought, name):
            query = query.where(getattr(MissedRow, name) == wanted)
    by, down = _BY[sought.order]
    query = ordered(session, query, by, MissedRow.id, down=down, after=after).limit(size + 1)
    rows, last = cut(session.scalars(query).all(), size)
    return [plain(row) for row in rows], last.id if last else None
