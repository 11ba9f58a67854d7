"""Callbacks by people (R37) and in person (R39): who waits for one, the call, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callback_survey.deciding import Stage
from callback_survey.hand_tables import CheckRow, HandCallRow
from callback_survey.schedule_tables import CallbackRow, DoNotCallRow
from callqueue.missed import Rules as Hours
from callqueue.missed import allowed
from callqueue.tables import CallRow
from tickets.access import SYSTEM, UNIT_ROLES, Action, Actor
from tickets.deadlines import Rules
from tickets.effects_after import needs_person
from tickets.errors import Forbidden, Impossible, Invalid
from tickets.masking import is_masked
from tickets.records import load
from tickets.service import act
from tickets.terms import CallbackBy, Term
from tickets.ticket import Ticket

MEANS = (CallbackBy.PERSON, CallbackBy.VISIT)
ASKED: Mapping[str, tuple[str, ...]] = {
    "contacted": ("yes", "no"), "solved": ("yes", "partly", "no"), "truthful": ("yes", "no"),
    "satisfied": ("1", "2", "3", "4", "5"),
}  # fmt: skip
"""What the citizen is asked, as in the callback by machine, and the answers there are."""
TRIES = 2  # in vain, before nobody need try again
_PLACING = timedelta(seconds=120)
_HAND = re.compile(r"hand-([0-9]{12})-[0-9]{1,9}")
_CHECK = re.compile(r"check-([0-9]{1,9})-[0-9]{6}")  # console/desk_checks.py


class Result(Term):
    """How a try ended."""

    REACHED = "reached", "已回访"
    NO_ANSWER = "no-answer", "未联系上"
    REFUSED = "refused", "不愿接受回访"
    WRONG_NUMBER = "wrong-number", "号码不是本人"
    GIVEN_UP = "given-up", "多次未联系上，不再回访"


_ENDS = (Result.REACHED, Result.REFUSED, Result.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class Told:
    """What a person says of a try. `answers`: question → value of `ASKED`, all of them when the citizen was reached."""

    means: CallbackBy
    result: Result
    answers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    place: str = ""
    companions: str = ""


def tries_of(session: Session, ticket: str) -> list[dict[str, Any]]:
    """Every try about a ticket, oldest first, with the recordings of calls that were placed from the page."""
    rows = session.scalars(select(HandCallRow).where(HandCallRow.ticket == ticket).order_by(HandCallRow.id))
    return [
        {
            "means": row.means, "by": row.by, "unit": row.unit, "at": row.at, "result": row.result,
            "answers": row.answers, "note": row.note, "place": row.place, "companions": row.companions,
            "files": _recorded(session, row.channel),
        }
        for row in rows
    ]  # fmt: skip


def _recorded(session: Session, channel: str) -> list[str]:
    call = session.get(CallRow, channel) if channel else None
    return [str(one["file"]) for one in call.recordings] if call else []


def ticket_of(session: Session, call_id: str) -> str:
    """The ticket that a call was about which was placed from its page or from the office's sample; "" for any other."""
    if hand := _HAND.fullmatch(call_id):
        made = select(HandCallRow.ticket).where(HandCallRow.ticket == hand[1], HandCallRow.channel == call_id)
        return session.scalar(made.limit(1)) or ""
    check = _CHECK.fullmatch(call_id)
    row = session.get(CheckRow, int(check[1])) if check else None
    return row.ticket if row else ""


def why(session: Session, ticket: str) -> str | None:
    """Why a person is to call about the ticket, None when nobody is."""
    row = session.get(CallbackRow, ticket)
    return row.why if row and row.stage == Stage.PEOPLE.value else None


def refused(session: Session, phone: str) -> bool:
    """Whether the number asked not to be called for callbacks any more (key 3)."""
    return session.get(DoNotCallRow, phone) is not None


def begin_call(session: Session, number: str, agent: str, by: Actor, at: datetime, hours: Hours) -> Mapping[str, str]:
    """What `missed.originate` needs to ring the agent and then the citizen; to be committed before anything is dialled.

    Raises Impossible outside the hours in which citizens may be called, while such a call is being placed, and for
    whoever wants no such calls.
    """
    ticket = _waits(session, number, by)
    if allowed(hours, at) != at:
        raise Impossible("现在是免打扰时段，不能拨打群众电话")
    last = _pending(session, number)
    if last and at - last.at < _PLACING:
        raise Impossible("正在呼叫这位群众，请稍候")
    if not ticket.phone:
        raise Impossible("没有可拨打的号码")
    if refused(session, ticket.phone):
        raise Impossible("群众不愿再接回访，不能拨打")
    made = session.scalar(select(func.count()).where(HandCallRow.ticket == number)) or 0
    channel = f"hand-{number}-{made + 1}"
    session.add(HandCallRow(ticket=number, means=CallbackBy.PERSON.value, by=by.name, unit=by.unit, at=at, answers={},
                            channel=channel))  # fmt: skip
    session.flush()
    return {"channel": channel, "phone": ticket.phone, "agent": agent}


def record(session: Session, number: str, told: Told, by: Actor, rules: Rules, at: datetime) -> bool:
    """Whether the callback is over: then the ticket has moved. What was said is kept with the try in any case.

    A citizen who tells the office that all is well has the ticket filed; everything else is for the office to look at.

    Raises Impossible, Invalid, Forbidden.
    """
    _waits(session, number, by)
    _check(session, number, told)
    row = _pending(session, number)
    if row is None or told.means is CallbackBy.VISIT:
        row = HandCallRow(ticket=number, at=at)
        session.add(row)
    row.means, row.by, row.unit, row.result = told.means.value, by.name, by.unit, told.result.value
    row.answers, row.note = dict(told.answers), told.note
    row.place, row.companions = told.place, told.companions
    session.flush()
    if told.result not in _ENDS:
        return False
    given: dict[str, Any] = {"by_means": told.means.value, **told.answers, "reason": _reason(told)}
    called = act(session, number, Action.CALLBACK, by=by, at=at, rules=rules, **given)
    if told.result is Result.REACHED and by.role not in UNIT_ROLES and not needs_person(called):
        act(session, number, Action.CLOSE, by=SYSTEM, at=at, rules=rules)  # all is well, as after a call of the machine
    return True


def _waits(session: Session, number: str, by: Actor) -> Ticket:
    ticket = load(session, number)
    if is_masked(ticket, by):
        raise Forbidden("保密工单由热线办回访")
    if by.role in UNIT_ROLES and by.unit != ticket.lead_unit:
        raise Forbidden("只有牵头单位能回访")
    if why(session, number) is None:
        raise Impossible("这件工单不在待人工回访之列")
    return ticket


def _check(session: Session, number: str, told: Told) -> None:
    if told.means not in MEANS:
        raise Invalid("回访方式", "应为人工回访或当面回访")
    if told.means is CallbackBy.VISIT and not told.place:
        raise Invalid("回访地点", "当面回访要填写地点")
    if told.result is Result.REACHED:
        missing = [name for name in ASKED if told.answers.get(name) not in ASKED[name]]
        if missing:
            raise Invalid("群众回答", "已回访的要填写每一项回答")
    elif told.answers:
        raise Invalid("群众回答", "没有回访到的不填写回答")
    if told.result in (Result.REFUSED, Result.WRONG_NUMBER) and len(told.note) < 2:
        raise Invalid("说明", "请说明情况")
    if told.result is Result.GIVEN_UP:
        vain = select(func.count()).where(HandCallRow.ticket == number, HandCallRow.result != "")
        if (session.scalar(vain) or 0) < TRIES:
            raise Invalid("结果", f"至少{TRIES}次未联系上，才能不再回访")


def _pending(session: Session, number: str) -> HandCallRow | None:
    query = select(HandCallRow).where(HandCallRow.ticket == number, HandCallRow.result == "")
    return session.scalar(query.order_by(HandCallRow.id.desc()).limit(1))


def _reason(told: Told) -> str:
    where = f"地点：{told.place}" if told.place else ""
    together = f"会同：{told.companions}" if told.companions else ""
    return "；".join(part for part in (told.result.label, where, together, told.note) if part)
