"""Building the calls of some visits anew, writing them, and handing them on."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, select
from sqlalchemy.orm import Session

from callqueue import sql
from callqueue.calls import Answer, Call, Direction
from callqueue.groups import Group
from callqueue.ledger import visit
from callqueue.notes import RATING, RATING_REASON
from callqueue.queuelog import STARTED
from callqueue.rows import answer_key, call_row, emergency_row
from callqueue.tables import CallRow, EmergencyRow, QueueLogRow

log = logging.getLogger(__name__)

RATINGS = frozenset({RATING, RATING_REASON})
"""Answers that are handed over when the call is over, when it has its ticket; all others at once."""

# Made once: to make a statement takes longer than to run it.
_SOME: BindParameter[Any] = bindparam("some", expanding=True)
_OLD_COLUMNS = (CallRow.call_id, CallRow.ticket_no, CallRow.handed_over, CallRow.answers)
_OLD = select(*_OLD_COLUMNS).where(CallRow.call_id.in_(_SOME))
_MARKS = select(QueueLogRow.at).where(QueueLogRow.event == STARTED, QueueLogRow.at > bindparam("first"))
_GONE = delete(CallRow.__table__).where(CallRow.call_id.in_(_SOME))  # type: ignore[arg-type]
_EMERGENCIES = delete(EmergencyRow.__table__).where(EmergencyRow.call_id.in_(_SOME))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Handover:
    """Who takes what the ledger finds out; called inside the ledger's transaction, in a savepoint of its own.

    `on_closed` takes a call that is over and returns the number of its ticket, None when it has none. `on_answer` takes
    an answer of the call. Each is called once; what raised is rolled back and taken up again by `hand_over_missed`.
    `placed` completes a call that the hotline placed, which may have ended before anybody could note what it is about.
    """

    on_closed: Callable[[Session, Call], str | None]
    on_answer: Callable[[Session, Call, Answer], None]
    placed: Callable[[Session, Call], Call]


@dataclass(slots=True)
class _Old:
    """What the rows that a visit had so far say of it."""

    call_ids: set[str]
    ticket_no: str
    handed_over: bool
    handed: set[tuple[str, str]]


def build(session: Session, groups: Iterable[Group], handover: Handover | None) -> tuple[int, int]:
    """How many calls were built, and how many of them are over; their rows are written."""
    # In the order of the calls, so that what is handed over gets its numbers in that order.
    whole = sorted((group for group in groups if group.events), key=lambda group: group.first)
    marks = _marks(session, whole)
    olds = _olds(session, whole)
    rows, emergencies, gone = [], [], set()
    for group in whole:
        old = _old(olds, group)
        call = _visit(group, marks)
        gone |= old.call_ids - {call.call_id if call else ""}
        if call is None:
            continue
        call, row = _row(session, call, old, handover)
        rows.append(row)
        emergencies += [emergency_row(call.call_id, record) for record in call.emergencies]
    _write(session, rows, emergencies, gone)
    return len(rows), sum(row["ended_at"] is not None for row in rows)


def _visit(group: Group, marks: Sequence[int]) -> Call | None:
    latest = max(event.at for event in group.events)
    after = bisect_right(marks, latest)
    try:
        return visit(group.events, group.rows, marks[after] if after < len(marks) else None)
    except Exception:
        # One visit that cannot be understood must not keep all others out of the ledger.
        log.exception("the visit of linkedids %s could not be built", sorted(group.linkedids))
        return None


def _marks(session: Session, groups: Sequence[Group]) -> list[int]:
    """When Asterisk was started, in order, as far as it matters for these visits."""
    if not groups:
        return []
    return sorted(session.connection().scalars(_MARKS, {"first": groups[0].first}))


def _olds(session: Session, groups: Sequence[Group]) -> dict[str, Any]:
    found = {}
    for some in sql.portions(one for group in groups for one in group.linkedids):
        for row in session.connection().execute(_OLD, {"some": some}):
            found[row.call_id] = row
    return found


def _old(olds: dict[str, Any], group: Group) -> _Old:
    rows = [olds[one] for one in sorted(group.linkedids) if one in olds]
    handed = {(item["question"], item["at"]) for row in rows for item in row.answers if item["handed"]}
    ticket = next((row.ticket_no for row in rows if row.ticket_no), "")
    return _Old({row.call_id for row in rows}, ticket, any(row.handed_over for row in rows), handed)


def _row(session: Session, call: Call, old: _Old, handover: Handover | None) -> tuple[Call, dict[str, Any]]:
    """The call with its ticket, and its row, after it was handed over if that is due."""
    if handover and call.direction is Direction.CALLBACK:
        call = handover.placed(session, call)
    call = replace(call, ticket_no=call.ticket_no or old.ticket_no)
    closed = call.ended_at is not None
    due = [
        answer for answer in call.answers
        if answer_key(answer) not in old.handed and (closed or answer.question not in RATINGS)
    ]  # fmt: skip
    handed, handed_over = old.handed, old.handed_over
    if handover and (due or (closed and not handed_over)):
        taken = _hand_over(session, handover, call, due, closed and not handed_over)
        if taken is not None:
            call, handed_over = replace(call, ticket_no=taken), handed_over or closed
            handed = handed | {answer_key(answer) for answer in due}
    row = call_row(call, handed_over)
    for item, answer in zip(row["answers"], call.answers, strict=True):
        item["handed"] = answer_key(answer) in handed
    return call, row


def _hand_over(
    session: Session, handover: Handover, call: Call, answers: Sequence[Answer], closes: bool
) -> str | None:
    """The call's ticket number ("" for none) when all was taken, None when something was not."""
    try:
        with session.begin_nested():
            ticket = (handover.on_closed(session, call) if closes else None) or call.ticket_no
            call = replace(call, ticket_no=ticket)
            for answer in answers:
                handover.on_answer(session, call, answer)
        return ticket
    except Exception:
        # The other side's fault must not stop the ledger; the call is handed over again later.
        log.exception("call %s could not be handed over", call.call_id)
        return None


def _write(
    session: Session, rows: list[dict[str, Any]], emergencies: list[dict[str, Any]], gone: set[str]
) -> None:
    for some in sql.portions(gone):
        session.connection().execute(_GONE, {"some": some})
    sql.upsert(session, CallRow, rows)
    for some in sql.portions(row["call_id"] for row in rows):
        session.connection().execute(_EMERGENCIES, {"some": some})
    sql.upsert(session, EmergencyRow, emergencies)
