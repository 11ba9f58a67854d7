"""The ticket beside an agent's call: its form, and what is filed with it while talking or afterwards (R4-R9)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from console import agent_calls, seats
from console.agent_calls import Called
from console.desk_moves import field_of, given, registers
from console.of_agent import desk_of
from console.page import Answered, Handler, Moved, Visit
from console.seeing import visible
from tickets import needs
from tickets.access import SYSTEM, Action
from tickets.errors import Impossible, Invalid
from tickets.scope import hint, ways
from tickets.service import act, get, history
from tickets.terms import Channel, State
from tickets.ticket import Ticket
from tickets.transitions import TABLE
from tickets.wording import phone_digits

MOVES = (Action.ACCEPT, Action.ANSWER, Action.REFUSE, Action.FAST_TRACK, Action.EDIT)
_EDITS = frozenset(need.name for need in needs.EDITS)
# One form for several moves: what only one of them needs is asked for when it is sent.
_EXTRA = tuple(
    needs.optional(need) for need in (needs.RESULT, needs.ARTICLES, needs.SCOPE, needs.ORGAN, needs.UNIT, needs.NOTE)
)


def form(visit: Visit, call: Called) -> dict[str, Any]:
    """The ticket (None while there is none), the fields by name, the moves that may be made, where to go (R6-R9)."""
    number = agent_calls.ticket_of(visit.session, call)
    ticket = get(visit.session, number) if number else None
    seen = ticket or Ticket("", State.DRAFT, Channel.PHONE, call.began, phone=phone_digits(call.number))
    moves = [move for move in MOVES if seen.state in TABLE[move].sources and visit.may(move)]
    # A call by click about a draft files it as well.
    taken = (ticket is not None or agent_calls.taken(visit.session, call)) and bool(set(moves) - {Action.EDIT})
    known = registers(visit.session, seen)
    row = TABLE[Action.ACCEPT]
    fields = {need.name: field_of(need, seen, known, row) for need in (*needs.EDITS, *_EXTRA)} if taken else {}
    words = f"{visit.typed('subject') or seen.subject}\n{visit.typed('body') or seen.body}"
    return {
        "ticket": ticket, "fields": fields, "moves": moves if taken else [], "version": ticket.version if ticket else 0,
        "given": visit.form, "tried": visit.path.get("move", ""), "hint": hint(words),
        "ways": ways(visit.services.rules),
    }  # fmt: skip


def called(visit: Visit, call_id: str = "") -> Called:
    """The own call that is named, by the path or otherwise. Raises NotFound, Impossible."""
    number = seats.number_of(visit.session, visit.account.id)
    if not number:
        raise Impossible("请先登录话机")
    desk = desk_of(visit.services.more["means"].desk)
    return agent_calls.own(visit.session, desk, visit.account.id, number, call_id or visit.path["call"])


def filer(action: Action) -> Handler:
    """The handler of a move on the ticket of an own call, which is drafted when there is none."""

    def handler(visit: Visit) -> Answered:
        call = called(visit)
        number = agent_calls.ticket_of(visit.session, call) or agent_calls.draft(visit.session, call)
        ticket = visible(visit.session, number, visit.by)
        version = _version(visit, ticket)
        row = TABLE[action]
        said: Any = given(visit, ticket, row)
        if action == Action.REFUSE:
            version = _edited(visit, ticket, version)
        done = act(visit.session, number, action, by=visit.by, version=version, rules=visit.services.rules, **said)
        told = f"{row.meaning}：工单 {number}" + (f"。请告知群众：{done.referral}" if done.referral else "")
        return Moved(f"/agent?call={call.id}", told, seen=(number,))

    return handler


def _edited(visit: Visit, ticket: Ticket, version: int) -> int:
    """The version after what was typed about the matter was kept: a refusal itself takes only its reason."""
    edit = TABLE[Action.EDIT]
    said: Any = {name: value for name, value in given(visit, ticket, edit).items() if name in _EDITS}
    if not said:
        return version
    rules = visit.services.rules
    return act(visit.session, ticket.number, Action.EDIT, by=visit.by, version=version, rules=rules, **said).version


def _version(visit: Visit, ticket: Ticket) -> int:
    """The version that was seen, or the present one when only the hotline itself has added to the ticket since.

    The recording of a call is added when the call is over, while the agent still writes.
    """
    word = visit.typed("version")
    if not (word.isascii() and word.isdigit() and len(word) < 8):
        raise Invalid("版本", "请刷新页面后再办")
    return ticket.version if _only_ours(visit.session, ticket, int(word)) else int(word)


def _only_ours(session: Session, ticket: Ticket, version: int) -> bool:
    since = [event for event in history(session, ticket.number) if event["seq"] > version]
    return all(event["role"] == SYSTEM.role.value and event["action"] in (Action.CREATE, Action.ADD) for event in since)

