"""Time passing over the tickets: only those whose moment has come are read (R40)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from store.base import LOCAL, now
from store.engine import Store
from tickets.access import SYSTEM, Action
from tickets.acting import told_event
from tickets.assigning import World
from tickets.calendar_store import load_calendar
from tickets.clocks import settle
from tickets.deadlines import DEFAULT, Rules
from tickets.records import EVENTS, STORED, TICKETS, event_row, ticket_of
from tickets.ticket import Ticket

BATCH = 1_000
# What the clocks do not read, and may be long.
_UNREAD = frozenset({"body", "result", "work_plan", "subject", "address", "recordings", "legal_basis"})
_READ = [TICKETS.c[name] for name in STORED if name not in _UNREAD]
_CLOCKED = ("light", "overdue", "supervision", "next_check_at")
_WRITE = (
    update(TICKETS)
    .where(TICKETS.c.id == bindparam("ticket_id"))
    .values({name: bindparam(f"new_{name}") for name in (*_CLOCKED, "version")})
)


@dataclass(slots=True)
class Swept:
    """What a sweep did: how many tickets it looked at, and how many of each action it told."""

    checked: int = 0
    told: dict[str, int] = field(default_factory=dict)

    def add(self, checked: int, actions: Sequence[Action]) -> None:
        """Counts a batch."""
        self.checked += checked
        for action in actions:
            self.told[action.value] = self.told.get(action.value, 0) + 1


def sweep(store: Store, at: datetime | None = None, rules: Rules = DEFAULT, batch: int = BATCH) -> Swept:
    """What was done for every ticket whose next check has come; each batch is a transaction of its own.

    Catches up after missed days, may run twice, and may run beside people: a ticket somebody is just
    changing is left for the next sweep.
    """
    moment = (at or now()).astimezone(LOCAL)
    swept = Swept()
    while True:
        with store.begin() as session:
            checked = sweep_batch(session, moment, rules, batch, swept)
        if checked < batch:
            return swept


def sweep_batch(session: Session, at: datetime, rules: Rules, batch: int, swept: Swept) -> int:
    """How many tickets were due to be looked at, at most `batch`; locked ones are skipped on PostgreSQL."""
    query = select(*_READ).where(TICKETS.c.next_check_at <= at).order_by(TICKETS.c.next_check_at).limit(batch)
    rows = session.execute(query.with_for_update(skip_locked=True)).all()
    if not rows:
        return 0
    world = World(SYSTEM, at, load_calendar(session, around=at.date()), rules)
    changes: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    actions: list[Action] = []
    for row in rows:
        old = ticket_of(row)
        new, happenings = settle(old, at, world.calendar, rules)
        told = [told_event(happening, new, world) for happening in happenings]
        events += [event_row(event, old.id, old.version + place) for place, event in enumerate(told, 1)]
        actions += [event.action for event in told]
        changes.append(_change(replace(new, version=old.version + len(told))))
    session.execute(_WRITE, changes)
    if events:
        session.execute(insert(EVENTS), events)
    swept.add(len(rows), actions)
    return len(rows)


def _change(ticket: Ticket) -> dict[str, Any]:
    named = {f"new_{name}": getattr(ticket, name) for name in (*_CLOCKED, "version")}
    return {"ticket_id": ticket.id, **named}
