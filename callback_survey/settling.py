"""What follows the calls that are over: each callback in one transaction with its ticket, exactly once (R36, R37)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callback_survey import schedule
from callback_survey.attempts import NOT_DIALLED
from callback_survey.deciding import Ended, Stage, Step, Why, after, complete, counts
from callback_survey.questionnaire import CALLBACK
from callback_survey.schedule_tables import CallbackRow, DoNotCallRow
from callback_survey.tables import AnswerRow, AttemptRow
from callback_survey.versions import by_version
from callback_survey.when import Policy
from callqueue.tables import CallRow
from tickets.access import SYSTEM, Action
from tickets.deadlines import DEFAULT, Rules
from tickets.effects_after import needs_person
from tickets.errors import TicketError
from tickets.numbers import insert_for
from tickets.service import act
from tickets.terms import CallbackBy, Solved


@dataclass(frozen=True, slots=True)
class Terms:
    """What settling goes by: when to call, the terms of tickets, and who sends the short message with the link.

    `invite` is given the callback in its session and returns when the link ends, or None when no message can be sent.
    """

    policy: Policy
    rules: Rules = DEFAULT
    invite: Callable[[Session, CallbackRow, datetime], datetime | None] = lambda _session, _row, _at: None
    mobile: Callable[[str], bool] = lambda _phone: False


def next_ended(session: Session, at: datetime) -> str | None:
    """The ticket of a callback for which something is to be done, None when there is none.

    A call is over, or nobody has followed the link in time.
    """
    for stage in (Stage.ENDED, Stage.SMS):
        query = select(CallbackRow.ticket).where(CallbackRow.stage == stage.value, CallbackRow.due_at <= at)
        found = session.scalar(query.order_by(CallbackRow.due_at).limit(1))
        if found:
            return found
    return None


def settle(session: Session, ticket: str, terms: Terms, at: datetime) -> Step | None:
    """What follows, as written; None when somebody else has just done it."""
    query = select(CallbackRow).where(CallbackRow.ticket == ticket).with_for_update()
    row = session.scalar(query)
    if row is None:
        return None
    if row.stage == Stage.SMS.value and row.due_at <= at:
        row.token = ""
        step = Step(Stage.PEOPLE, why=Why.UNREACHED)
    elif row.stage == Stage.ENDED.value:
        step = _follow(session, row, terms, at)
    else:
        return None
    schedule.go_on(session, row, step, at)
    return step


def _follow(session: Session, row: CallbackRow, terms: Terms, at: datetime) -> Step:
    last, answers, ended = _ended(session, row)
    if last is None:
        return Step(Stage.DUE, at)
    row.faults = ended.faults
    step = after(ended, terms.policy, terms.mobile(row.phone))
    if step.stage is Stage.DONE:
        return conclude(session, row.ticket, answers, CallbackBy.AUTO, terms.rules, at)
    if step.stage is Stage.NEVER:
        return _refused(session, row, terms.rules, at)
    if step.stage is Stage.SMS:
        until = terms.invite(session, row, at)
        return Step(Stage.SMS, until) if until else Step(Stage.PEOPLE, why=Why.UNREACHED)
    return step


def _ended(session: Session, row: CallbackRow) -> tuple[AttemptRow | None, Mapping[str, str], Ended]:
    """The last attempt of the round, the answers that matter, and the end of the call as the rules take it."""
    query = select(AttemptRow).where(
        AttemptRow.ticket == row.ticket, AttemptRow.number >= row.first, AttemptRow.outcome != NOT_DIALLED
    )
    made = list(session.scalars(query.order_by(AttemptRow.number)))
    last = made[-1] if made else None
    # An earlier call whose answers came late may have them all: nobody is called for what was said already.
    said = [(one, answers_in(session, one)) for one in reversed(made)]
    answers = next((given for _, given in said if complete(given)), said[0][1] if said else {})
    outcomes = [(one, _fell(session, one.call)) for one in made]
    faults = 0
    for one, fell in reversed(outcomes):
        if counts(one.outcome, fell, 0):
            break
        faults += 1
    tried = [one.started_at for one, fell in outcomes if counts(one.outcome, fell, faults)]
    outcome, fell = (last.outcome, outcomes[-1][1]) if last else ("", False)
    return last, answers, Ended(outcome, answers, fell, row.due_at, tried, faults)


def answers_in(session: Session, attempt: AttemptRow) -> dict[str, str]:
    """Question → value of what was answered about the attempt's ticket; who the citizen is, once for the whole call."""
    query = select(AnswerRow.question, AnswerRow.value).where(
        AnswerRow.call_id == attempt.call,
        (AnswerRow.ticket == attempt.ticket) | (AnswerRow.question == "identity"),
    )
    return {question: value for question, value in session.execute(query)}


def _fell(session: Session, call: str) -> bool:
    path: list[dict[str, Any]] | None = session.scalar(select(CallRow.path).where(CallRow.call_id == call))
    return any(step["at"] == "fallback" for step in path or ())


def conclude(
    session: Session, ticket: str, answers: Mapping[str, str], means: CallbackBy, rules: Rules, at: datetime
) -> Step:
    """What the answers make of the ticket: filed when all is well, else a person calls (R37)."""
    given: dict[str, Any] = {"by_means": means.value}
    given |= {name: answers[name] for name in ("contacted", "truthful", "satisfied") if answers.get(name)}
    # A county's own questionnaire may offer other answers; those stay with the call.
    given |= {"solved": answers["solved"]} if answers.get("solved") in set(Solved) else {}
    try:
        with session.begin_nested():
            called = act(session, ticket, Action.CALLBACK, by=SYSTEM, at=at, rules=rules, **given)
            unhappy = by_version(session, CALLBACK).unhappy(answers)
            if unhappy or needs_person(called):
                return Step(Stage.PEOPLE, why=Why.UNHAPPY)
            act(session, ticket, Action.CLOSE, by=SYSTEM, at=at, rules=rules)
    except TicketError as error:
        # Done again, or filed by hand, while the citizen was on the line: a person looks at it.
        return Step(Stage.PEOPLE, why=f"{Why.TICKET.value}: {error}")
    return Step(Stage.DONE)


def _refused(session: Session, row: CallbackRow, rules: Rules, at: datetime) -> Step:
    """Key 3: the number is not called again for any ticket. The ticket is filed without a word on satisfaction."""
    statement = insert_for(session, DoNotCallRow.__table__).values(phone=row.phone, ticket=row.ticket, at=at)
    session.execute(statement.on_conflict_do_nothing())
    schedule.never(session, row.phone, at)
    step = conclude(session, row.ticket, {}, CallbackBy.AUTO, rules, at)
    return Step(Stage.NEVER) if step.stage is Stage.DONE else step
