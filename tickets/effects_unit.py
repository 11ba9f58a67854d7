"""What the moves of the units change, and the office's rulings on what they ask (R23-R33)."""

from __future__ import annotations

from dataclasses import replace

from tickets.assigning import Changes, Values, World, assigned, unassigned
from tickets.errors import Impossible, Invalid
from tickets.terms import Part
from tickets.ticket import Ticket, UnitPart


def give_back(ticket: Ticket, values: Values, world: World) -> Changes:
    if ticket.final:
        raise Impossible("承办单位已由热线办裁定，不能再退回")
    if len(values["reason"]) < world.rules.reason_shortest:
        raise Invalid("理由", f"退回理由要详细说明，至少{world.rules.reason_shortest}字")
    site = values.get("site_check", False)
    last = ticket.due_return_site if site else ticket.due_return
    if last is None or world.at.date() > last:
        raise Impossible(f"退回期限已过（{last}），应继续办理或申请延期")
    return {"returns": ticket.returns + 1, "return_from": ticket.state, "return_site": site}


def rule(ticket: Ticket, values: Values, world: World) -> Changes:
    unit, upheld = values.get("unit"), values["upheld"]
    decide = ticket.returns >= world.rules.returns_most
    if decide and not unit:
        raise Invalid("承办单位", "第二次退回，热线办必须指定承办单位（unit）")
    if not decide and unit and upheld == (unit == ticket.lead_unit):
        raise Invalid("承办单位", "同意退回应指定其他单位，不同意退回则不改派")
    ruled: Changes = {"return_from": None, "return_site": False, "final": decide}
    if unit == ticket.lead_unit or not (upheld or unit):
        return ruled | {"state": ticket.return_from}
    if unit:
        return assigned(ticket, (UnitPart(unit, Part.LEAD),), world) | ruled
    return unassigned() | ruled


def extend(ticket: Ticket, values: Values, world: World) -> Changes:
    rules = world.rules
    if ticket.extension_asked:
        raise Impossible("已有待裁定的延期申请")
    if ticket.extensions >= rules.extension_count:
        raise Impossible(f"延期最多{rules.extension_count}次")
    if ticket.legal_due:
        raise Impossible("法定时限不能申请延期")
    if values["days"] > rules.extension_most:
        raise Invalid("工作日数", f"延期最多{rules.extension_most}个工作日")
    if ticket.due_resolve is None or world.at.date() > ticket.due_resolve:
        raise Impossible(f"已过办理期限（{ticket.due_resolve}），延期应在期限内申请")
    return {"extension_asked": values["days"]}


def decide(ticket: Ticket, values: Values, world: World) -> Changes:
    if not ticket.extension_asked:
        raise Impossible("没有待裁定的延期申请")
    if not values["granted"] or ticket.due_resolve is None:
        return {"extension_asked": 0}
    days = values.get("days", ticket.extension_asked)
    if days > world.rules.extension_most:
        raise Invalid("工作日数", f"延期最多{world.rules.extension_most}个工作日")
    due = world.calendar.after(ticket.due_resolve, days)
    return {
        "extension_asked": 0,
        "extensions": ticket.extensions + 1,
        "extension_days": ticket.extension_days + days,
        "due_resolve": due.day,
        "provisional": ticket.provisional or due.provisional,
    }


def term(ticket: Ticket, values: Values, world: World) -> Changes:
    until = values["until"]
    if ticket.clock_from and until <= ticket.clock_from:
        raise Invalid("法定期限", "应晚于派单日")
    return {
        "legal_due": until,
        "legal_basis": values["basis"],
        "due_resolve": until,
        "extension_asked": 0,
    }


def contact(ticket: Ticket, values: Values, world: World) -> Changes:
    return {"contacted_at": ticket.contacted_at or world.at}  # the first contact is the one in time or not


def report(ticket: Ticket, values: Values, world: World) -> Changes:
    done = {"report": values["result"], "reported_at": world.at}
    return {
        "units": tuple(replace(p, **done) if p.unit == world.by.unit else p for p in ticket.units),
    }


def resolve(ticket: Ticket, values: Values, world: World) -> Changes:
    waiting = [part.unit for part in ticket.units if part.part == Part.CO and not part.reported_at]
    if waiting:
        raise Impossible(f"协办单位尚未反馈：{'、'.join(waiting)}")
    due = world.calendar.after(world.at.date(), world.rules.review)
    return {
        "result": values["result"],
        "beyond_law": values.get("beyond_law", False),
        "due_review": due.day,
        "provisional": due.provisional,
        "extension_asked": 0,
    }
