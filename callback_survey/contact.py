"""Whether the unit contacted the citizen: what it says, what the citizen says, what the ledger of calls shows (R23).

The ledger knows the calls made over the hotline's own lines; a call from a unit's own telephone is not in it. So no
call in the ledger proves nothing alone; with a citizen who says that nobody called, it is for the office to look into.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callback_survey.tables import AnswerRow
from callqueue.calls import Direction
from callqueue.tables import CallRow
from store.base import now
from tickets.terms import Term
from tickets.ticket import Ticket


class Verdict(Term):
    """What the three make together."""

    UNCLAIMED = "unclaimed", "单位尚未登记联系"
    OPEN = "open", "群众尚未回答"
    AGREED = "agreed", "说法一致"
    DENIED = "denied", "群众称未联系，台账没有通话"
    DISPUTED = "disputed", "群众称未联系，台账有通话"


@dataclass(frozen=True, slots=True)
class Made:
    """A call to the citizen in the ledger: when, by which agent, seconds of talk."""

    at: datetime
    agent: str
    talk_s: float


@dataclass(frozen=True, slots=True)
class Compared:
    """Since when the unit says to have contacted the citizen, what the citizen says (yes, no, ""), calls, verdict."""

    claimed_at: datetime | None
    citizen: str
    calls: tuple[Made, ...]
    verdict: Verdict


def compared(session: Session, ticket: Ticket) -> Compared:
    """The three about a ticket."""
    query = select(AnswerRow.value).where(AnswerRow.ticket == ticket.number, AnswerRow.question == "contacted")
    citizen = session.scalar(query.order_by(AnswerRow.at.desc()).limit(1)) or ""
    begin = ticket.dispatched_at or ticket.created_at
    made = calls_to(session, ticket.phone, begin, ticket.resolved_at or now())
    return Compared(ticket.contacted_at, citizen, made, verdict(ticket.contacted_at is not None, citizen, made))


def verdict(claimed: bool, citizen: str, made: Sequence[Made]) -> Verdict:
    """What a claim, an answer and the calls make together."""
    if citizen == "no":
        return Verdict.DISPUTED if any(one.talk_s > 0 for one in made) else Verdict.DENIED
    if citizen == "yes":
        return Verdict.AGREED
    return Verdict.OPEN if claimed else Verdict.UNCLAIMED


def calls_to(session: Session, phone: str, begin: datetime, end: datetime) -> tuple[Made, ...]:
    """The calls that people made to a number, oldest first; none of the machine's callbacks, nor of the office's own
    (callbacks by hand, checks), which say nothing of the unit's.
    """
    if not phone:
        return ()
    query = select(CallRow.started_at, CallRow.agent, CallRow.talk_s).where(
        CallRow.dialled.in_(forms(phone)), CallRow.direction == Direction.OUTBOUND.value,
        CallRow.started_at >= begin, CallRow.started_at <= end,
        ~CallRow.call_id.startswith("hand-"), ~CallRow.call_id.startswith("check-"),
    )
    return tuple(Made(at, agent, talk) for at, agent, talk in session.execute(query.order_by(CallRow.started_at)))


def forms(phone: str) -> Iterable[str]:
    """A number as it may be dialled: mobiles outside the prefecture with a 0 before them."""
    return {phone, phone.removeprefix("0"), f"0{phone.removeprefix('0')}"}
