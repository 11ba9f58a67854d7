"""Due dates counted again when a notice changes the calendar; an announced date is never made shorter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from store.base import LOCAL, now
from tickets.access import SYSTEM, Action
from tickets.assigning import World
from tickets.calendar_store import Loaded, load_calendar, store_notice
from tickets.clocks import relieve
from tickets.deadlines import DEFAULT, Rules, terms
from tickets.records import TICKETS, Event, load, save
from tickets.terms import State
from tickets.ticket import Ticket
from tickets.workdays import Day, Due

_NAMES = ("contact", "return", "return_site", "resolve", "review")
BATCH = 500


def import_notice(
    session: Session, days: list[Day], at: datetime | None = None, rules: Rules = DEFAULT
) -> tuple[Loaded, int]:
    """What the notice changed, and how many tickets got other dates; all in the session's one transaction."""
    loaded = store_notice(session, days)
    source = days[0].source
    return loaded, recompute(session, loaded, source, at=at, rules=rules)


def recompute(
    session: Session, loaded: Loaded, source: str, *, at: datetime | None = None, rules: Rules = DEFAULT
) -> int:
    """How many open tickets got other dates because of the days between `loaded.first` and `loaded.last`."""
    moment = (at or now()).astimezone(LOCAL)
    changed = 0
    for number in _touched(session, loaded.first, loaded.last):
        old = load(session, number)
        calendar = load_calendar(session, around=old.clock_from)
        world = World(SYSTEM, moment, calendar, rules)
        new = recounted(old, world)
        if new == old:
            continue
        detail = {f"due_{name}": getattr(new, f"due_{name}") for name in _NAMES if _moved(old, new, name)}
        detail["provisional"] = new.provisional
        new = relieve(new, moment, calendar, rules)
        event = Event(Action.RECOMPUTE, SYSTEM, moment, f"依据《{source}》重新计算", old.state, old.state, detail)
        save(session, old, new, [event])
        changed += 1
    return changed


def recounted(ticket: Ticket, world: World) -> Ticket:
    """The ticket with its dates counted by the calendar, none earlier than it was announced."""
    if ticket.clock_from is None:
        return ticket
    found = {name: term.due for name, term in _terms(ticket, ticket.clock_from, world).items()}
    if ticket.legal_due:
        found["resolve"] = Due(ticket.legal_due)
    if ticket.due_review and ticket.resolved_at:
        found["review"] = world.calendar.after(ticket.resolved_at.date(), world.rules.review)
    dates: dict[str, Any] = {
        f"due_{name}": max(due.day, getattr(ticket, f"due_{name}") or due.day) for name, due in found.items()
    }
    live = ("review",) if ticket.state == State.RESOLVED else ("contact", "return", "return_site", "resolve")
    provisional = any(found[name].provisional for name in live if name in found)
    return replace(ticket, **dates, provisional=provisional)


def _terms(ticket: Ticket, start: date, world: World) -> dict[str, Any]:
    return dict(
        terms(
            world.calendar,
            start,
            ticket.request_type,
            fast=ticket.fast_track,
            extension=ticket.extension_days,
            rules=world.rules,
        )
    )


def _moved(old: Ticket, new: Ticket, name: str) -> bool:
    return bool(getattr(old, f"due_{name}") != getattr(new, f"due_{name}"))


def _touched(session: Session, first: date, last: date) -> Iterator[str]:
    """The numbers of open tickets with a term that runs over one of the days, in pages."""
    after = 0
    while True:
        query = (
            select(TICKETS.c.id, TICKETS.c.number)
            .where(
                TICKETS.c.closed_at.is_(None),
                TICKETS.c.clock_from <= last,
                or_(TICKETS.c.due_resolve >= first, TICKETS.c.due_review >= first),
                TICKETS.c.id > after,
            )
            .order_by(TICKETS.c.id)
            .limit(BATCH)
        )
        rows = session.execute(query).all()
        yield from (row.number for row in rows)
        if len(rows) < BATCH:
            return
        after = rows[-1].id
