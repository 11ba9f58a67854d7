"""Handlers: an agent's own telephone and call, and the ticket of a call, for software beside the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from callqueue.live.control import ControlError
from callqueue.live.seated import SERVICES
from console import agent_calls, seats
from console.of_floor import QUEUES, REASON
from console.route import AgentDesk, Answer, Asked, Handler
from console.schema import Schema, pattern, record
from console.seeing import visible
from console.sessions import Policy
from store.base import now
from tickets.access import Actor
from tickets.errors import Impossible, NotFound

PHONE: Schema = record({"number": pattern("[0-9]{4}")})
SERVICE: Schema = record({"service": {"type": "string", "enum": list(SERVICES)}})
TO: Schema = record({"to": pattern("[0-9]{4,20}")})
# What is done: its summary and the body it needs.
OWN: Mapping[str, tuple[str, Schema | None]] = {
    "ready": ("Takes calls, at once", None),
    "pause": ("No calls for a while, with a reason", REASON),
    "more": ("More time for wrap-up", None),
    "queues": ("Logged in to exactly these queues", QUEUES),
    "dial": ("Ring the own phone, then the citizen's; with a ticket the call stands in its history",
             record({"phone": pattern("[0-9]{5,20}"), "ticket": pattern("[0-9]{12}")}, ("ticket",))),
    "hangup": ("Leave the call; after a consultation whom was asked has it", None),
    "transfer": ("Send the citizen on, unannounced", TO),
    "consult": ("Speak with somebody while the citizen waits", TO),
    "back": ("End the consultation, speak with the citizen again", None),
    "emergency": ("Bring an emergency desk into the call (R6)", SERVICE),
}
NOTHING: Schema = {"type": "object", "properties": {}, "additionalProperties": False}
_IDLE = Policy().idle


def desk_of(desk: AgentDesk | None) -> AgentDesk:
    """The desk. Raises ControlError where the service has none."""
    if desk is None:
        raise ControlError("与 Asterisk 的连接中断，暂不能操作")
    return desk


def look(asked: Asked) -> Answer:
    """The own telephone and call at this moment; `number` "" when the account sits at none."""
    number = seats.number_of(asked.session, asked.account.id)
    return Answer(desk_of(asked.means.desk).look(number) if number else {"number": ""})


def take(asked: Asked) -> Answer:
    """Sits down at a telephone."""
    desk, number = desk_of(asked.means.desk), asked.body["number"]
    if number not in desk.numbers:
        raise NotFound(f"没有话机 {number}")
    seats.take(asked.session, asked.account.id, number, now(), _IDLE)
    return Answer({"number": number})


def leave(asked: Asked) -> Answer:
    """Gets up."""
    seats.leave(asked.session, asked.account.id, now())
    return Answer({"number": ""})


def doer(what: str) -> Handler:
    """The handler of one action on the own telephone or call."""

    def do(asked: Asked) -> Answer:
        about = tickets_of(asked.session, asked.by, asked.body)
        desk_of(asked.means.desk).do(what, own_number(asked), asked.body)
        return Answer({"done": what}, seen=about)

    return do


def tickets_of(session: Session, by: Actor, body: Mapping[str, Any]) -> tuple[str, ...]:
    """The ticket that an action is about, if any. Raises NotFound."""
    return (visible(session, body["ticket"], by).number,) if "ticket" in body else ()


def ticket(asked: Asked) -> Answer:
    """The ticket of an own call, drafted when it has none yet (R3)."""
    desk, number = desk_of(asked.means.desk), own_number(asked)
    call = agent_calls.own(asked.session, desk, asked.account.id, number, asked.path["call_id"])
    found = agent_calls.ticket_of(asked.session, call) or agent_calls.draft(asked.session, call)
    return Answer({"number": found}, seen=(found,))


def own_number(asked: Asked) -> str:
    """The telephone the account sits at. Raises Impossible when it sits at none."""
    number = seats.number_of(asked.session, asked.account.id)
    if not number:
        raise Impossible("请先登录话机")
    return number


def body_of(what: str, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body of an action as a form carries it."""
    schema = OWN[what][1] or NOTHING
    return {
        name: list(value) if name == "queues" else value[0].strip()
        for name, value in form.items() if name in schema["properties"]
    }  # fmt: skip
