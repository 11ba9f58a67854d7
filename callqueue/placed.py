"""Kept places in the tables: a place belongs to the open task of its number (`callqueue.missed`), which has `kept_at`.

The ledger alone says what came of it: a call that asked for the place, and calls made when its turn had come.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callqueue import missed
from callqueue.calls import Call, Direction
from callqueue.disposition import Disposition
from callqueue.missed import PREFIX, Reason, Rules
from callqueue.places import FRESH, LONGEST, TRIES, Wanted
from callqueue.tables import CallRow, MissedAttemptRow, MissedCallRow, MissedRow


def take(session: Session, call: Call, rules: Rules = missed.DEFAULT) -> None:
    """Keeps, tries or ends the place that a finished call is about; after `missed.take`."""
    if call.ended_at is None:
        return
    if call.direction is Direction.INBOUND and _asked(call):
        _keep(session, call)
    elif call.direction is Direction.CALLBACK and any(step.at == "kept" for step in call.path):
        _tried(session, call, rules)


def _asked(call: Call) -> bool:
    """Whether the caller asked in the queue, and not after it or in a menu."""
    pressed = any(step.at == "queue" and step.key == "1" for step in call.path)
    return pressed and call.disposition is Disposition.CALLBACK_REQUESTED


def _keep(session: Session, call: Call) -> None:
    task = missed.open_task(session, call.caller)
    own = session.get(MissedCallRow, call.call_id)
    # Who asks again keeps the first place: Asterisk holds one for each number.
    if task and task.kept_at is None and own and own.task == task.id and call.queued_at and call.ended_at:
        task.kept_at, task.queue, task.due_at = call.queued_at, call.queue, call.ended_at


def _tried(session: Session, call: Call, rules: Rules) -> None:
    task, at = missed.open_task(session, call.caller), call.ended_at or call.started_at
    if task is None or session.get(MissedAttemptRow, call.call_id) is not None:
        return
    session.add(MissedAttemptRow(
        channel=call.call_id, task=task.id, agent=call.agent, started_at=call.started_at, ended_at=at,
        outcome=call.disposition,
    ))  # fmt: skip
    session.flush()
    if call.talk_s > 0:
        missed.end(task, Reason.ANSWERED, at, call.agent or "system")
    elif task.kept_at is not None and _tries(session, task) >= TRIES:
        release(task, missed.allowed(rules, at + rules.retry))
    elif task.kept_at is not None:
        task.due_at = at + rules.again


def _tries(session: Session, task: MissedRow) -> int:
    """How often the citizen was called for this place; what Asterisk's own end cut off does not count."""
    made = select(func.count()).select_from(MissedAttemptRow).where(
        MissedAttemptRow.task == task.id, MissedAttemptRow.started_at >= task.kept_at,
        MissedAttemptRow.outcome != Disposition.INTERRUPTED, ~MissedAttemptRow.channel.startswith(PREFIX),
    )  # fmt: skip
    return session.scalar(made) or 0


def release(task: MissedRow, due: datetime) -> None:
    """From now on people call, from `due` on."""
    task.kept_at, task.due_at = None, due


def asked_by(session: Session, call_id: str) -> CallRow | None:
    """The last call that was missed, or asked for the place, before this call was made for it; None for other calls."""
    task = select(MissedAttemptRow.task).where(MissedAttemptRow.channel == call_id).scalar_subquery()
    query = select(CallRow).join(MissedCallRow, MissedCallRow.call_id == CallRow.call_id)
    return session.scalar(query.where(MissedCallRow.task == task).order_by(CallRow.started_at.desc()).limit(1))


def wanted(session: Session, now: datetime, rules: Rules = missed.DEFAULT) -> list[Wanted]:
    """Every place that is to be kept; not of one who is in the call that it made (asked for a rating, say)."""
    called = select(CallRow.call_id).where(
        CallRow.caller == MissedRow.phone, CallRow.direction == Direction.CALLBACK, CallRow.ended_at.is_(None),
    )  # fmt: skip
    query = select(MissedRow).where(MissedRow.state == "open", MissedRow.kept_at.is_not(None), ~called.exists())
    found = []
    for task in session.scalars(query):
        assert task.kept_at is not None
        due = task.due_at if now - task.kept_at < FRESH else missed.allowed(rules, max(now, task.due_at))
        found.append(Wanted(task.phone, task.queue, task.kept_at, due))
    return found


def over(session: Session, phones: Collection[str]) -> dict[str, datetime]:
    """When the last task of each of these numbers was closed that had a place; open ones are left out."""
    query = select(MissedRow.phone, func.max(MissedRow.closed_at)).where(
        MissedRow.phone.in_(phones), MissedRow.kept_at.is_not(None), MissedRow.state == "closed"
    )  # fmt: skip
    return {phone: at for phone, at in session.execute(query.group_by(MissedRow.phone)) if at}


def give_up(session: Session, phone: str, now: datetime, rules: Rules = missed.DEFAULT) -> bool:
    """Whether the place, which nobody holds, is given up because it was kept for too long: then people call."""
    task = missed.open_task(session, phone)
    if task is None or task.kept_at is None or now - task.kept_at < LONGEST:
        return False
    release(task, missed.allowed(rules, now))
    return True
