"""Tickets and people for the tests of the pure rules: no database, a fixed moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from store.base import LOCAL
from tickets.access import Action, Actor, Role
from tickets.assigning import World
from tickets.deadlines import DEFAULT, Rules
from tickets.moves import move
from tickets.shipped_days import shipped_calendar
from tickets.terms import Channel, RequestType, State
from tickets.ticket import Ticket
from tickets.workdays import NATIONAL

# A Friday before the Spring Festival: the day of calendar.md's first row.
FRIDAY = datetime(2026, 2, 13, 10, 0, tzinfo=LOCAL)
OFFICE = Actor("office", Role.COUNTY_ADMIN)
AGENT = Actor("8001", Role.AGENT)
WATER = Actor("water clerk", Role.UNIT_HANDLER, "swj")
TOWN = Actor("town clerk", Role.UNIT_HANDLER, "town01")
SUPERVISOR = Actor("supervisor", Role.SUPERVISOR)


def draft(**fields: object) -> Ticket:
    """A draft of a request for help."""
    ticket = Ticket(
        number="260213000001",
        state=State.DRAFT,
        channel=Channel.PHONE,
        created_at=FRIDAY,
        id=1,
        version=1,
        request_type=RequestType.HELP,
        subject="自来水停水",
        phone="13800000001",
        citizen_id=1,
    )
    return replace(ticket, **fields)  # type: ignore[arg-type]


def world(by: Actor = OFFICE, at: datetime = FRIDAY, rules: Rules = DEFAULT) -> World:
    """The world by the national calendar."""
    return World(by, at, shipped_calendar(NATIONAL), rules)


def do(ticket: Ticket, action: Action, by: Actor, at: datetime = FRIDAY, **needs: object) -> Ticket:
    """The ticket after a move."""
    return move(ticket, action, needs, world(by, at))[0]


def days(number: float) -> datetime:
    """So many calendar days after the Friday."""
    return FRIDAY + timedelta(days=number)


def accepted(**fields: object) -> Ticket:
    """An accepted ticket."""
    return do(draft(**fields), Action.ACCEPT, AGENT)


def dispatched(at: datetime = FRIDAY, **fields: object) -> Ticket:
    """A ticket dispatched to the water office."""
    return do(accepted(**fields), Action.DISPATCH, OFFICE, at, unit="swj")


def contacted(**fields: object) -> Ticket:
    """A ticket whose citizen has been contacted."""
    signed = do(dispatched(**fields), Action.SIGN, WATER)
    return do(signed, Action.CONTACT, WATER)


def resolved(**fields: object) -> Ticket:
    """A resolved ticket."""
    return do(contacted(**fields), Action.RESOLVE, WATER, result="已恢复供水")


def called_back(satisfied: int | None = 2, truthful: bool | None = True, by_means: str = "auto") -> Ticket:
    """A ticket whose citizen has been asked."""
    reviewed = do(resolved(), Action.REVIEW, OFFICE, passed=True)
    given = {"satisfied": satisfied, "truthful": truthful, "by_means": by_means}
    return do(reviewed, Action.CALLBACK, OFFICE, **{k: v for k, v in given.items() if v is not None})
