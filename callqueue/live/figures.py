"""The wallboard's figures of the last 24 hours and of today, from the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callqueue.disposition import Disposition
from callqueue.tables import CallRow

PROMISED = 15.0  # seconds (GB/T 33358)
_REACHED = frozenset({Disposition.ANSWERED, Disposition.EMERGENCY})
# Who asked for a person and did not get one. Whoever left a message or asked to be called was served otherwise.
_MISSED = frozenset({Disposition.ABANDONED_QUEUE, Disposition.OVERFLOWED, Disposition.EMERGENCY_MISSED})
Row = tuple[datetime, str, float]


def figures(session: Session, now: datetime) -> dict[str, Any]:
    """The figures as JSON values; see `counted`."""
    query = select(CallRow.started_at, CallRow.disposition, CallRow.wait_s).where(
        CallRow.direction == "inbound", CallRow.started_at >= now - timedelta(hours=24), CallRow.started_at <= now,
    )
    return counted(((row[0], row[1], row[2]) for row in session.execute(query)), now)


def counted(rows: Iterable[Row], now: datetime) -> dict[str, Any]:
    """Of inbound calls (when, disposition, seconds waited) of the last 24 hours.

    `offered`: calls that asked for a person; `answered` of them spoke with one, `in_time` after at most 15 s of
    waiting, `abandoned` hung up in a queue. `rate`, `in_time_rate`, `abandon_rate`: per cent of `offered`, one place;
    0.0 of none. `hours` and `curve`: today's offered and answered calls by hour.
    """
    offered, answered = Counter[int](), Counter[int]()
    many = Counter[str]()
    for when, disposition, waited in rows:
        if disposition not in _REACHED | _MISSED:
            continue
        local = when.astimezone(now.tzinfo)
        reached = disposition in _REACHED
        many["offered"] += 1
        many["answered"] += reached
        many["in_time"] += reached and waited <= PROMISED
        many["abandoned"] += disposition == Disposition.ABANDONED_QUEUE
        if local.date() == now.date():
            offered[local.hour] += 1
            answered[local.hour] += reached
    hours = range(now.hour + 1)
    return {
        **{name: many[name] for name in ("offered", "answered", "in_time", "abandoned")},
        "rate": _share(many["answered"], many["offered"]),
        "in_time_rate": _share(many["in_time"], many["offered"]),
        "abandon_rate": _share(many["abandoned"], many["offered"]),
        "hours": list(hours),
        "curve": {"offered": [offered[hour] for hour in hours], "answered": [answered[hour] for hour in hours]},
    }


def _share(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
