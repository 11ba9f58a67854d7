"""The agent's page: the telephone, the call, its ticket and the citizen's earlier ones, over one WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from callqueue.live.control import ControlError
from callqueue.live.seated import SERVICES
from console import agent_calls, agent_ticket, seats
from console.agent_calls import Called, Day
from console.notes import note_on, write
from console.of_agent import NOTHING, OWN, body_of, desk_of, tickets_of
from console.page import Answered, Moved, Shown, Visit
from console.push import Listener, told, until_one_ends
from console.route import AgentDesk
from console.schema import require
from console.seeing import rows
from console.supervisor import REASONS
from store.base import now
from telephony.errors import AMIError
from tickets import queries
from tickets.access import Action
from tickets.errors import Impossible, Invalid, NotFound
from tickets.queries import Wanted
from tickets.units import unit_names
from tickets.wording import phone_digits

_SITTING = 5.0  # seconds between two looks whether the account still sits there
_EARLIER = 8  # tickets of the citizen
_LATEST = timedelta(minutes=30)  # for which the last call is shown by itself
_DONE = {
    "ready": "已就绪", "pause": "已暂停接听", "more": "话后整理时间已延长", "queues": "签入的队列已更改",
    "dial": "正在呼叫您的话机，接起后拨打对方", "hangup": "您已退出通话", "transfer": "已转接",
    "consult": "正在呼叫，群众在听音乐等候", "back": "已回到群众", "emergency": "正在接入紧急台",
}


def topic(number: str) -> str:
    """The name under which a telephone's changes are published."""
    return f"agent {number}"


def page(visit: Visit) -> Answered:
    """The page: which telephone to take, or the telephone with its call (or the one of `call`)."""
    desk, account = desk_of(visit.services.more["means"].desk), visit.account.id
    number = seats.number_of(visit.session, account)
    if not number:
        holders = seats.taken(visit.session)
        phones = [(one, registered, holders.get(one, "")) for one, registered in desk.phones()]
        return Shown({"number": "", "phones": phones})
    day = agent_calls.today(visit.session, account)
    call = _asked_for(visit, desk, number, day)
    values: dict[str, Any] = {
        "number": number, "seat": desk.look(number), "reasons": REASONS, "services": SERVICES, "call": call,
        "day": day, "others": [one for one in desk.phones() if one[0] != number],
    }
    if call is None:
        return Shown(values)
    known = _known(visit, desk, call)
    return Shown(values | known, seen=tuple(item["number"] for item in known["tickets"]))


def _asked_for(visit: Visit, desk: AgentDesk, number: str, day: Day) -> Called | None:
    """The call that is named, else the one at the telephone, else the last one there, as the ledger knows it, too."""
    wanted = visit.path.get("call") or visit.asked("call")
    if wanted:
        return agent_calls.own(visit.session, desk, visit.account.id, number, wanted)
    here = agent_calls.present(visit.session, desk, visit.account.id, number)
    if here or not day.calls or now() - day.calls[0]["at"] > _LATEST:
        return here[0] if here else None
    return agent_calls.own(visit.session, desk, visit.account.id, number, day.calls[0]["call"])


def _known(visit: Visit, desk: AgentDesk, call: Called) -> dict[str, Any]:
    """What is known of the citizen, and the ticket's form."""
    phone = phone_digits(call.number)
    found = queries.list_tickets(visit.session, Wanted(phone=phone), size=_EARLIER).rows if len(phone) >= 7 else ()
    tickets = rows(found, visit.acting(Action.SEARCH), hide=True)
    queues = {one["name"]: one["label"] for one in desk.look(desk.numbers[0])["all_queues"]}
    return {
        "elderly": bool(phone) and desk.elderly(phone), "note": note_on(visit.session, phone), "tickets": tickets,
        "earlier": agent_calls.earlier(visit.session, call), "queue_names": queues,
        "units": unit_names(visit.session), **agent_ticket.form(visit, call),
    }


# -- what an agent does --------------------------------------------------------------------------------


def take(visit: Visit) -> Answered:
    """Sits down at a telephone."""
    number = visit.typed("number")
    if number not in desk_of(visit.services.more["means"].desk).numbers:
        raise Invalid("话机", "请选择话机")
    seats.take(visit.session, visit.account.id, number, now(), visit.services.policy.idle)
    return Moved("/agent", f"已登录话机 {number}", told={"number": number})


def leave(visit: Visit) -> Answered:
    """Gets up: out of every queue, and the telephone is free for somebody else."""
    number = seats.number_of(visit.session, visit.account.id)
    desk = desk_of(visit.services.more["means"].desk)
    if number and desk.look(number)["queues"]:
        _carried_out(desk, "queues", number, {"queues": []})
    seats.leave(visit.session, visit.account.id, now())
    return Moved("/agent", "已离开话机", told={"number": number})


def do(visit: Visit) -> Answered:
    """Carries out the action that the path names."""
    what = visit.path["what"]
    if what not in OWN:
        raise NotFound("没有这项操作")
    number = seats.number_of(visit.session, visit.account.id)
    if not number:
        raise Impossible("请先登录话机")
    form = {**{"queues": ()}, **visit.form} if what == "queues" else visit.form
    body = {**body_of(what, form), **_about(visit)}
    require(OWN[what][1] or NOTHING, body, "form")
    about = tickets_of(visit.session, visit.by, body)
    _carried_out(desk_of(visit.services.more["means"].desk), what, number, body)
    return Moved("/agent", _DONE[what], told={"number": number, **body}, seen=about)


def _about(visit: Visit) -> dict[str, str]:
    """The ticket of the own call that a form names, when its citizen is dialled, or somebody about it."""
    if not visit.typed("call"):
        return {}
    call = agent_ticket.called(visit, visit.typed("call"))
    if visit.typed("phone") != call.number and not visit.typed("about"):
        return {}
    number = agent_calls.ticket_of(visit.session, call)
    if not number and agent_calls.taken(visit.session, call):
        number = agent_calls.draft(visit.session, call)  # the ledger is a little behind
    return {"ticket": number} if number else {}


def _carried_out(desk: AgentDesk, what: str, number: str, body: Mapping[str, Any]) -> None:
    try:
        desk.do(what, number, body)
    except (ControlError, AMIError, TimeoutError) as error:
        raise Impossible(str(error) or "Asterisk 没有及时答复") from None


def note(visit: Visit) -> Answered:
    """The citizen of an own call, with what the next agent should know."""
    call = agent_ticket.called(visit)
    write(visit.session, phone_digits(call.number), visit.typed("note"), visit.by.name, now())
    return Moved(f"/agent?call={call.id}", "备注已保存")


# -- what changes while the page is open ---------------------------------------------------------------


async def talk(listener: Listener, socket: web.WebSocketResponse) -> None:
    """The telephone as it is, then what changes, until the page goes."""
    number = await asyncio.to_thread(_number, listener)
    desk: AgentDesk | None = listener.services.more["means"].desk
    if not number or desk is None:
        return
    first = json.dumps(desk.look(number), ensure_ascii=False)
    await until_one_ends(told(listener, socket, topic(number), first), _moved(listener, number))


async def _moved(listener: Listener, number: str) -> None:
    """Returns when the account no longer sits there: what comes next is another agent's. Or when nobody can tell."""
    with contextlib.suppress(SQLAlchemyError):
        while await asyncio.to_thread(_number, listener) == number:  # noqa: ASYNC110 - a place in the database
            await asyncio.sleep(_SITTING)


def _number(listener: Listener) -> str:
    with listener.services.store.reading() as session:
        return seats.number_of(session, listener.account.id)
