"""What the tables hold of one day: the other side of the proof (`callqueue.proof`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callqueue import groups, sql
from callqueue.evidence import Day, bounds
from callqueue.proof import Tables
from callqueue.tables import CallRow, CelRow, QueueLogRow

_SOUNDS = (".wav", ".alaw", ".mp3", ".ogg", ".flac", ".enc")


def tables(session: Session, day: date, found: Day, tickets: Mapping[str, str], recordings: Path) -> Tables:
    """What is kept of the day. `found`: what is on disk of it; `tickets`: call by number, of the day's tickets."""
    calls = _calls(session, day)
    linkedids = {one for visit in found.visits for one in visit.group.linkedids} | calls.keys()
    linkedids |= groups.linkedids_of(session, linkedids)
    reached = groups.load(session, linkedids)
    own = _of_day(reached, day)
    uniqueids = {one for group in own for one in group.uniqueids}
    named = {item["file"] for row in calls.values() for item in row["recordings"]}
    return Tables(
        calls, _digests(session, {one for group in own for one in group.linkedids}), _row_digests(session, uniqueids),
        tickets, sizes(recordings, day, named), _elsewhere(session, set(tickets.values()) - calls.keys()),
    )  # fmt: skip


def _calls(session: Session, day: date) -> dict[str, dict[str, Any]]:
    first, end = bounds(day)
    query = select(*CallRow.__table__.columns).where(CallRow.started_at >= first, CallRow.started_at < end)
    return {row.call_id: dict(row._mapping) for row in session.execute(query)}


def _of_day(found: Iterable[groups.Group], day: date) -> list[groups.Group]:
    first, end = (moment.timestamp() * 1_000_000 for moment in bounds(day))
    return [group for group in found if group.events and first <= group.first < end]


def _digests(session: Session, linkedids: Collection[str]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in sql.portions(linkedids):
        query = select(CelRow.digest, CelRow.at).where(CelRow.linkedid.in_(some))
        found.update((digest, at) for digest, at in session.execute(query))
    return found


def _row_digests(session: Session, uniqueids: Collection[str]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in sql.portions(uniqueids):
        query = select(QueueLogRow.digest, QueueLogRow.at).where(QueueLogRow.call.in_(some))
        found.update((digest, at) for digest, at in session.execute(query))
    return found


def _elsewhere(session: Session, call_ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in sql.portions(call_ids):
        found.update(session.scalars(select(CallRow.call_id).where(CallRow.call_id.in_(some))))
    return found


def sizes(folder: Path, day: date, named: Iterable[str]) -> dict[str, int]:
    """Bytes of each sound file of the day's folders, and of those named, relative to the recordings folder."""
    pattern = f"{day:%Y/%m/%d}/*"
    files = [*folder.glob(pattern), *folder.glob(f"*/{pattern}")]
    found = {str(file.relative_to(folder)): file.stat().st_size for file in files if file.suffix in _SOUNDS}
    for name in set(named) - found.keys():
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            found[name] = path.stat().st_size
    return found


def ticket_days(day: date) -> tuple[str, str]:
    """The first number that a ticket of the day's calls can have, and the first one it cannot: a call of the evening
    may leave its ticket after midnight.
    """
    return f"{day:%y%m%d}", f"{day + timedelta(days=2):%y%m%d}"
