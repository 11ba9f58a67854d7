"""Callers who were not served are called back: tasks made from the ledger, closed by it, and moved by people.

Everything here can be repeated and done in another order with the same result: a call is in one task at most, a number
has one open task, and whether a call was answered is never said by anybody but the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callqueue.calls import Call, Direction
from callqueue.disposition import Disposition
from callqueue.errors import Calling, Closed, Kept, MissedError, NoSuchTask, Quiet
from callqueue.live.own import DANGER
from callqueue.live.seated import ringing
from callqueue.tables import CallRow, MissedAttemptRow, MissedCallRow, MissedRow

PREFIX = "missed-"
MISSED = frozenset(
    {
        *(Disposition.ABANDONED_QUEUE, Disposition.OVERFLOWED, Disposition.EMERGENCY_MISSED),
        Disposition.CALLBACK_REQUESTED,
    }
)
"""The ends of a call after which the citizen is called back; and INTERRUPTED before an agent was reached."""

_PHONE = re.compile(r"0?1[3-9][0-9]{9}|0[1-9][0-9]{8,10}|[2-8][0-9]{6,7}")  # mobile, with area code, local
_PLACING = timedelta(seconds=120)  # within it every call that was placed is in Asterisk's log


class Reason(StrEnum):
    """Why a task was closed without a person saying so."""

    ANSWERED = "answered"
    """The citizen was called and spoke with an agent."""
    CALLED_AGAIN = "called-again"
    """The citizen called again and spoke with an agent."""
    UNREACHABLE = "unreachable"
    """Called as often as is allowed, and never reached."""
    EXPIRED = "expired"
    """Too late for a call to be of use."""


@dataclass(frozen=True, slots=True)
class Rules:
    """When citizens may be called: from minute `opens` to minute `closes` of the day (Asia/Shanghai), at most
    `attempts` times, `retry` apart, until `expiry` after the last call that was missed. `again`: between the two calls
    for a kept place.
    """

    opens: int = 8 * 60
    closes: int = 21 * 60
    attempts: int = 3
    retry: timedelta = timedelta(minutes=60)
    expiry: timedelta = timedelta(hours=48)
    again: timedelta = timedelta(minutes=1)


DEFAULT = Rules()


def allowed(rules: Rules, at: datetime) -> datetime:
    """The first moment from `at` on that is not in the quiet hours."""
    minute = at.hour * 60 + at.minute
    if rules.opens <= minute < rules.closes:
        return at
    day = at if minute < rules.opens else at + timedelta(days=1)
    return day.replace(hour=rules.opens // 60, minute=rules.opens % 60, second=0, microsecond=0)


# -- what the ledger tells ------------------------------------------------------------------------


def take(session: Session, call: Call, rules: Rules = DEFAULT) -> None:
    """Makes, extends or closes the task that a finished call is about."""
    if call.ended_at is None:
        return
    if call.call_id.startswith(PREFIX):
        _settle(session, session.get(MissedAttemptRow, call.call_id), call.disposition, call.ended_at, rules)
    elif call.direction is Direction.INBOUND and _missed(call):
        _open(session, call, rules)
    elif call.talk_s > 0 and call.disposition in (Disposition.ANSWERED, Disposition.EMERGENCY):
        inbound = call.direction is Direction.INBOUND
        if inbound or call.direction is Direction.OUTBOUND:
            task = open_task(session, call.caller if inbound else call.dialled)
            if task and call.started_at > task.last_at:
                end(task, Reason.CALLED_AGAIN if inbound else Reason.ANSWERED, call.ended_at)


def _missed(call: Call) -> bool:
    cut_off = call.disposition is Disposition.INTERRUPTED and call.queued_at is not None and call.agent_at is None
    return bool(_PHONE.fullmatch(call.caller)) and (call.disposition in MISSED or cut_off)


def _open(session: Session, call: Call, rules: Rules) -> None:
    if session.get(MissedCallRow, call.call_id) or _served_since(session, call):
        return
    task = open_task(session, call.caller)
    ended = call.ended_at or call.started_at
    in_danger = call.disposition is Disposition.EMERGENCY_MISSED or call.queue == DANGER
    if task is None:
        task = MissedRow(
            phone=call.caller, open_phone=call.caller, state="open", queue=call.queue, calls=0,
            first_at=call.started_at, last_at=call.started_at, due_at=allowed(rules, ended), assignee="",
            attempts=0, closed_by="", reason="",
        )  # fmt: skip
        session.add(task)
    if in_danger and task.kept_at is None:
        task.queue, task.due_at = DANGER, min(task.due_at, ended)
    task.calls += 1
    task.first_at, task.last_at = min(task.first_at, call.started_at), max(task.last_at, call.started_at)
    session.flush()
    session.add(MissedCallRow(call_id=call.call_id, task=task.id))
    session.flush()


def _served_since(session: Session, call: Call) -> bool:
    """Whether the citizen spoke with an agent later: the calls may be handed over in another order."""
    later = select(CallRow.call_id).where(
        CallRow.caller == call.caller, CallRow.started_at > call.started_at,
        CallRow.direction.in_((Direction.INBOUND, Direction.CALLBACK)),
        CallRow.disposition.in_((Disposition.ANSWERED, Disposition.EMERGENCY)), CallRow.talk_s > 0,
    )  # fmt: skip
    return session.scalar(later.limit(1)) is not None


def open_task(session: Session, phone: str) -> MissedRow | None:
    """The open task of the number."""
    return session.scalar(select(MissedRow).where(MissedRow.open_phone == phone)) if phone else None


def _settle(session: Session, attempt: MissedAttemptRow | None, outcome: str, at: datetime, rules: Rules) -> None:
    if attempt is None or attempt.outcome:
        return
    attempt.outcome, attempt.ended_at = outcome, at
    task = session.get_one(MissedRow, attempt.task)
    if task.state == "closed":
        return
    if outcome == Disposition.ANSWERED:
        end(task, Reason.ANSWERED, at, attempt.agent)
    elif task.attempts >= rules.attempts:
        end(task, Reason.UNREACHABLE, at)
    else:
        task.due_at = at + rules.retry if _danger(task) else allowed(rules, at + rules.retry)


def _danger(task: MissedRow) -> bool:
    """Whether the citizen pressed the danger key and reached nobody: for such a call no hour is quiet."""
    return task.queue == DANGER


def end(task: MissedRow, reason: str, at: datetime, by: str = "system") -> None:
    """Closes the task."""
    task.state, task.open_phone = "closed", None
    task.reason, task.closed_at, task.closed_by = reason, at, by


def sweep(session: Session, now: datetime, rules: Rules = DEFAULT) -> int:
    """How many tasks were closed because they are too old; attempts of which no call came are ended."""
    open_attempts = select(MissedAttemptRow).where(MissedAttemptRow.outcome == "")
    for attempt in session.scalars(open_attempts).all():
        row = session.get(CallRow, attempt.channel)
        if row is not None and row.ended_at is not None:
            _settle(session, attempt, row.disposition, row.ended_at, rules)
        elif row is None and now - attempt.started_at > _PLACING:
            _not_placed(session, attempt, now)
    old = select(MissedRow).where(MissedRow.state == "open", MissedRow.last_at < now - rules.expiry)
    expired = session.scalars(old).all()
    for task in expired:
        end(task, Reason.EXPIRED, now)
    return len(expired)


def _not_placed(session: Session, attempt: MissedAttemptRow, now: datetime) -> None:
    """The agent's own phone was not picked up: the citizen was not called, and that is no attempt."""
    attempt.outcome, attempt.ended_at = "not-placed", now
    task = session.get_one(MissedRow, attempt.task)
    task.attempts = max(0, task.attempts - 1)


# -- what people do -------------------------------------------------------------------------------


def show(session: Session, number: int) -> dict[str, Any]:
    """The task with the calls that were missed and the attempts made. Raises MissedError."""
    task = _task(session, number)
    calls = select(MissedCallRow.call_id).where(MissedCallRow.task == number).order_by(MissedCallRow.call_id)
    made = select(MissedAttemptRow).where(MissedAttemptRow.task == number).order_by(MissedAttemptRow.started_at)
    attempts = [
        {"channel": one.channel, "agent": one.agent, "started_at": _time(one.started_at),
         "outcome": one.outcome or "open"}
        for one in session.scalars(made)
    ]  # fmt: skip
    return plain(task) | {"missed": list(session.scalars(calls)), "made": attempts}


def assign(session: Session, number: int, agent: str) -> dict[str, Any]:
    """The open task, now the agent's ("" for nobody's). Raises MissedError."""
    task = _still_open(session, number)
    task.assignee = agent
    return plain(task)


def close(session: Session, number: int, reason: str, by: str, at: datetime) -> dict[str, Any]:
    """The task, closed by a person who says why. Raises MissedError."""
    task = _still_open(session, number)
    if len(reason.strip()) < 2:
        raise MissedError("say why the task is closed")
    end(task, reason.strip()[:200], at, by)
    return plain(task)


def begin(session: Session, number: int, agent: str, at: datetime, rules: Rules = DEFAULT) -> Mapping[str, str]:
    """What Originate needs to call the agent and then the citizen: to be committed before anything is dialled.

    Raises MissedError in quiet hours (but for somebody in danger), while another attempt or a kept place has its turn,
    or when it is closed.
    """
    task = _still_open(session, number)
    if task.kept_at is not None:
        raise Kept(f"task {number} keeps a place in the queue: the citizen is called when its turn comes")
    if allowed(rules, at) != at and not _danger(task):
        raise Quiet(f"quiet hours: citizens may be called again at {allowed(rules, at):%H:%M}")
    query = select(MissedAttemptRow).where(MissedAttemptRow.task == number)
    if session.scalar(query.where(MissedAttemptRow.outcome == "").limit(1)):
        raise Calling(f"task {number} is being called at this moment")
    made = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    channel = f"{PREFIX}{number}-{made + 1}"
    session.add(MissedAttemptRow(channel=channel, task=number, agent=agent, started_at=at, outcome=""))
    task.attempts, task.assignee = task.attempts + 1, agent
    session.flush()
    return {"channel": channel, "phone": task.phone, "agent": agent}


def failed(session: Session, channel: str, at: datetime) -> None:
    """Ends an attempt of which it is sure that nothing was dialled, or that the agent's phone was not picked up."""
    attempt = session.get(MissedAttemptRow, channel)
    if attempt and not attempt.outcome:
        _not_placed(session, attempt, at)


def _task(session: Session, number: int) -> MissedRow:
    task = session.get(MissedRow, number)
    if task is None:
        raise NoSuchTask(f"no missed-call task {number}")
    return task


def _still_open(session: Session, number: int) -> MissedRow:
    task = _task(session, number)
    if task.state == "closed":
        raise Closed(f"task {number} is closed: {task.reason}")
    return task


def plain(task: MissedRow) -> dict[str, Any]:
    """The task's columns as plain values."""
    return {
        "id": task.id, "phone": task.phone, "state": task.state, "queue": task.queue, "calls": task.calls,
        "first_at": _time(task.first_at), "last_at": _time(task.last_at), "due_at": _time(task.due_at),
        "assignee": task.assignee, "attempts": task.attempts, "kept_at": task.kept_at and _time(task.kept_at),
        "closed_at": task.closed_at and _time(task.closed_at), "closed_by": task.closed_by, "reason": task.reason,
    }  # fmt: skip


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def originate(made: Mapping[str, str], ring_seconds: int) -> dict[str, str]:
    """The AMI action: the agent's phone rings, then the citizen's; the channel's id makes the call the attempt."""
    return ringing(made["agent"], made["phone"], ring_seconds) | {"ChannelId": made["channel"]}
