"""Repeated complaints (R41): the same citizen and matter again and again become one ticket under key supervision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tickets.access import SYSTEM, Action
from tickets.acting import perform
from tickets.assigning import World
from tickets.errors import Impossible
from tickets.records import TICKETS, Event, load, save
from tickets.terms import RequestType, State, Supervision
from tickets.ticket import Ticket
from tickets.transitions import HANDLING, TABLE

MOST = 100
_WORKED_ON = (State.ACCEPTED, *HANDLING, State.RETURNED)


def absorb(session: Session, merged: Ticket, world: World) -> Ticket:
    """The ticket that `merged` was put under, with one repeat more. Raises NotFound, Impossible, Conflict."""
    main = load(session, merged.merged_into or "")
    if main.state in (State.MERGED, State.REFUSED):
        raise Impossible(f"工单 {main.number} {main.state.label}，不能并入")
    state, detail = main.state, {"from": merged.number}
    event = Event(Action.ABSORB, world.by, world.at, f"并入工单{merged.number}", state, state, detail)
    return save(session, main, replace(main, repeats=main.repeats + 1), [event])


def gather_repeats(session: Session, ticket: Ticket, world: World) -> bool:
    """Whether anything was merged or supervised: when the citizen has come often enough with this matter.

    The oldest ticket still being worked on stays, the others go under it, and it comes under key supervision.
    """
    group = _same(session, ticket, world)
    if len(group) < world.rules.repeat_count:
        return False
    mergeable = [row for row in group if row.state in TABLE[Action.MERGE].sources]
    main = next((row.number for row in group if row.state in _WORKED_ON), ticket.number)
    acting = replace(world, by=SYSTEM)
    for row in mergeable:
        if row.number != main:
            _put_under(session, row.number, main, acting)
    return _key(session, main, len(group), acting) or len(mergeable) > 1


def _same(session: Session, ticket: Ticket, world: World) -> Sequence[Any]:
    if ticket.citizen_id is None or not ticket.matter or ticket.request_type == RequestType.CONSULT:
        return []
    query = select(TICKETS.c.number, TICKETS.c.state).where(
        TICKETS.c.citizen_id == ticket.citizen_id,
        TICKETS.c.matter == ticket.matter,
        TICKETS.c.created_at > ticket.created_at - timedelta(days=world.rules.repeat_days),
        TICKETS.c.request_type != RequestType.CONSULT,
        TICKETS.c.state.not_in((State.DRAFT, State.REFUSED)),
    )
    return session.execute(query.order_by(TICKETS.c.created_at, TICKETS.c.id).limit(MOST)).all()


def _put_under(session: Session, number: str, main: str, world: World) -> None:
    needs = {"into": main, "reason": "同一群众同一事项重复反映，自动并单"}
    absorb(session, perform(session, number, Action.MERGE, needs, world), world)


def _key(session: Session, number: str, times: int, world: World) -> bool:
    main = load(session, number)
    if main.supervision == Supervision.KEY:
        return False
    reason = f"{world.rules.repeat_days}天内反映{times}次，自动重点督办"
    state, detail = main.state, {"level": Supervision.KEY.value, "times": times}
    event = Event(Action.SUPERVISE, world.by, world.at, reason, state, state, detail)
    save(session, main, replace(main, supervision=Supervision.KEY), [event])
    return True
