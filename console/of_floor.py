"""Handlers: the floor as a supervisor sees it, and what a supervisor does there."""

from __future__ import annotations

from callqueue.live.control import ControlError
from console.route import Answer, Asked, Floor, Handler
from console.schema import Schema, pattern, record

QUEUE = pattern("[a-z0-9]{1,40}")
REASON: Schema = record({"reason": pattern("[^\\x00-\\x1f]{1,40}")})
QUEUES: Schema = record({"queues": {"type": "array", "items": QUEUE, "maxItems": 100}})
TO: Schema = record({"queue": QUEUE})
PHONE: Schema = record({"phone": pattern("[0-9]{4}")})
OF_AGENT = {
    "pause": ("No calls for a while, with a reason", REASON),
    "unpause": ("Calls again", None),
    "logout": ("Out of every queue", None),
    "queues": ("Exactly these queues", QUEUES),
    "listen": ("Hear the agent's call", PHONE),
    "whisper": ("Speak to the agent alone", PHONE),
    "barge": ("Speak to both", PHONE),
    "take": ("Take the caller over", PHONE),
}
OF_CALL = {
    "front": ("Next in the queue", None),
    "move": ("To the end of another queue", TO),
    "hangup": ("End the call", None),
}


def _floor(asked: Asked) -> Floor:
    if asked.floor is None:
        raise ControlError("与 Asterisk 的连接中断，暂不能操作")
    return asked.floor


def look(asked: Asked) -> Answer:
    """Queues, agents and trunks at this moment."""
    return Answer(_floor(asked).look())


def doer(what: str) -> Handler:
    """The handler of one action on the agent or the call that the path names."""

    def do(asked: Asked) -> Answer:
        _floor(asked).do(what, asked.path.get("agent") or asked.path["call_id"], asked.body)
        return Answer({"done": what})

    return do
