"""What citizens said about their ticket when they asked about it by telephone (催办 urge, 补充情况 add; R11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from tickets.access import Action, Actor, Role
from tickets.errors import NotFound
from tickets.records import Event, events_of, load, save
from tickets.transitions import OPEN

_CITIZEN = Actor("citizen", Role.CITIZEN)
_WORDS = {Action.URGE: "群众来电催办", Action.ADD: "群众来电补充情况（录音）"}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said: urge or add, when, and the recording of what was added ("" for none)."""

    action: Action
    at: datetime
    file: str = ""


def keep(session: Session, number: str, call_id: str, said: Sequence[Said]) -> None:
    """Writes what a call said about a ticket into its history, once; nothing when there is no such ticket.

    Whoever urges while the last step is being taken is not refused, for the call is over: it stays in the history.
    """
    try:
        old = load(session, number)
    except NotFound:
        return
    if not said or any(event["detail"].get("call_id") == call_id for event in events_of(session, old.id)):
        return
    events = [
        Event(one.action, _CITIZEN, max(one.at, old.created_at), _WORDS[one.action], old.state, old.state,
              {"call_id": call_id, **({"files": [one.file]} if one.file else {})})
        for one in said
    ]  # fmt: skip
    urges = sum(one.action == Action.URGE for one in said) if old.state in OPEN else 0
    fresh = tuple(one.file for one in said if one.file and one.file not in old.recordings)
    save(session, old, replace(old, urges=old.urges + urges, recordings=old.recordings + fresh), events)
