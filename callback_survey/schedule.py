"""The schedule of callbacks: a row a ticket, picked by index; every change is one short transaction (R36).

The schedule is a table of ours, because a million of them may wait for weeks; the durable queue (`durable.py`) holds
only calls in progress.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, func, select, update
from sqlalchemy.orm import Session, aliased

from callback_survey import attempts
from callback_survey.attempts import Attempt
from callback_survey.deciding import Stage, Step, Why
from callback_survey.errors import SurveyError
from callback_survey.schedule_tables import CallbackRow, DoNotCallRow, PauseRow
from callback_survey.tables import AttemptRow
from tickets.numbers import insert_for
from tickets.terms import CallbackBy, State
from tickets.ticket import Ticket

TOGETHER = 5  # tickets of one citizen that one call may ask about
WAITING = (Stage.DUE, Stage.SMS, Stage.PEOPLE)


def follow(session: Session, ticket: Ticket, at: datetime) -> None:
    """Keeps the ticket's callback in step with the ticket, in the same transaction as the ticket's move.

    Review passed: a callback is scheduled. Called back by a person, filed, or done again: it is over.
    """
    if ticket.state is State.REVIEWED:
        _schedule(session, ticket, at)
    elif ticket.state is State.CLOSED or ticket.callback_by in (CallbackBy.PERSON, CallbackBy.VISIT):
        _end(session, ticket.number, Stage.DONE, at)
    elif ticket.state is not State.CALLBACK:
        _end(session, ticket.number, Stage.CANCELLED, at)


def _schedule(session: Session, ticket: Ticket, at: datetime) -> None:
    phone = ticket.phone
    refused = session.get(DoNotCallRow, phone) is not None
    number = attempts.callable_number(phone)
    stage = Stage.DUE if number and not refused else Stage.PEOPLE
    why = Why.REFUSED.value if refused else "" if number else Why.NUMBER.value
    first = (session.scalar(select(func.max(AttemptRow.number)).where(AttemptRow.ticket == ticket.number)) or 0) + 1
    fresh = {
        "phone": phone, "stage": stage.value, "due_at": at, "first": first, "faults": 0, "channel": "",
        "why": why, "token": "", "created_at": at, "changed_at": at,
    }
    statement = insert_for(session, CallbackRow.__table__).values(ticket=ticket.number, round=1, **fresh)
    session.execute(
        statement.on_conflict_do_update(index_elements=["ticket"], set_={**fresh, "round": CallbackRow.round + 1})
    )


def _end(session: Session, ticket: str, stage: Stage, at: datetime) -> None:
    waits = CallbackRow.stage.in_([one.value for one in WAITING])
    query = update(CallbackRow).where(CallbackRow.ticket == ticket, waits)
    session.execute(query.values(stage=stage.value, changed_at=at, token=""))


def any_due(session: Session, at: datetime) -> bool:
    """Whether a callback is due; reads one entry of an index, so that looking in vain costs no write lock."""
    query = select(CallbackRow.ticket).where(CallbackRow.stage == Stage.DUE.value, CallbackRow.due_at <= at).limit(1)
    return session.scalar(query) is not None


def dialled(session: Session, call: str) -> bool:
    """Whether the call was dialled, or is over: then it is not given back any more."""
    query = select(AttemptRow.channel).where(
        AttemptRow.call == call, AttemptRow.outcome == "", AttemptRow.dialled_at.is_(None)
    )
    return session.scalar(query) is None


def claim(session: Session, at: datetime, room: int) -> list[Attempt]:
    """The next calls, at most `room`, their attempts opened; to be committed before any is dialled.

    One call asks about all tickets of a citizen that wait for a call. A citizen who is on the line with us is left.
    """
    calls: list[Attempt] = []
    for row in session.scalars(_due(at, room)):
        if row.stage == Stage.DUE.value:  # not taken along by a call before it in this list
            calls += _open(session, row, at)
    return calls


def _due(at: datetime, room: int) -> Any:
    other = aliased(CallbackRow)
    busy = select(other.ticket).where(other.phone == CallbackRow.phone, other.stage == Stage.CALLING.value)
    query = select(CallbackRow).where(
        CallbackRow.stage == Stage.DUE.value, CallbackRow.due_at <= at, ~busy.exists()
    )
    return query.order_by(CallbackRow.due_at).limit(room).with_for_update(skip_locked=True)


def _open(session: Session, row: CallbackRow, at: datetime) -> list[Attempt]:
    same = (CallbackRow.phone == row.phone, CallbackRow.stage == Stage.DUE.value, CallbackRow.ticket != row.ticket)
    query = select(CallbackRow).where(*same).order_by(CallbackRow.due_at).limit(TOGETHER - 1)
    also = session.scalars(query.with_for_update(skip_locked=True)).all()
    try:
        lead = attempts.open_attempt(session, row.ticket, at)
        for one in also:
            attempts.open_attempt(session, one.ticket, at, call=lead.channel)
    except SurveyError as error:
        # Called by hand at this moment, or its number was taken away: looked at again a little later.
        session.execute(_set(row.ticket, at, due_at=at + attempts.DIALLING, why=str(error)[:200]))
        return []
    for one in (row, *also):
        session.refresh(one)
    return [lead]


def _set(ticket: str, at: datetime, **values: Any) -> Any:
    return update(CallbackRow).where(CallbackRow.ticket == ticket).values(changed_at=at, **values)


def give_back(session: Session, call: str, at: datetime, due_at: datetime) -> None:
    """Ends a call that was never dialled, as if it had not been picked."""
    rows = session.scalars(select(AttemptRow).where(AttemptRow.call == call, AttemptRow.outcome == "")).all()
    for row in rows:
        row.outcome, row.ended_at = attempts.NOT_DIALLED, at
        session.execute(_set(row.ticket, at, stage=Stage.DUE.value, due_at=due_at, channel=""))


def go_on(session: Session, row: CallbackRow, step: Step, at: datetime) -> None:
    """Writes what follows a call; `row` is of the session."""
    row.stage, row.due_at, row.why = step.stage.value, step.due_at or at, str(step.why)[:200]
    row.channel, row.changed_at = "", at


def paused(session: Session, trunk: str) -> bool:
    """Whether calling over the trunk is paused."""
    return session.get(PauseRow, trunk) is not None


def pause(session: Session, trunk: str, by: str, at: datetime) -> None:
    """Pauses calling until `resume`; calls in progress are finished."""
    statement = insert_for(session, PauseRow.__table__).values(trunk=trunk, by=by, at=at)
    session.execute(statement.on_conflict_do_nothing())


def resume(session: Session, trunk: str) -> None:
    """Lets calling go on."""
    row = session.get(PauseRow, trunk)
    if row:
        session.delete(row)


def cancel(session: Session, tickets: Sequence[str], at: datetime) -> int:
    """How many callbacks were cancelled: those that wait; one in progress, or over, stays."""
    waits = CallbackRow.stage.in_([one.value for one in WAITING])
    query = update(CallbackRow).where(CallbackRow.ticket.in_(tickets), waits)
    done = session.execute(query.values(stage=Stage.CANCELLED.value, token="", changed_at=at))
    return int(cast(CursorResult[Any], done).rowcount)


def call_now(session: Session, tickets: Sequence[str], at: datetime) -> int:
    """How many callbacks are due at once now, within the calling hours: waiting ones, and those with a person."""
    waits: ColumnElement[bool] = CallbackRow.stage.in_([one.value for one in WAITING])
    query = update(CallbackRow).where(CallbackRow.ticket.in_(tickets), waits)
    done = session.execute(query.values(stage=Stage.DUE.value, due_at=at, why="", token="", changed_at=at))
    return int(cast(CursorResult[Any], done).rowcount)


def never(session: Session, phone: str, at: datetime) -> None:
    """Takes the number's other callbacks off the schedule: the citizen wants none (key 3), the office files them."""
    waits = CallbackRow.stage.in_([Stage.DUE.value, Stage.SMS.value])
    query = update(CallbackRow).where(CallbackRow.phone == phone, waits)
    session.execute(query.values(stage=Stage.PEOPLE.value, why=Why.REFUSED.value, token="", changed_at=at))
