"""Which disposition a visit has: the first in the order of `Disposition` that what happened allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callqueue.calls import Direction, Emergency, Outcome
from callqueue.disposition import Disposition
from callqueue.legs import Leg
from callqueue.notes import Note, as_seconds, claim, last, of_kind
from callqueue.waiting import Stay

SHORTEST = 1.0
"""Seconds; a shorter voicemail holds no words."""

_BUSY = frozenset({17, 21})
_UNREACHABLE = frozenset({1, 20, 22, 27, 28})
_NO_ANSWER = frozenset({0, 16, 18, 19, 26, 31, 127})
_OVERFLOWED = frozenset(
    (
        *("TIMEOUT", "FULL", "JOINEMPTY", "LEAVEEMPTY", "JOINUNAVAIL", "LEAVEUNAVAIL"),
        *("EXITWITHTIMEOUT", "EXITEMPTY"),
    )
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a visit when its disposition is settled."""

    direction: Direction
    caller: Leg
    called: Sequence[Leg]
    over: bool
    interrupted: bool
    talked: bool
    notes: Sequence[Note]
    stays: Sequence[Stay]
    emergencies: Sequence[Emergency]


def settle(facts: Facts) -> Disposition:
    """The one disposition of the visit."""
    if facts.interrupted:
        return Disposition.INTERRUPTED
    if not facts.over:
        return Disposition.OPEN
    if any(record.outcome is Outcome.ANSWERED for record in facts.emergencies):
        return Disposition.EMERGENCY
    if facts.direction in (Direction.OUTBOUND, Direction.INTERNAL):
        return _made(facts)
    if facts.direction is Direction.CALLBACK:
        return _callback(facts)
    return _served(facts)


def _made(facts: Facts) -> Disposition:
    """Of a call that an agent made."""
    if facts.talked or any(leg.answered is not None for leg in facts.called):
        return Disposition.ANSWERED
    if facts.called:
        return _unanswered(max(facts.called, key=lambda leg: leg.ended or 0))
    return Disposition.SELF_SERVED if facts.caller.answered is not None else Disposition.FAILED


def _callback(facts: Facts) -> Disposition:
    if not facts.caller.person:
        return Disposition.FAILED
    if facts.caller.answered is None:
        off = facts.caller.cause in _UNREACHABLE
        return Disposition.UNREACHABLE if off else _unanswered(facts.caller)
    if not any(of_kind(facts.notes, "survey")):
        return _served(facts)
    given = {note["question"]: note["value"] for note in of_kind(facts.notes, "answer")}
    if said := claim(facts.notes):
        return said
    if given.get("identity") == "no":
        return Disposition.WRONG_PERSON
    if given.get("consent") == "never":
        return Disposition.SURVEY_REFUSED
    if given.get("satisfied"):
        return Disposition.SURVEYED
    return Disposition.ANSWERED if facts.talked else Disposition.SURVEY_PARTIAL


def _served(facts: Facts) -> Disposition:
    """Of a call in which the caller was to be served by the hotline."""
    if facts.talked:
        return Disposition.ANSWERED
    if facts.emergencies:
        return Disposition.EMERGENCY_MISSED
    if _spoke(facts.notes):
        return Disposition.VOICEMAIL
    if any(of_kind(facts.notes, "callback-request")):
        return Disposition.CALLBACK_REQUESTED
    overflowed = bool(facts.stays) and facts.stays[-1].status in _OVERFLOWED
    if facts.stays and not overflowed:
        return Disposition.ABANDONED_QUEUE
    if last(facts.notes, "progress", "result") == "ok":
        return Disposition.SELF_SERVED
    if overflowed:
        return Disposition.OVERFLOWED
    if said := claim(facts.notes):
        return said
    if any(of_kind(facts.notes, "survey")):
        return Disposition.SURVEY_PARTIAL
    return Disposition.ABANDONED_MENU if facts.caller.answered is not None else _unanswered(facts.caller)


def _spoke(found: Sequence[Note]) -> bool:
    """Whether there is a message: a file of some length, or one that the caller hung up on before it was measured."""
    lengths = {note["file"]: note["seconds"] for note in of_kind(found, "voicemail") if note["file"]}
    return any(length == "" or as_seconds(length) >= SHORTEST for length in lengths.values())


def _unanswered(leg: Leg) -> Disposition:
    """Of a leg that was not answered, by its hangup cause (Q.850)."""
    if leg.cause in _BUSY:
        return Disposition.BUSY
    return Disposition.NO_ANSWER if leg.cause in _NO_ANSWER else Disposition.FAILED
