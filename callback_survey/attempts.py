"""Attempts and answers in the database. A citizen is never called twice by accident: one open attempt a ticket."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from callback_survey.deciding import Stage
from callback_survey.errors import SurveyError
from callback_survey.questionnaire import CALLBACK
from callback_survey.schedule_tables import CallbackRow
from callback_survey.tables import AnswerRow, AttemptRow
from callqueue.calls import Answer, Call
from callqueue.disposition import Disposition
from callqueue.sql import upsert
from callqueue.tables import CallRow
from tickets import records
from tickets.terms import CallbackBy, RequestType

_PHONE = re.compile(r"0?1[3-9][0-9]{9}|0[0-9]{9,11}|[2-8][0-9]{6,7}")  # mobile, with area code, local
DIALLING = timedelta(seconds=120)  # within it every call that was dialled is in Asterisk's log
NOT_DIALLED = "not-dialled"  # the outcome of an attempt that was given back
# Made once: to make a statement takes longer than to run it.
_SERVED = select(AttemptRow.channel).where(AttemptRow.call == bindparam("call"), AttemptRow.outcome == "").limit(1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What dialling needs: the channel's id, whom to call, and what the citizen is told of the ticket (R4)."""

    channel: str
    ticket: str
    number: int
    phone: str
    day: date
    topic: str
    questionnaire: str = CALLBACK


def callable_number(phone: str) -> bool:
    """Whether a number of digits can be called."""
    return bool(_PHONE.fullmatch(phone))


def open_attempt(session: Session, ticket: str, at: datetime, call: str = "") -> Attempt:
    """A new attempt, to be committed before anything is dialled. Raises SurveyError, tickets' NotFound.

    `call` is the channel of the call that serves it, when another attempt of the same citizen has opened it.
    """
    found = records.load(session, ticket)
    if not callable_number(found.phone):
        raise SurveyError(f"ticket {ticket} has no telephone number that can be called")
    _settle_open(session, ticket, at)
    last = session.scalar(select(func.max(AttemptRow.number)).where(AttemptRow.ticket == ticket)) or 0
    channel = f"survey-{ticket}-{last + 1}"
    session.add(
        AttemptRow(
            channel=channel, ticket=ticket, number=last + 1, phone=found.phone, call=call or channel, started_at=at
        )
    )
    session.flush()
    _of_callback(session, ticket, at, stage=Stage.CALLING.value, channel=channel)
    day = found.created_at.date()
    return Attempt(channel, ticket, last + 1, found.phone, day, _topic(found.request_type, found.queue))


def subjects_of(session: Session, call: str) -> list[Attempt]:
    """The open attempts that one call serves, the one that gave it its channel first."""
    query = select(AttemptRow).where(AttemptRow.call == call, AttemptRow.outcome == "").order_by(AttemptRow.ticket)
    rows = sorted(session.scalars(query), key=lambda row: row.channel != call)
    return [_attempt_of(session, row) for row in rows]


def _attempt_of(session: Session, row: AttemptRow) -> Attempt:
    found = records.load(session, row.ticket)
    topic = _topic(found.request_type, found.queue)
    return Attempt(row.channel, row.ticket, row.number, row.phone, found.created_at.date(), topic)


def begin_dialling(session: Session, call: str, at: datetime) -> bool:
    """Whether the caller of this function, and nobody else ever, is to dial the call; to be committed before it does.

    False when it was dialled before, or has ended: then it is only looked up.
    """
    rows = update(AttemptRow).where(AttemptRow.call == call, AttemptRow.outcome == "", AttemptRow.dialled_at.is_(None))
    return bool(cast(CursorResult[Any], session.execute(rows.values(dialled_at=at))).rowcount)


def _of_callback(session: Session, ticket: str, at: datetime, **values: Any) -> None:
    """Tells the ticket's callback, if it has one, that an attempt has begun or ended."""
    going = (Stage.DUE.value, Stage.CALLING.value)
    query = update(CallbackRow).where(CallbackRow.ticket == ticket, CallbackRow.stage.in_(going))
    session.execute(query.values(changed_at=at, **values))


def _settle_open(session: Session, ticket: str, at: datetime) -> None:
    """Raises SurveyError while an attempt runs; one that no call came of (a crash before dialling) is ended."""
    close_from_ledger(session)
    query = select(AttemptRow).where(AttemptRow.ticket == ticket, AttemptRow.outcome == "")
    for row in session.scalars(query):
        known = session.get(CallRow, row.call) is not None
        if known or at - row.started_at < DIALLING:
            raise SurveyError(f"ticket {ticket} is being called at this moment (attempt {row.channel})")
        row.outcome, row.ended_at = Disposition.FAILED.value, at
    session.flush()


def _topic(kind: RequestType, queue: str) -> str:
    """A draft has no type yet: what the caller chose in the menu says most."""
    return kind.value or (RequestType.HELP if queue == "request" else RequestType.CONSULT).value


def close_attempt(session: Session, call: str, outcome: str, at: datetime) -> None:
    """Ends the attempts that a call serves; those that have ended already stay as they are."""
    if session.connection().scalar(_SERVED, {"call": call}) is None:
        return  # of every call that ends, nearly all
    rows = session.scalars(select(AttemptRow).where(AttemptRow.call == call, AttemptRow.outcome == "")).all()
    for row in rows:
        row.outcome, row.ended_at = outcome, at
        _of_callback(session, row.ticket, at, stage=Stage.ENDED.value, due_at=at)


def close_from_ledger(session: Session) -> int:
    """How many open attempts were ended because the ledger says how their calls ended."""
    query = select(AttemptRow.call, CallRow.disposition, CallRow.ended_at).join(
        CallRow, CallRow.call_id == AttemptRow.call
    )
    rows = session.execute(query.where(AttemptRow.outcome == "", CallRow.ended_at.is_not(None))).all()
    for call, disposition, ended_at in rows:
        close_attempt(session, call, disposition, cast(datetime, ended_at))
    return len(rows)


def placed(session: Session, call: Call) -> Call:
    """The call with what its attempt knows; the call's own notes are written when it is answered."""
    row = session.get(AttemptRow, call.call_id)
    if row is None:
        return call
    return replace(
        call, line="12345", caller=row.phone, dialled=row.phone, ticket_no=row.ticket, attempt=row.channel
    )


def keep_answer(session: Session, call: Call, answer: Answer) -> None:
    """Writes an answer to the attempt of its ticket in the call; given again, it replaces what it was."""
    ticket = answer.ticket or call.ticket_no
    query = select(AttemptRow.channel).where(AttemptRow.call == call.call_id)
    attempt = session.scalar(query.where(AttemptRow.ticket == ticket)) or session.scalar(query.limit(1)) or ""
    row = {
        "call_id": call.call_id, "question": answer.question, "attempt": attempt,
        "ticket": ticket, "value": answer.value, "by": answer.by,
        "questionnaire": answer.questionnaire, "version": answer.version, "confidence": answer.confidence,
        "heard": answer.heard, "file": answer.file, "start": answer.start, "at": answer.at,
    }
    upsert(session, AnswerRow, [row])


def shown(session: Session, ticket: str) -> dict[str, Any]:
    """Every attempt and answer of a ticket as plain values, oldest first. Raises tickets' NotFound."""
    records.load(session, ticket)
    answers = session.scalars(select(AnswerRow).where(AnswerRow.ticket == ticket).order_by(AnswerRow.at)).all()
    # A call about several tickets is one of them's attempt; its answers about this one are told with it.
    shared = {one.attempt for one in answers}
    query = select(AttemptRow).where(or_(AttemptRow.ticket == ticket, AttemptRow.channel.in_(shared)))
    attempts = session.scalars(query.order_by(AttemptRow.started_at))
    return {
        "ticket": ticket,
        "attempts": [_attempt(row, [one for one in answers if one.attempt == row.channel]) for row in attempts],
        "web": [_answer(one) for one in answers if one.by == CallbackBy.WEB.value],
        "ratings": [_answer(one) for one in answers if not one.attempt],
    }


def answers_of(session: Session, call_id: str) -> list[dict[str, Any]]:
    """The answers of one call so far, oldest first."""
    query = select(AnswerRow).where(AnswerRow.call_id == call_id).order_by(AnswerRow.at)
    return [_answer(row) for row in session.scalars(query)]


def _attempt(row: AttemptRow, answers: list[AnswerRow]) -> dict[str, Any]:
    return {
        "attempt": row.channel, "number": row.number, "phone": row.phone,
        "started_at": row.started_at.isoformat(timespec="seconds"),
        "ended_at": row.ended_at and row.ended_at.isoformat(timespec="seconds"),
        "outcome": row.outcome or Disposition.OPEN.value, "answers": [_answer(one) for one in answers],
    }


def _answer(row: AnswerRow) -> dict[str, Any]:
    return {
        "question": row.question, "value": row.value, "by": row.by, "questionnaire": row.questionnaire,
        "version": row.version, "confidence": row.confidence, "heard": row.heard, "file": row.file, "start": row.start,
        "at": row.at.isoformat(timespec="milliseconds"), "call_id": row.call_id,
    }
