"""The ledger as plain values, for the command line and the console."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from callqueue.tables import CallRow, EmergencyRow
from store.base import Base

_INSIDE = frozenset({"handed_over", "handed"})


def list_calls(
    session: Session,
    since: datetime | None = None,
    until: datetime | None = None,
    disposition: str = "",
    caller: str = "",
    limit: int = 100,
    after: str = "",
) -> list[dict[str, Any]]:
    """The calls that began from `since` until before `until`, newest first, at most `limit`.

    `after` is the id of the last call of the page before; an unknown one gives none.

    Times are ISO 8601 with +08:00, None for what did not happen; durations seconds to the millisecond; `caller` the
    full number.
    """
    query = select(CallRow).order_by(CallRow.started_at.desc(), CallRow.call_id.desc()).limit(limit)
    if since is not None:
        query = query.where(CallRow.started_at >= since)
    if until is not None:
        query = query.where(CallRow.started_at < until)
    if disposition:
        query = query.where(CallRow.disposition == disposition)
    if caller:
        query = query.where(CallRow.caller == caller)
    if after:
        last = select(CallRow.started_at).where(CallRow.call_id == after).scalar_subquery()
        same = and_(CallRow.started_at == last, CallRow.call_id < after)
        query = query.where(or_(CallRow.started_at < last, same))
    return [_plain(row) for row in session.scalars(query)]


def show_call(session: Session, call_id: str) -> dict[str, Any] | None:
    """The call with its emergency records under `emergencies`, None when there is no such call."""
    row = session.get(CallRow, call_id)
    if row is None:
        return None
    query = select(EmergencyRow).where(EmergencyRow.call_id == call_id).order_by(EmergencyRow.number)
    return _plain(row) | {"emergencies": [_plain(record) for record in session.scalars(query)]}


def _plain(row: Base) -> dict[str, Any]:
    return _shown({column.name: getattr(row, column.name) for column in row.__table__.columns})


def _shown(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in values.items() if name not in _INSIDE}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return round(value, 3) if isinstance(value, float) else value
