"""Handlers: citizens who were missed, given to agents, called back, or closed with a reason."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from callqueue import missed
from callqueue.errors import Calling, Closed, Kept, MissedError, NoSuchTask, Quiet
from callqueue.missed_listing import Sort, Sought, listed
from console import spreadsheet
from console.outcomes import because
from console.page import Answered, Moved, Shown, Then, Visit
from console.route import Means
from store.base import now
from tickets.errors import Impossible, Invalid, NotFound

SIZE, _MOST = 50, 500
STATES = (("open", "待回拨"), ("closed", "已关闭"), ("all", "全部"))
SORTS = ((Sort.DUE, "应回拨，早的在前"), (Sort.LATEST, "最近来电，新的在前"), (Sort.CALLS, "未接次数，多的在前"))
_HEADER = ("电话", "状态", "关闭原因", "未接次数", "最近来电", "应回拨", "坐席", "已拨次数")
_TOLD: Mapping[type[MissedError], str] = {
    Closed: "这项回拨已经关闭", Quiet: "现在是免打扰时段，不能回拨", Calling: "正在回拨这位群众，请稍候",
    Kept: "这位群众保留了排队位置，轮到时自动回拨",
}  # fmt: skip
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def listing(visit: Visit) -> Answered:
    """A page of the tasks that are asked for."""
    sought, after = _sought(visit), visit.asked("after")
    found, last = listed(visit.session, sought, SIZE, int(after) if _NUMBER.fullmatch(after) else 0)
    return Shown({"rows": found, "after": last, "sought": sought, "states": STATES, "sorts": SORTS, **_known(visit)})


def export(visit: Visit) -> Answered:
    """The tasks that are asked for, as a spreadsheet."""
    sought = _sought(visit)
    lines = [
        (one["phone"], dict(STATES).get(one["state"], one["state"]), because(one["reason"]) if one["reason"] else "",
         one["calls"], one["last_at"], one["due_at"], one["assignee"], one["attempts"])
        for one in spreadsheet.every(lambda after: listed(visit.session, sought, _MOST, after or 0))
    ]  # fmt: skip
    return spreadsheet.saved("未接回拨", _HEADER, lines)


def _sought(visit: Visit) -> Sought:
    state, sort = visit.asked("state") or "open", visit.asked("sort")
    if state not in dict(STATES):
        raise Invalid("state", "没有这种状态")
    if sort and sort not in set(Sort):
        raise Invalid("sort", "没有这个选项")
    named = {name: visit.asked(name) for name in ("assignee", "queue", "phone")}
    return Sought("" if state == "all" else state, **named, sort=Sort(sort) if sort else None)


def task(visit: Visit) -> Answered:
    """One task with the calls that were missed and the attempts made."""
    with _in_chinese():
        return Shown({"task": missed.show(visit.session, _task(visit)), **_known(visit)})


def assign(visit: Visit) -> Answered:
    """The task, given to an agent."""
    number, agent = _task(visit), _agent(visit)
    with _in_chinese():
        missed.assign(visit.session, number, agent)
    return Moved(f"/missed/{number}", f"已指派给 {agent}")


def close(visit: Visit) -> Answered:
    """The task, closed with a reason."""
    number, reason = _task(visit), visit.typed("reason")
    if not 2 <= len(reason) <= 200:
        raise Invalid("reason", "请写明关闭原因（2至200字）")
    with _in_chinese():
        missed.close(visit.session, number, reason, visit.by.name, now())
    return Moved(f"/missed/{number}", "已关闭")


def call(visit: Visit) -> Answered:
    """The task with its new attempt; the agent's phone rings once that is committed."""
    number, agent = _task(visit), _agent(visit)
    means: Means = visit.services.more["means"]
    with _in_chinese():
        made = missed.begin(visit.session, number, agent, now(), means.missed)

    async def dial() -> Moved:
        means.dial(missed.originate(made, means.ring_seconds))
        return Moved(f"/missed/{number}", f"正在呼叫坐席话机 {agent}，接起后拨打群众")

    return Then(dial)


def _task(visit: Visit) -> int:
    word = visit.path["task"]
    if not _NUMBER.fullmatch(word):
        raise NotFound("没有这项回拨")
    return int(word)


def _agent(visit: Visit) -> str:
    agent = visit.typed("agent")
    if agent not in visit.services.more["agents"]:
        raise Invalid("agent", "请选择坐席")
    return agent


def _known(visit: Visit) -> dict[str, Any]:
    """The agents to choose from, the queues' names, and where kept places stand."""
    floor = visit.services.more["floor"]
    queues = {one["name"]: one["label"] for one in floor.look()["queues"]}
    agents = [(one, one) for one in visit.services.more["agents"]]
    return {"agents": agents, "queues": queues, "places": floor.places()}


@contextlib.contextmanager
def _in_chinese() -> Iterator[None]:
    """Raises what `missed` refuses as an error that the page shows in its own words."""
    try:
        yield
    except NoSuchTask:
        raise NotFound("没有这项回拨") from None
    except MissedError as error:
        raise Impossible(_TOLD.get(type(error), "现在不能这样办理")) from None
