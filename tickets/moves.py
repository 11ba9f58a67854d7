"""The pure life of a ticket: a ticket, an action and what it needs give the next ticket, or an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from tickets import effects_after, effects_desk, effects_unit
from tickets.access import UNIT_ROLES, Action, Actor, may
from tickets.assigning import Changes, Values, World
from tickets.clocks import relieve
from tickets.errors import Forbidden, Impossible
from tickets.needs import gather
from tickets.terms import Part
from tickets.ticket import Ticket
from tickets.transitions import transition

EFFECTS: Mapping[Action, Callable[[Ticket, Values, World], Changes]] = MappingProxyType(
    {
        Action.EDIT: effects_desk.edit,
        Action.ACCEPT: effects_desk.accept,
        Action.REFUSE: effects_desk.refuse,
        Action.ANSWER: effects_desk.answer,
        Action.FAST_TRACK: effects_desk.fast_track,
        Action.DISPATCH: effects_desk.dispatch,
        Action.MERGE: effects_desk.merge,
        Action.SUPERVISE: effects_desk.supervise,
        Action.LIFT: effects_desk.lift,
        Action.URGE: effects_desk.urge,
        Action.CONTACT: effects_unit.contact,
        Action.RETURN: effects_unit.give_back,
        Action.RULE: effects_unit.rule,
        Action.EXTEND: effects_unit.extend,
        Action.DECIDE: effects_unit.decide,
        Action.TERM: effects_unit.term,
        Action.REPORT: effects_unit.report,
        Action.RESOLVE: effects_unit.resolve,
        Action.REVIEW: effects_after.review,
        Action.CALLBACK: effects_after.callback,
        Action.CLOSE: effects_after.close,
        Action.REOPEN: effects_after.reopen,
    }
)


def move(ticket: Ticket, action: Action, given: Mapping[str, object], world: World) -> tuple[Ticket, Values]:
    """The ticket after `action`, and the needs as read. Raises Impossible, Forbidden, Invalid."""
    row = transition(ticket, action)
    _check_actor(ticket, action, world.by)
    values = gather(row.needs, given)
    changes: Changes = {stamp: world.at for stamp in row.stamps}
    if len(row.targets) == 1:
        changes["state"] = row.targets[0]
    effect = EFFECTS.get(action)
    if effect:
        changes |= effect(ticket, values, world)
    if changes.get("state", ticket.state) not in (row.targets or (ticket.state,)):
        raise Impossible(f"{row.meaning}不能到{changes['state']}")
    return relieve(replace(ticket, **changes), world.at, world.calendar, world.rules), values


def _check_actor(ticket: Ticket, action: Action, by: Actor) -> None:
    if not may(by.role, action):
        raise Forbidden(f"{by.role.label}不能办理此项")
    if by.role not in UNIT_ROLES:
        return
    mine = ticket.part(by.unit)
    if action == Action.ADD and mine:
        return
    wanted = Part.CO if action == Action.REPORT else Part.LEAD
    if mine is None or mine.part != wanted:
        raise Forbidden(f"只有{wanted.label}单位能办理此项")
