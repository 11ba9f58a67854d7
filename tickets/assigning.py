"""What handing a ticket over means: its units, its clocks, and what of an earlier round is wiped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tickets.access import Actor
from tickets.deadlines import DEFAULT, Rules, terms
from tickets.terms import CallbackBy, State
from tickets.ticket import Ticket, UnitPart
from tickets.workdays import WorkCalendar

Values = Mapping[str, Any]
Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """What a move happens in: who, when (Asia/Shanghai), by which calendar and rules."""

    by: Actor
    at: datetime
    calendar: WorkCalendar
    rules: Rules = DEFAULT


FRESH: Changes = {
    "signed_at": None,
    "contacted_at": None,
    "resolved_at": None,
    "reviewed_at": None,
    "called_back_at": None,
    "closed_at": None,
    "due_review": None,
    "overdue": "",
    "extension_asked": 0,
    "extension_days": 0,
    "return_from": None,
    "return_site": False,
    "callback_by": CallbackBy.NONE,
    "satisfied": None,
    "truthful": None,
    "solved": None,
}


def assigned(ticket: Ticket, units: tuple[UnitPart, ...], world: World) -> Changes:
    """What dispatching means: the units, the lead first, and clocks that start the day after (R22)."""
    return {
        **FRESH,
        "state": State.DISPATCHED,
        "dispatched_at": world.at,
        "lead_unit": units[0].unit,
        "units": units,
        **clock_start(ticket, world),
    }


def unassigned() -> Changes:
    """What taking a ticket back to the office means: no unit, no clocks."""
    dues = ("clock_from", "due_contact", "due_return", "due_return_site", "due_resolve", "dispatched_at")
    cleared: Changes = dict.fromkeys(dues)
    return {**FRESH, **cleared, "lead_unit": None, "units": (), "provisional": False, "state": State.ACCEPTED}


def again(ticket: Ticket, world: World) -> Changes:
    """Back to the unit, which may not return it any more; its terms start anew."""
    kept: Changes = {"reviewed_at": ticket.reviewed_at, "state": State.REOPENED, "final": True}
    return {**FRESH, **clock_start(ticket, world), **kept}


def clock_start(ticket: Ticket, world: World) -> Changes:
    """The due dates of clocks that start now; a legal term stays as the law set it (R28)."""
    start = world.at.date()
    fast = ticket.fast_track
    found = terms(world.calendar, start, ticket.request_type, fast=fast, rules=world.rules)
    dues: Changes = {f"due_{name}": term.due.day for name, term in found.items()}
    dues["provisional"] = any(term.due.provisional for term in found.values())
    if ticket.legal_due:
        dues["due_resolve"] = ticket.legal_due
    return {"clock_from": start, **dues}
