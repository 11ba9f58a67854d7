"""The calls of one agent: whether a call is the agent's own, its ticket, and the agent's day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from callqueue.calls import Direction
from callqueue.tables import CallRow, MissedAttemptRow, MissedCallRow, MissedRow
from console import seats
from console.route import AgentDesk
from store.base import LOCAL, now
from tickets.errors import NotFound
from tickets.intake import draft_from_call
from tickets.records import TICKETS
from tickets.wording import phone_digits

# Where in a call a key was pressed, as the ledger's `path` names it.
PLACES = {
    "greeting": "问候语", "main": "主菜单", "queue": "排队", "danger": "紧急菜单", "progress": "进度查询",
    "elderly": "老年人直达", "voicemail": "留言", "overflow": "溢出", "closed": "非工作时间", "fallback": "备用菜单",
    "kept": "保留位置", "fax": "传真", "rating": "评价",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Called:
    """An agent's call: `number` the citizen's ("" hidden), `path` in words; `began` when the visit began."""

    id: str
    agent: str
    number: str
    direction: str
    queue: str
    line: str
    path: str
    began: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """An agent's day: calls answered, seconds talked on average, ratings (1 is best) and their mean, calls made.

    A call that is not over does not count in the average. `calls` are the agent's calls, newest first, as the
    ledger has them.
    """

    answered: int
    talk: float
    rated: int
    rating: float
    made: int
    calls: tuple[dict[str, Any], ...]


# -- one call ----------------------------------------------------------------------------------------


def own(session: Session, desk: AgentDesk, account: int, number: str, call_id: str) -> Called:
    """A call of this agent: the one at the telephone, the last one there, or one of the ledger. Raises NotFound."""
    for one in present(session, desk, account, number):
        if one.id == call_id:
            return one
    row = session.get(CallRow, call_id)
    if row is not None:
        for share in row.agents:
            begin = datetime.fromisoformat(share["joined_at"])
            if any(seat.covers(share["agent"], begin) for seat in seats.since(session, account, row.started_at)):
                return _of_ledger(row, share["agent"])
    raise NotFound("没有这个通话，或不是您的通话")


def present(session: Session, desk: AgentDesk, account: int, number: str) -> list[Called]:
    """The call at the telephone, and the last one that was spoken there while the account sat at it."""
    seen = desk.look(number)
    found = [_of_live(seen["call"], number)] if seen["call"] else []
    last = seen["last"]
    if last is not None:
        begin = datetime.fromtimestamp(last["since"], LOCAL)
        if any(seat.covers(number, begin) for seat in seats.since(session, account, begin)):
            found.append(_of_live(last, number))
    return found


def _of_live(one: Mapping[str, Any], number: str) -> Called:
    """The call as the live state has it (callqueue.live.own.OwnCall as JSON)."""
    began = datetime.fromtimestamp(one["began"], LOCAL) if one["began"] else now()
    steps = [step.partition(":") for step in one["path"].split(".") if step]
    path = _words([(at, key) for at, _, key in steps])
    line = "96128" if one["queue"] == "line96128" else "12345"
    return Called(one["call"], number, one["number"], one["direction"], one["queue"], line, path, began)


def _of_ledger(row: CallRow, agent: str) -> Called:
    number = row.caller if row.direction == Direction.INBOUND else row.dialled
    path = _words([(step["at"], step["key"]) for step in row.path])
    return Called(row.call_id, agent, number, row.direction, row.queue, row.line, path, row.started_at)


def _words(steps: list[tuple[str, str]]) -> str:
    return " → ".join(f"{PLACES.get(at, at)}按 {key}" if key else PLACES.get(at, at) for at, key in steps)


def ticket_of(session: Session, call: Called) -> str:
    """The number of the call's ticket, "" while there is none; of a kept place, that of the call that asked for it; of
    a call by click, the one it is about.
    """
    asked = [call.id, *_asked(session, call)]
    query = select(TICKETS.c.number).where(TICKETS.c.source_key.in_([f"phone:{one}" for one in asked]))
    found = session.scalar(query.order_by(TICKETS.c.number.desc()).limit(1))
    return found or session.scalar(select(CallRow.ticket_no).where(CallRow.call_id == call.id)) or ""


def taken(session: Session, call: Called) -> bool:
    """Whether a citizen is served in the call, and a ticket is filed."""
    return call.direction == Direction.INBOUND or bool(_asked(session, call))


def _asked(session: Session, call: Called) -> Sequence[str]:
    """Of a call to a citizen who was missed, or keeps a place: those in which the citizen waited."""
    if call.direction == Direction.INBOUND:
        return ()
    tasks = [MissedCallRow.task.in_(select(MissedAttemptRow.task).where(MissedAttemptRow.channel == call.id))]
    if call.direction == Direction.CALLBACK:  # not over yet
        kept = select(MissedRow.id).where(MissedRow.open_phone == call.number, MissedRow.kept_at.is_not(None))
        tasks.append(MissedCallRow.task.in_(kept))
    return session.scalars(select(MissedCallRow.call_id).where(or_(*tasks))).all()


def draft(session: Session, call: Called) -> str:
    """The number of the draft that the ledger, too, would make of the call when it is over (R3). Raises NotFound."""
    if not taken(session, call):
        raise NotFound("只有群众来电才登记工单")
    return draft_from_call(
        session, call_id=call.id, caller=call.number, line=call.line, queue=call.queue, agent=call.agent,
        started_at=call.began, kind="answered", recordings=[],
    )


# -- the day -----------------------------------------------------------------------------------------


def today(session: Session, account: int) -> Day:
    """The agent's calls of today, at whatever telephones."""
    begin = datetime.combine(now().date(), time(), LOCAL)
    held = seats.since(session, account, begin)
    numbers = {seat.number for seat in held}
    found: list[dict[str, Any]] = []
    columns = (CallRow.call_id, CallRow.started_at, CallRow.direction, CallRow.caller, CallRow.dialled, CallRow.queue,
               CallRow.agent, CallRow.agents, CallRow.rating, CallRow.ticket_no, CallRow.ended_at)  # fmt: skip
    query = select(*columns).where(CallRow.started_at >= begin).order_by(CallRow.started_at.desc())
    for row in session.execute(query) if numbers else ():
        shares = [one for one in row.agents if one["agent"] in numbers and _held(held, one)]
        if shares:
            found.append(_line(row, shares))
    return _counted(found)


def _held(held: list[seats.Seated], share: Mapping[str, Any]) -> bool:
    begin = datetime.fromisoformat(share["joined_at"])
    return any(seat.covers(share["agent"], begin) for seat in held)


def _line(row: Any, shares: list[Mapping[str, Any]]) -> dict[str, Any]:
    inbound = row.direction == Direction.INBOUND
    return {
        "call": row.call_id, "at": row.started_at, "direction": row.direction,
        "number": row.caller if inbound else row.dialled, "queue": row.queue, "ticket": row.ticket_no,
        "talk": sum(share["talk_s"] for share in shares), "over": row.ended_at is not None,
        "rating": row.rating if row.agent == shares[-1]["agent"] else None,
    }  # fmt: skip


def _counted(found: list[dict[str, Any]]) -> Day:
    served = [one for one in found if one["direction"] in (Direction.INBOUND, Direction.CALLBACK)]
    rated = [one["rating"] for one in served if one["rating"]]
    talks = [one["talk"] for one in served if one["over"]]
    return Day(
        answered=len(served), talk=sum(talks) / max(len(talks), 1), rated=len(rated),
        rating=sum(rated) / len(rated) if rated else 0.0,
        made=sum(one["direction"] == Direction.OUTBOUND for one in found), calls=tuple(found),
    )


def earlier(session: Session, call: Called, most: int = 8) -> list[dict[str, Any]]:
    """The last other calls of the citizen's number, newest first; none of a hidden one."""
    if not phone_digits(call.number):
        return []
    columns = (CallRow.call_id, CallRow.started_at, CallRow.direction, CallRow.disposition, CallRow.queue,
               CallRow.agent, CallRow.rating, CallRow.ticket_no)  # fmt: skip
    query = select(*columns).where(CallRow.caller == call.number, CallRow.call_id != call.id)
    query = query.order_by(CallRow.started_at.desc()).limit(most)
    return [dict(row._mapping) for row in session.execute(query)]
