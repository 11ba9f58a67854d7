"""The citizen who calls back a missed callback is asked then and there: their own attempts, on their own call (R36)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callback_survey import attempts
from callback_survey.attempts import NOT_DIALLED, Attempt
from callback_survey.contact import forms
from callback_survey.deciding import Stage, Why
from callback_survey.errors import SurveyError
from callback_survey.schedule import TOGETHER
from callback_survey.schedule_tables import CallbackRow
from callback_survey.tables import AttemptRow

REMEMBERED = timedelta(days=7)  # who calls later has not seen our call among the missed ones a moment ago
_MACHINES = (Stage.DUE, Stage.SMS)
_PEOPLES = (Why.UNREACHED, Why.PARTIAL)


def waits(session: Session, phone: str, at: datetime) -> bool:
    """Whether a callback of the number was missed lately and waits still; reads a few entries of an index."""
    asked = {"phones": forms(phone) if phone else [], "since": at - REMEMBERED}
    return session.connection().scalar(_WAITS, asked) is not None


def waits_about(session: Session, ticket: str) -> bool:
    """Whether a callback about the ticket waits: whoever is verified may be asked at once."""
    return session.scalar(_of(CallbackRow.ticket == ticket).limit(1)) is not None


def begin(session: Session, call: str, phone: str, at: datetime, ticket: str = "") -> list[Attempt]:
    """The attempts that the citizen's own call serves, opened: about the ticket, or all that were missed by the number.

    They count as dialled, so nobody dials; [] when nothing waits any more. To be committed before anything is asked.
    """
    query = _of(CallbackRow.ticket == ticket) if ticket else _missed(phone, at)
    rows = session.scalars(query.order_by(CallbackRow.due_at).limit(TOGETHER).with_for_update()).all()
    opened = [made for row in rows if (made := _open(session, row, call, at))]
    session.flush()
    return opened


def _open(session: Session, row: CallbackRow, call: str, at: datetime) -> Attempt | None:
    # From here on it is as if the machine had called: the link is no longer good, and a person need not call.
    row.stage, row.due_at, row.why, row.token = Stage.DUE.value, at, "", ""
    session.flush()
    try:
        made = attempts.open_attempt(session, row.ticket, at, call=call)
    except SurveyError:
        return None  # it is being called by hand at this moment
    session.get_one(AttemptRow, made.channel).dialled_at = at
    session.refresh(row)
    return made


def _missed(phone: str, at: datetime) -> Any:
    """Callbacks of the number whose last call was not long ago."""
    return _MISSED.params(phones=forms(phone) if phone else [], since=at - REMEMBERED)


def _of(*wanted: Any) -> Any:
    machines = CallbackRow.stage.in_([stage.value for stage in _MACHINES])
    peoples = (CallbackRow.stage == Stage.PEOPLE.value) & CallbackRow.why.in_([why.value for why in _PEOPLES])
    return select(CallbackRow).where(*wanted, machines | peoples)


_CALLED = select(AttemptRow.ticket).where(
    AttemptRow.ticket == CallbackRow.ticket, AttemptRow.number >= CallbackRow.first,
    AttemptRow.dialled_at >= bindparam("since"), AttemptRow.outcome.notin_(["", NOT_DIALLED]),
)  # fmt: skip
_MISSED = _of(CallbackRow.phone.in_(bindparam("phones", expanding=True)), _CALLED.exists())
_WAITS = _MISSED.with_only_columns(CallbackRow.ticket).limit(1)
"""Made once: every caller waits for it, and to make it takes longer than to run it."""
