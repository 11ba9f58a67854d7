"""The clocks of a ticket: which run, which light they show, and what has to be told when time passes (R40).

Due dates end with their day in Asia/Shanghai: a ticket due on the 14th is overdue when the 15th begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from tickets.access import Action
from tickets.deadlines import DEFAULT, Rules, end_of, start_of
from tickets.terms import Light, State, Supervision
from tickets.ticket import Ticket
from tickets.workdays import WorkCalendar

_HANDLING = frozenset({State.DISPATCHED, State.RETURNED, State.SIGNED, State.CONTACTED, State.REOPENED})
LABELS = {"contact": "联系群众", "resolve": "办结", "review": "复核", "return": "退回"}


@dataclass(frozen=True, slots=True)
class Clock:
    """A running clock: due with the end of `due`, yellow from the start of `warn`."""

    name: str
    due: date
    warn: date

    def light(self, at: datetime) -> Light:
        """The light of this clock at a moment."""
        if at >= end_of(self.due):
            return Light.RED
        return Light.YELLOW if at >= start_of(self.warn) else Light.GREEN


@dataclass(frozen=True, slots=True)
class Happening:
    """Something time has done to a ticket."""

    action: Action
    reason: str
    detail: dict[str, Any]


def running(ticket: Ticket, calendar: WorkCalendar, rules: Rules = DEFAULT) -> tuple[Clock, ...]:
    """The clocks that run: contact (R23), resolve (R24, R25), review (R35)."""
    return tuple(
        Clock(name, due, calendar.before(due, rules.warning(days))) for name, due, days in _dues(ticket, rules)
    )


def _dues(ticket: Ticket, rules: Rules) -> Iterator[tuple[str, date, int]]:
    if ticket.state in _HANDLING:
        if ticket.due_contact and not ticket.contacted_at:
            yield "contact", ticket.due_contact, rules.contact
        if ticket.due_resolve:
            yield "resolve", ticket.due_resolve, rules.resolve_days(ticket.request_type, ticket.fast_track)
    elif ticket.state == State.RESOLVED and ticket.due_review:
        yield "review", ticket.due_review, rules.review


def set_light(ticket: Ticket, clocks: tuple[Clock, ...], at: datetime) -> Ticket:
    """The ticket with its light, and the next moment at which the light may change (None: never by time alone)."""
    lights = {clock.light(at) for clock in clocks}
    light = next((found for found in (Light.RED, Light.YELLOW) if found in lights), Light.GREEN)
    moments = [moment for c in clocks for moment in (start_of(c.warn), end_of(c.due)) if moment > at]
    return replace(ticket, light=light, next_check_at=min(moments, default=None))


def settle(
    ticket: Ticket, at: datetime, calendar: WorkCalendar, rules: Rules = DEFAULT
) -> tuple[Ticket, list[Happening]]:
    """The ticket as time has made it, and what is to be told: a warning, each overdue clock, the supervision (R40).

    Idempotent: what was told is not told again. Late sweeps tell what they missed, and a move settles first, so that
    a step taken too late is on record even when no sweep came by.
    """
    clocks = running(ticket, calendar, rules)
    lit = set_light(ticket, clocks, at)
    told = set(filter(None, ticket.overdue.split(",")))
    red = [clock for clock in clocks if clock.light(at) == Light.RED and clock.name not in told]
    happenings = [
        Happening(Action.OVERDUE, f"{LABELS[clock.name]}逾期", {"clock": clock.name, "due": clock.due}) for clock in red
    ]
    lit = replace(lit, overdue=",".join(sorted(told | {clock.name for clock in red})))
    if lit.light == Light.YELLOW and ticket.light == Light.GREEN:
        happenings.append(_warning(clocks, at))
    if red and ticket.supervision == Supervision.NONE:
        lit = replace(lit, supervision=Supervision.TRACKED)
        detail = {"level": Supervision.TRACKED.value}
        happenings.append(Happening(Action.SUPERVISE, "逾期未办，自动跟踪督办", detail))
    return lit, happenings


def _warning(clocks: tuple[Clock, ...], at: datetime) -> Happening:
    near = [clock for clock in clocks if clock.light(at) == Light.YELLOW]
    names = "、".join(LABELS[clock.name] for clock in near)
    return Happening(Action.WARN, f"{names}临期", {"clocks": [clock.name for clock in near]})


def relieve(ticket: Ticket, at: datetime, calendar: WorkCalendar, rules: Rules = DEFAULT) -> Ticket:
    """The ticket after its dates moved later: a clock no longer overdue may be told again.

    Supervision that was opened stays until a person lifts it.
    """
    clocks = running(ticket, calendar, rules)
    in_time = {clock.name for clock in clocks if clock.light(at) != Light.RED}
    left = [name for name in ticket.overdue.split(",") if name and name not in in_time]
    return set_light(replace(ticket, overdue=",".join(left)), clocks, at)
