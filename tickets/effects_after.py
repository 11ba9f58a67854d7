"""What happens after a ticket is resolved: review, callback, filing, and doing it again (R34-R39)."""

from __future__ import annotations

from tickets.access import UNIT_ROLES
from tickets.assigning import FRESH, Changes, Values, World, again
from tickets.errors import Impossible, Invalid
from tickets.terms import CallbackBy, Scope, State, Supervision
from tickets.ticket import Ticket


def needs_person(ticket: Ticket) -> bool:
    """Whether a person must call the citizen: not satisfied, not truthful, or under supervision (R37)."""
    unhappy = (ticket.satisfied or 0) >= 4 or ticket.truthful is False
    return unhappy or ticket.supervision != Supervision.NONE


def review(ticket: Ticket, values: Values, world: World) -> Changes:
    false_reply = values.get("false_reply", False)
    if values["passed"]:
        if false_reply:
            raise Invalid("虚假回复", "认定虚假回复时不能复核通过")
        return {"state": State.REVIEWED}
    if not values.get("reason"):
        raise Invalid("说明", "复核不通过必须说明理由（reason）")
    return again(ticket, world) | {"false_reply": ticket.false_reply or false_reply}


def callback(ticket: Ticket, values: Values, world: World) -> Changes:
    if world.by.role in UNIT_ROLES:
        # The unit asks whoever was not satisfied (R37); what the citizen told the hotline itself stays as it was.
        if ticket.state is not State.CALLBACK or values["by_means"] not in (CallbackBy.PERSON, CallbackBy.VISIT):
            raise Impossible("承办单位只能在热线回访之后，登记人工回访或当面回访")
        return {"callback_by": values["by_means"]}
    return {
        "callback_by": values["by_means"],
        "satisfied": values.get("satisfied"),
        "truthful": values.get("truthful"),
        "solved": values.get("solved"),
        "false_reply": ticket.false_reply or values.get("false_reply", False),
    }


def close(ticket: Ticket, values: Values, world: World) -> Changes:
    if needs_person(ticket) and ticket.callback_by not in (CallbackBy.PERSON, CallbackBy.VISIT):
        raise Impossible("群众不满意、反映不属实或列入督办的工单，须先人工回访")
    return {}


def reopen(ticket: Ticket, values: Values, world: World) -> Changes:
    if ticket.lead_unit:
        return again(ticket, world)
    # Refused, or answered by the agent: no unit has had it, so the office dispatches it.
    wiped: Changes = {"direct": False, "scope": Scope.IN, "referral": "", "state": State.ACCEPTED}
    return {**FRESH, **wiped, "accepted_at": ticket.accepted_at or world.at}
