"""The run as people watch it: callbacks in lists, today's calls, answers as they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callback_survey import attempts, by_hand, contact
from callback_survey.attempts import NOT_DIALLED
from callback_survey.deciding import Stage
from callback_survey.errors import SurveyError
from callback_survey.schedule_tables import CallbackRow, PauseRow
from callback_survey.tables import AnswerRow, AttemptRow
from callqueue.calls import Direction
from callqueue.tables import CallRow
from store.keyset import ordered
from tickets.records import load

DIALLED = (
    (AttemptRow.channel == AttemptRow.call) & AttemptRow.dialled_at.is_not(None) & (AttemptRow.outcome != NOT_DIALLED)
)
"""One attempt for each call of ours: one call serves several tickets' attempts, and the citizen's own is not ours."""
REACHED = frozenset({"surveyed", "survey-partial", "survey-unheard", "survey-refused", "answered", "wrong-person"})


def listed(session: Session, stage: Stage | None = None, limit: int = 100, after: str = "") -> list[dict[str, Any]]:
    """Callbacks as plain values, the ones due first before the others; `after` is a ticket's number to go on from."""
    query = select(CallbackRow).limit(limit)
    if stage:
        query = query.where(CallbackRow.stage == stage.value)
    query = ordered(session, query, CallbackRow.due_at, CallbackRow.ticket, after=after)
    return [plain(row) for row in session.scalars(query)]


def shown(session: Session, ticket: str) -> dict[str, Any]:
    """One callback with its attempts and answers, tries by hand, and whether the unit's contact is true.

    Raises SurveyError, tickets' NotFound.
    """
    row = session.get(CallbackRow, ticket)
    if row is None:
        raise SurveyError(f"no callback is scheduled for ticket {ticket}: its review has not passed")
    said = contact.compared(session, load(session, ticket))
    calls = [{"at": _iso(one.at), "agent": one.agent, "talk_s": one.talk_s} for one in said.calls]
    claimed = said.claimed_at and _iso(said.claimed_at)
    hands = [one | {"at": _iso(one["at"])} for one in by_hand.tries_of(session, ticket)]
    compared = {"unit": claimed, "citizen": said.citizen, "ledger": calls, "verdict": said.verdict.value}
    return plain(row) | attempts.shown(session, ticket) | {"hands": hands, "contact": compared}


def plain(row: CallbackRow) -> dict[str, Any]:
    """The columns people read; the link's secret is not among them."""
    return {
        "ticket": row.ticket, "phone": row.phone, "stage": row.stage, "due_at": _iso(row.due_at), "round": row.round,
        "why": row.why, "channel": row.channel, "created_at": _iso(row.created_at), "changed_at": _iso(row.changed_at),
    }  # fmt: skip


def run(session: Session, trunk: str, at: datetime) -> dict[str, Any]:
    """The run at the moment: whether it is paused, callbacks by stage, today's calls, those in progress, answers.

    Of today's `due` so many are `done`: no call is to be made about them any more.
    """
    paused = session.get(PauseRow, trunk)
    since = datetime.combine(at.date(), time(0), at.tzinfo)
    counted = session.execute(select(CallbackRow.stage, func.count()).group_by(CallbackRow.stage)).all()
    stages = Counter({stage: number for stage, number in counted})
    calls = _calls(session, since)
    done = _settled(session, since)
    return {
        "trunk": trunk,
        "paused": {"by": paused.by, "at": _iso(paused.at)} if paused else None,
        "stages": {stage.value: stages[stage.value] for stage in Stage},
        "today": {
            "calls": sum(calls.values()), "reached": sum(calls[one] for one in REACHED), "outcomes": dict(calls),
            "called_in": called_in(session, since),
            "done": done, "due": done + _waiting(session, since + timedelta(days=1)),
        },
        "in_progress": [_going(session, row) for row in _open(session)],
        "answers": _answers(session, since),
    }


def called_in(session: Session, since: datetime, until: datetime | None = None) -> int:
    """How many citizens called a missed callback back, and were asked on that call."""
    query = select(func.count(AttemptRow.call.distinct())).join(CallRow, CallRow.call_id == AttemptRow.call)
    query = query.where(AttemptRow.started_at >= since, CallRow.direction == Direction.INBOUND.value)
    return session.scalar(query.where(AttemptRow.started_at < until) if until else query) or 0


def _calls(session: Session, since: datetime) -> Counter[str]:
    query = select(AttemptRow.outcome, func.count()).where(AttemptRow.started_at >= since, DIALLED)
    rows = session.execute(query.group_by(AttemptRow.outcome)).all()
    return Counter({outcome or "open": number for outcome, number in rows})


def _settled(session: Session, since: datetime) -> int:
    over = CallbackRow.stage.in_([Stage.DONE.value, Stage.NEVER.value, Stage.PEOPLE.value])
    return session.scalar(select(func.count()).where(over, CallbackRow.changed_at >= since)) or 0


def _waiting(session: Session, until: datetime) -> int:
    going = CallbackRow.stage.in_([Stage.DUE.value, Stage.CALLING.value, Stage.ENDED.value])
    return session.scalar(select(func.count()).where(going, CallbackRow.due_at < until)) or 0


def _open(session: Session) -> list[AttemptRow]:
    query = select(AttemptRow).where(AttemptRow.outcome == "").order_by(AttemptRow.started_at)
    return list(session.scalars(query))


def _going(session: Session, row: AttemptRow) -> dict[str, Any]:
    given = attempts.answers_of(session, row.call)
    return {
        "ticket": row.ticket, "attempt": row.channel, "call": row.call, "number": row.number,
        "dialled_at": row.dialled_at and _iso(row.dialled_at),
        "answers": {one["question"]: one["value"] for one in given},
    }  # fmt: skip


def _answers(session: Session, since: datetime, limit: int = 20) -> list[Mapping[str, Any]]:
    query = select(AnswerRow).where(AnswerRow.at >= since, AnswerRow.attempt != "")
    rows = session.scalars(query.order_by(AnswerRow.at.desc()).limit(limit))
    return [
        {"ticket": row.ticket, "question": row.question, "value": row.value, "by": row.by, "at": _iso(row.at)}
        for row in rows
    ]


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
