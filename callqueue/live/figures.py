"""The wallboard's figures of the last 24 hours and of today, from the ledger, computed as those of the reports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callqueue.calls import Direction
from callqueue.figures import Bucket, Visit, values
from callqueue.tables import CallRow

_NAMES = {
    "offered": "offered", "answered": "answered", "in_time": "answered_15", "abandoned": "abandoned",
    "rate": "connection_pct", "in_time_rate": "answered_15_pct", "abandon_rate": "abandoned_pct",
}  # fmt: skip
Row = tuple[datetime, Visit]


def figures(session: Session, now: datetime) -> dict[str, Any]:
    """The figures as JSON values; see `counted`. Who is still waiting is not counted yet."""
    query = select(
        CallRow.started_at, CallRow.disposition, CallRow.queued_at, CallRow.agent_at, CallRow.ended_at
    ).where(
        CallRow.direction == Direction.INBOUND, CallRow.started_at >= now - timedelta(hours=24),
        CallRow.started_at <= now, CallRow.queued_at.is_not(None),
    )  # fmt: skip
    return counted(_asked(session.execute(query)), now)


def _asked(rows: Iterable[Any]) -> Iterable[Row]:
    for began, disposition, queued_at, agent_at, ended_at in rows:
        if until := agent_at or ended_at:
            yield began, Visit(True, agent_at is not None, disposition, (until - queued_at).total_seconds())


def counted(rows: Iterable[Row], now: datetime) -> dict[str, Any]:
    """Of inbound calls (when begun, what the reports count) of the last 24 hours.

    `offered`: calls that entered a queue; `answered` of them spoke with an agent, `in_time` after at most 15 s of
    waiting, `abandoned` hung up in the queue. `rate`, `in_time_rate`, `abandon_rate`: per cent of `offered`, one place;
    0.0 of none. `hours` and `curve`: today's offered and answered calls by hour.
    """
    hours = range(now.hour + 1)
    whole, today = Bucket(), [Bucket() for _ in hours]
    for when, visit in rows:
        whole.visits.append(visit)
        local = when.astimezone(now.tzinfo)
        if local.date() == now.date():
            today[local.hour].visits.append(visit)
    found = values(whole)
    return {
        **{name: found[figure] or 0.0 for name, figure in _NAMES.items()},
        "hours": list(hours),
        "curve": {"offered": [len(one.offered) for one in today], "answered": [len(one.answered) for one in today]},
    }
