"""Acting on stored tickets: one function for every move."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from callback_survey import schedule
from store.base import LOCAL, now
from tickets.access import Action, Actor
from tickets.acting import perform
from tickets.assigning import World
from tickets.calendar_store import load_calendar
from tickets.deadlines import DEFAULT, Rules
from tickets.errors import Impossible
from tickets.records import events_of, load
from tickets.repeats import absorb, gather_repeats
from tickets.ticket import Ticket

_OF_CALLBACK = frozenset({Action.REVIEW, Action.CALLBACK, Action.CLOSE, Action.REOPEN})


def act(
    session: Session,
    ticket_no: str,
    action: Action | str,
    *,
    by: Actor,
    version: int | None = None,
    at: datetime | None = None,
    rules: Rules = DEFAULT,
    **needs: object,
) -> Ticket:
    """The ticket after `action` (see transitions.TABLE for what each needs), stored with its events.

    `version` is the one the person saw. Raises NotFound, Impossible, Forbidden, Invalid, and Conflict when somebody
    else acted since; then nothing is changed, but the caller must let the transaction roll back.
    """
    moment = (at or now()).astimezone(LOCAL)
    world = World(by, moment, load_calendar(session, around=moment.date()), rules)
    kind = _action(action)
    ticket = perform(session, ticket_no, kind, needs, world, version)
    if kind in _OF_CALLBACK:
        schedule.follow(session, ticket, moment)
    if kind == Action.MERGE:
        absorb(session, ticket, world)
    elif kind in (Action.ACCEPT, Action.FAST_TRACK) and gather_repeats(session, ticket, world):
        return load(session, ticket_no)
    return ticket


def get(session: Session, ticket_no: str) -> Ticket:
    """The ticket as it is. Raises NotFound."""
    return load(session, ticket_no)


def history(session: Session, ticket_no: str) -> list[dict[str, Any]]:
    """Every change of a ticket, oldest first: seq, at, action, states, author, role, unit, reason, detail (R11)."""
    return events_of(session, load(session, ticket_no).id)


def _action(action: Action | str) -> Action:
    try:
        return Action(action)
    except ValueError as error:
        raise Impossible(f"没有“{str(action)[:20]}”这种办理") from error
