"""One move of a stored ticket: read, settle the clocks, move, write; one winner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tickets.access import SYSTEM, Action
from tickets.assigning import World
from tickets.citizens import citizen_of
from tickets.clocks import Happening, settle
from tickets.errors import Conflict, Invalid
from tickets.knowledge.links import given_from
from tickets.moves import move
from tickets.needs import Need
from tickets.records import Event, load, save
from tickets.tables import TicketRow
from tickets.ticket import Ticket
from tickets.transitions import TABLE
from tickets.unit_tables import MatterRow, TerritoryRow, UnitRow

_REGISTERS = {
    "unit": (UnitRow.code, "代码", "单位"),
    "matter": (MatterRow.code, "代码", "事项"),
    "territory": (TerritoryRow.code, "代码", "属地"),
    "ticket": (TicketRow.number, "编号", "工单"),
}


def perform(
    session: Session,
    ticket_no: str,
    action: Action,
    needs: Mapping[str, object],
    world: World,
    version: int | None = None,
) -> Ticket:
    """The ticket after one move, stored with its events; nothing follows from it. Raises as `service.act` does."""
    old = load(session, ticket_no)
    if version is not None and version != old.version:
        raise Conflict(f"工单 {ticket_no} 刚被他人办理，请刷新后再办")
    settled, happenings = settle(old, world.at, world.calendar, world.rules)
    new, values = move(settled, action, needs, world)
    check_codes(session, TABLE[action].needs, values)
    if values.get("articles"):
        values = {**values, "articles": given_from(session, ticket_no, values["articles"], action, world)}
    if new.phone and new.citizen_id is None:
        new = replace(new, citizen_id=citizen_of(session, new.phone, new.citizen_name, world.at))
    told = [told_event(happening, settled, world) for happening in happenings]
    return save(session, old, new, [*told, _event(action, settled, new, world, values)])


def check_codes(session: Session, needs: Sequence[Need], values: Mapping[str, Any]) -> None:
    """Raises Invalid when a unit, matter, territory or ticket that is named does not exist."""
    for need in needs:
        value = values.get(need.name)
        if need.names and value:
            wanted = {value} if isinstance(value, str) else set(value)
            check_known(session, need.names, wanted, need.label)


def check_known(session: Session, register: str, wanted: set[str], label: str) -> None:
    """Raises Invalid when one of the codes is not in the register (unit, matter, territory, ticket)."""
    column, kind, what = _REGISTERS[register]
    missing = wanted - set(session.execute(select(column).where(column.in_(wanted))).scalars())
    if missing:
        raise Invalid(label, f"没有{kind}为 {'、'.join(sorted(missing))} 的{what}")


def told_event(happening: Happening, ticket: Ticket, world: World) -> Event:
    """The event of something time has done."""
    state = ticket.state
    return Event(happening.action, SYSTEM, world.at, happening.reason, state, state, happening.detail)


def _event(action: Action, old: Ticket, new: Ticket, world: World, values: Mapping[str, Any]) -> Event:
    detail = {name: value for name, value in values.items() if name != "reason"}
    was = {name: getattr(old, name) for name in detail if hasattr(old, name) and getattr(old, name)}
    if was and action in (Action.EDIT, Action.ACCEPT):
        detail["was"] = was
    for name in ("due_contact", "due_return", "due_return_site", "due_resolve", "due_review"):
        if getattr(old, name) != getattr(new, name):
            detail[name] = getattr(new, name)
    reason = values.get("reason") or TABLE[action].meaning
    return Event(action, world.by, world.at, reason, old.state, new.state, detail)
