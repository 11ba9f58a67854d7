"""The supervisor's page: the floor as it is, over a WebSocket, and what is done there."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from callqueue.live.control import ControlError
from console.agent_calls import PLACES
from console.of_floor import OF_AGENT, OF_CALL
from console.page import Answered, Shown, Visit
from console.push import Listener, told
from console.route import Floor
from console.schema import require
from telephony.errors import AMIError
from tickets.access import Action
from tickets.errors import Impossible, NotFound

TOPIC = "floor"
REASONS = (("rest", "休息"), ("meal", "用餐"), ("training", "培训"), ("paperwork", "案头"))


def page(visit: Visit) -> Answered:
    """The page; `screen=big` is the one for the wall, without controls."""
    big = visit.asked("screen") == "big"
    floor: Floor = visit.services.more["floor"]
    return Shown({"big": big, "may": visit.may(Action.FLOOR) and not big, "floor": floor.look(), "reasons": REASONS,
                  "places": PLACES})


def do(visit: Visit) -> Answered:
    """Carries out the action that the path names; its values are in the query, and so in the audit log."""
    what, of = visit.path["what"], visit.path["of"]
    known = OF_AGENT.get(what) or OF_CALL.get(what)
    if known is None:
        raise NotFound("没有这项操作")
    body: dict[str, Any] = dict(visit.query)
    if "queues" in body:
        body["queues"] = [name for name in body["queues"].split(",") if name]
    require(known[1] or {"type": "object", "properties": {}, "additionalProperties": False}, body, "query")
    floor: Floor = visit.services.more["floor"]
    try:
        floor.do(what, of, body)
    except (ControlError, AMIError, TimeoutError) as error:
        raise Impossible(str(error) or "Asterisk 没有及时答复") from None
    return Shown({})


async def talk(listener: Listener, socket: web.WebSocketResponse) -> None:
    """All that is known, then what changes, until the page goes."""
    floor: Floor = listener.services.more["floor"]
    await told(listener, socket, TOPIC, floor.whole())
