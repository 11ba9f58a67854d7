"""What becomes of a call when it is over: a ticket, the end of a callback's attempt; and of each answer given."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from callback_survey import attempts, by_hand
from callqueue import missed, placed
from callqueue.build import Handover
from callqueue.calls import Answer, Call, Direction
from callqueue.disposition import Disposition
from channels.fax import Places, take_fax
from hotline import places
from hotline.settings import Settings
from tickets import inquiries, intake
from tickets.access import Action

# What the ticket is drafted from. Every other end of an inbound call is its own reason why there is no ticket.
_KINDS = {
    Disposition.ANSWERED: "answered",
    Disposition.EMERGENCY: "answered",
    Disposition.VOICEMAIL: "voicemail",
    Disposition.CALLBACK_REQUESTED: "callback",
}


TICKETED = frozenset(_KINDS)
"""The ends of an inbound call that leave a ticket."""


def missed_rules(settings: Settings) -> missed.Rules:
    """When callers who were missed may be called back."""
    return missed.Rules(
        settings.missed_from_hour * 60, settings.missed_until_hour * 60, settings.missed_attempts,
        timedelta(minutes=settings.missed_retry_minutes), timedelta(hours=settings.missed_expiry_hours),
        timedelta(seconds=settings.kept_again_seconds),
    )  # fmt: skip


def handover(settings: Settings) -> Handover:
    """The taker of calls and answers, with the settings in force."""
    faxes = Places(settings.home / places.RECORDINGS, settings.home / places.ATTACHMENTS)
    closed = partial(on_closed, rules=missed_rules(settings), faxes=faxes)
    return Handover(closed, on_answer, attempts.placed)


def on_closed(
    session: Session, call: Call, rules: missed.Rules = missed.DEFAULT, faxes: Places | None = None
) -> str | None:
    """The number of the ticket that the call leaves, None for none (see Handover)."""
    missed.take(session, call, rules)
    placed.take(session, call, rules)
    if call.direction is Direction.CALLBACK and call.ended_at:
        attempts.close_attempt(session, call.call_id, call.disposition.value, call.ended_at)
        return _of_called_back(session, call)
    if call.ended_at:  # a citizen who called back a missed callback was asked on their own call
        attempts.close_attempt(session, call.call_id, call.disposition.value, call.ended_at)
    fax = next((made.file for made in call.recordings if made.kind == "fax"), "")
    if fax and faxes and call.direction is Direction.INBOUND:
        return take_fax(session, call.call_id, call.caller, call.started_at, fax, faxes)
    kind = _KINDS.get(call.disposition)
    _keep_inquiries(session, call)
    if call.direction is Direction.OUTBOUND:
        return by_hand.ticket_of(session, call.call_id) or _of_agent(session, call) or _of_called_back(session, call)
    if call.direction is not Direction.INBOUND or kind is None:
        return call.inquiries[-1].ticket if call.inquiries and call.ended_at else None
    return intake.draft_from_call(
        session, call_id=call.call_id, caller=call.caller, line=call.line, queue=call.queue, agent=call.agent,
        started_at=call.started_at, kind=kind, recordings=[made.file for made in call.recordings],
    )


def _keep_inquiries(session: Session, call: Call) -> None:
    """What the caller said about tickets is in their history when the call is over."""
    for number in {one.ticket for one in call.inquiries} if call.ended_at else ():
        said = [
            inquiries.Said(Action(one.action), one.at, one.file)
            for one in call.inquiries if one.ticket == number and one.action
        ]  # fmt: skip
        inquiries.keep(session, number, call.call_id, said)


def _of_called_back(session: Session, call: Call) -> str | None:
    """The ticket of the call that asked for the kept place, or was missed, and goes on here; None for others."""
    asked = placed.asked_by(session, call.call_id) if call.talk_s > 0 else None
    if asked is None:
        return None
    return intake.draft_from_call(
        session, call_id=asked.call_id, caller=asked.caller, line=asked.line, queue=asked.queue, agent=call.agent,
        started_at=call.started_at, kind="callback", recordings=[made.file for made in call.recordings],
    )


def _of_agent(session: Session, call: Call) -> str:
    """The ticket that an agent filed with the call, or called about from its page; "" for none."""
    if not call.ticket_no:
        return intake.filed_with(session, call.call_id)
    return intake.called_about(
        session, call.ticket_no, call_id=call.call_id, agent=call.agent, dialled=call.dialled, talk_s=call.talk_s,
        ended_at=call.ended_at or call.started_at, recordings=[made.file for made in call.recordings],
    )


def on_answer(session: Session, call: Call, answer: Answer) -> None:
    """Keeps an answer; a rating is shown on the ticket, too."""
    attempts.keep_answer(session, call, answer)
    if answer.question == "rating" and call.rating and call.ticket_no:
        intake.note_rating(session, call.ticket_no, call.rating)


HANDOVER = Handover(on_closed, on_answer, attempts.placed)
