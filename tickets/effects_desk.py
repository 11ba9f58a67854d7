"""What the moves of the desk and the office change: intake, dispatch, merging, supervision."""

from __future__ import annotations

from dataclasses import replace

from tickets.assigning import Changes, Values, World, assigned
from tickets.errors import Impossible, Invalid
from tickets.needs import EDITS
from tickets.scope import where_to_go
from tickets.terms import Part, RequestType, Supervision
from tickets.ticket import Ticket, UnitPart


def _edited(ticket: Ticket, values: Values) -> Changes:
    changes = {need.name: values[need.name] for need in EDITS if need.name in values}
    if values.get("phone"):
        changes["citizen_id"] = None  # matched anew by the service
    return changes


def _complete(ticket: Ticket, values: Values) -> Changes:
    """Edits that leave the ticket ready to be worked on."""
    changes = _edited(ticket, values)
    if not changes.get("request_type", ticket.request_type):
        raise Invalid("诉求类型", "受理前必须填写")
    if not changes.get("subject", ticket.subject):
        raise Invalid("标题", "受理前必须填写")
    return changes


def edit(ticket: Ticket, values: Values, world: World) -> Changes:
    if ticket.clock_from and values.get("request_type", ticket.request_type) != ticket.request_type:
        raise Impossible("派单后不能更改诉求类型，期限已按原类型计算")
    return _edited(ticket, values)


def accept(ticket: Ticket, values: Values, world: World) -> Changes:
    return _complete(ticket, values)


def refuse(ticket: Ticket, values: Values, world: World) -> Changes:
    scope = values["scope"]
    return {"scope": scope, "referral": where_to_go(scope, values.get("organ", ""), world.rules)}


def answer(ticket: Ticket, values: Values, world: World) -> Changes:
    changes = _complete(ticket, values)
    if changes.get("request_type", ticket.request_type) != RequestType.CONSULT:
        raise Impossible("只有咨询类可以直接答复，其他诉求请派单")
    return changes | {
        "accepted_at": ticket.accepted_at or world.at,
        "result": values["result"],
        "direct": True,
    }


def fast_track(ticket: Ticket, values: Values, world: World) -> Changes:
    changes = _complete(ticket, values)
    if changes.get("request_type", ticket.request_type) != RequestType.HELP:
        raise Impossible("只有求助类可以即办")
    ready = replace(ticket, **changes, fast_track=True)
    changes |= {"fast_track": True, "accepted_at": ticket.accepted_at or world.at}
    return changes | assigned(ready, (UnitPart(values["unit"], Part.LEAD),), world)


def dispatch(ticket: Ticket, values: Values, world: World) -> Changes:
    lead = values["unit"]
    helpers = [unit for unit in values.get("co_units", ()) if unit != lead]
    if helpers and not (values.get("plan") and values.get("leader")):
        raise Invalid("工作方案", "有协办单位时，必须有工作方案（plan）和确定牵头单位的领导（leader）")
    units = (UnitPart(lead, Part.LEAD), *(UnitPart(unit, Part.CO) for unit in helpers))
    return assigned(ticket, units, world) | {
        "work_plan": values.get("plan", ""),
        "plan_leader": values.get("leader", ""),
        # A unit that has not had the ticket may return it, until the office has had to decide.
        "final": ticket.returns >= world.rules.returns_most,
    }


def merge(ticket: Ticket, values: Values, world: World) -> Changes:
    if values["into"] == ticket.number:
        raise Invalid("并入的工单", "不能并入自己")
    return {"merged_into": values["into"]}


def supervise(ticket: Ticket, values: Values, world: World) -> Changes:
    return {"supervision": values.get("level", Supervision.TRACKED)}


def lift(ticket: Ticket, values: Values, world: World) -> Changes:
    if ticket.supervision == Supervision.NONE:
        raise Impossible("工单没有督办")
    return {"supervision": Supervision.NONE}


def urge(ticket: Ticket, values: Values, world: World) -> Changes:
    return {"urges": ticket.urges + 1}
