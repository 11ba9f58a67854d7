"""The emergency record (R6): from the notes `danger` of a visit and the legs that were called for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from callqueue.bridges import Slice
from callqueue.calls import Emergency, Outcome, moment
from callqueue.legs import Leg, LegKind
from callqueue.notes import Note, of_kind

_BY_STATUS = {"BUSY": Outcome.BUSY, "NOANSWER": Outcome.NO_ANSWER, "CANCEL": Outcome.ABANDONED}
_BY_CAUSE = {17: Outcome.BUSY, 18: Outcome.NO_ANSWER, 19: Outcome.NO_ANSWER}


@dataclass(slots=True)
class _Attempt:
    """One wish for an emergency desk while its notes are read. Times are microseconds."""

    pressed: int
    by: str
    service: str = ""
    calling: int | None = None
    leg: str = ""  # that calls the desk
    rang: int | None = None  # microseconds from the making of the desk's leg until it rang
    answered: int | None = None
    joined: int | None = None
    agent: str = ""
    failed: int | None = None
    status: str = ""
    ended: int | None = None


def emergencies(
    found: Sequence[Note],
    legs: Mapping[str, Leg],
    joined: Sequence[Slice],
    caller: str,
    recording: str,
    ended: int | None,
) -> tuple[Emergency, ...]:
    """The records of a visit, in order.

    `joined` tells with whom the caller was joined; `ended`: when the caller left, microseconds, None while
    here. `ringing_at` is known once the desk's leg is over, and None when the desk never told that it rang.
    """
    attempts = _attempts(found, legs)
    desks = [leg for leg in legs.values() if leg.kind is LegKind.DESK]
    records = []
    for number, attempt in enumerate(attempts, 1):
        following = attempts[number].pressed if number < len(attempts) else None
        _see_agent(attempt, joined, legs)
        records.append(_record(number, attempt, _desk(desks, attempt, following), caller, recording, ended))
    return tuple(records)


def _attempts(found: Sequence[Note], legs: Mapping[str, Leg]) -> list[_Attempt]:
    attempts: list[_Attempt] = []
    for note in of_kind(found, "danger"):
        if note["step"] == "rang":
            _rang(attempts, note)
            continue
        if not attempts or _begins(attempts[-1], note):
            attempts.append(_Attempt(note.at, note["by"] or "caller"))
        _take(attempts[-1], note, legs[note.leg].agent if note.leg in legs else "")
    return attempts


def _rang(attempts: Sequence[_Attempt], note: Note) -> None:
    """Asterisk tells at the end of a leg how long its desk took to ring; another attempt may have begun by then."""
    for attempt in attempts:
        if attempt.leg == note.leg and note["ms"].isdecimal():
            attempt.rang = int(note["ms"]) * 1000


def _see_agent(attempt: _Attempt, joined: Sequence[Slice], legs: Mapping[str, Leg]) -> None:
    """Who stood by the caller is seen in the bridges when no note tells."""
    for piece in joined:
        agents = sorted(legs[one].agent for one in piece.company if legs[one].agent)
        if piece.end > attempt.pressed and agents and piece.talk:
            attempt.joined = attempt.joined or max(piece.start, attempt.pressed)
            attempt.agent = attempt.agent or agents[0]
            return


def _begins(current: _Attempt, note: Note) -> bool:
    """Whether the note is of another attempt than the current one."""
    if note["step"] == "pressed":
        return True
    other = bool(note["service"] and current.service and note["service"] != current.service)
    over = current.failed is not None or current.ended is not None
    return note["step"] in ("service", "calling") and (other or over)


def _take(attempt: _Attempt, note: Note, agent: str) -> None:
    attempt.service = note["service"] or attempt.service
    match note["step"]:
        case "calling":
            attempt.calling, attempt.leg = attempt.calling or note.at, attempt.leg or note.leg
        case "answered":
            attempt.answered = attempt.answered or note.at
        case "agent":
            attempt.joined, attempt.agent = attempt.joined or note.at, attempt.agent or note["agent"] or agent
        case "failed":
            attempt.failed, attempt.status = note.at, note["status"]
        case "ended":
            attempt.ended = note.at


def _desk(desks: Sequence[Leg], attempt: _Attempt, limit: int | None) -> Leg | None:
    """The desk's leg of this attempt: the last one started in its time."""
    own = [leg for leg in desks if leg.started >= attempt.pressed and (limit is None or leg.started < limit)]
    return max(own, key=lambda leg: leg.started, default=None)


def _record(
    number: int, attempt: _Attempt, desk: Leg | None, caller: str, recording: str, ended: int | None
) -> Emergency:
    answered = attempt.answered or (desk.answered if desk else None)
    over = attempt.ended or attempt.failed or (desk.ended if desk else None) or ended
    return Emergency(
        number=number,
        service=attempt.service,
        by=attempt.by,
        caller=caller,
        pressed_at=moment(attempt.pressed),
        calling_at=_moment(attempt.calling),
        ringing_at=_moment(desk.started + attempt.rang if desk and attempt.rang is not None else None),
        answered_at=_moment(answered),
        agent_joined_at=_moment(attempt.joined),
        ended_at=_moment(over),
        agent=attempt.agent,
        outcome=Outcome.ANSWERED if answered is not None else _outcome(attempt, desk, ended),
        recording=recording,
    )


def _outcome(attempt: _Attempt, desk: Leg | None, ended: int | None) -> Outcome:
    """How an attempt ended whose desk did not answer."""
    if attempt.failed is not None:
        return _BY_STATUS.get(attempt.status, Outcome.FAILED)
    if desk is not None and desk.ended is not None and (ended is None or desk.ended < ended):
        return _BY_CAUSE.get(desk.cause, Outcome.FAILED)
    if not attempt.service and attempt.joined is not None:
        return Outcome.AGENT
    return Outcome.OPEN if ended is None else Outcome.ABANDONED


def _moment(at: int | None) -> datetime | None:
    return None if at is None else moment(at)
