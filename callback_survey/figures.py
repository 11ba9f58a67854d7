"""What the callbacks tell: who was reached, what was answered and how, what it cost, and how sure the figures are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from callback_survey import unit_figures
from callback_survey.deciding import Stage
from callback_survey.intervals import share
from callback_survey.listing import DIALLED, REACHED, called_in
from callback_survey.schedule_tables import CallbackRow
from callback_survey.tables import AnswerRow, AttemptRow
from callqueue.tables import CallRow
from tickets.records import TICKETS

SATISFIED = ("1", "2", "3")
_OF_CALLBACKS = AnswerRow.attempt != ""


def figures(session: Session, since: datetime, until: datetime) -> dict[str, Any]:
    """The figures of calls and answers from `since` until before `until`. Who did not answer is in no satisfaction."""
    calls = _calls(session, since, until)
    minutes = sum(math.ceil(seconds / 60) for seconds in calls["talks"])
    return {
        "since": since.isoformat(timespec="seconds"), "until": until.isoformat(timespec="seconds"),
        "callbacks": _stages(session, since, until),
        "calls": sum(calls["outcomes"].values()), "outcomes": dict(calls["outcomes"]),
        "reached": sum(calls["outcomes"][one] for one in REACHED),
        "called_in": called_in(session, since, until),
        "trunk_minutes": minutes, "seconds_a_call": _mean(calls["talks"]),
        "questions": _questions(session, since, until),
        "satisfaction": _share("all", _satisfied(session, since, until, None)),
        "by_unit": _groups(session, since, until, TICKETS.c.lead_unit),
        "by_matter": _groups(session, since, until, TICKETS.c.matter),
        "contacts": unit_figures.contacts(session, since, until),
        "checks": unit_figures.checks(session, since, until),
    }  # fmt: skip


def _calls(session: Session, since: datetime, until: datetime) -> dict[str, Any]:
    query = (
        select(AttemptRow.outcome, CallRow.answered_at, CallRow.ended_at)
        .outerjoin(CallRow, CallRow.call_id == AttemptRow.call)
        .where(DIALLED, AttemptRow.outcome != "")
        .where(AttemptRow.started_at >= since, AttemptRow.started_at < until)
    )
    made = session.execute(query).all()
    talks = [(end - begin).total_seconds() for _, begin, end in made if begin and end]
    return {"outcomes": Counter(outcome for outcome, _, _ in made), "talks": talks}


def _stages(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    query = select(CallbackRow.stage, func.count()).where(CallbackRow.created_at >= since)
    found = session.execute(query.where(CallbackRow.created_at < until).group_by(CallbackRow.stage)).all()
    counted = Counter({stage: number for stage, number in found})
    return {stage.value: counted[stage.value] for stage in Stage}


def _questions(session: Session, since: datetime, until: datetime) -> list[dict[str, Any]]:
    columns = (AnswerRow.question, AnswerRow.value, AnswerRow.by)
    query = select(*columns, func.count()).where(_OF_CALLBACKS, AnswerRow.at >= since, AnswerRow.at < until)
    found = session.execute(query.group_by(*columns).order_by(*columns))
    return [
        {"question": question, "value": value, "by": by, "number": number} for question, value, by, number in found
    ]


def _satisfied(
    session: Session, since: datetime, until: datetime, by: ColumnElement[Any] | None
) -> Sequence[tuple[str, str]]:
    """Group and value of the last answer to `satisfied` of each ticket."""
    group = by if by is not None else TICKETS.c.number
    query = (
        select(AnswerRow.ticket, group, AnswerRow.value)
        .join(TICKETS, TICKETS.c.number == AnswerRow.ticket)
        .where(_OF_CALLBACKS, AnswerRow.question == "satisfied", AnswerRow.at >= since, AnswerRow.at < until)
    )
    last = {ticket: (name or "", value) for ticket, name, value in session.execute(query.order_by(AnswerRow.at))}
    return list(last.values())


def _groups(session: Session, since: datetime, until: datetime, by: ColumnElement[Any]) -> list[dict[str, Any]]:
    found = _satisfied(session, since, until, by)
    names = sorted({name for name, _ in found})
    return [_share(name, [one for one in found if one[0] == name]) for name in names]


def _share(name: str, found: Sequence[tuple[str, str]]) -> dict[str, Any]:
    good, all_ = sum(value in SATISFIED for _, value in found), len(found)
    return {"name": name, "answers": all_, "satisfied": good, **share(good, all_)}


def _mean(values: Iterable[float]) -> float:
    every = list(values)
    return round(sum(every) / len(every), 1) if every else 0.0
