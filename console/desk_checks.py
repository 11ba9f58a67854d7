"""Handlers: the office's sample of what the units said; which tickets are in it was drawn by the system (R34, R37)."""

from __future__ import annotations

import re
from typing import Any

from callback_survey import labels, sampling
from callback_survey.by_hand import ASKED
from callback_survey.hand_tables import CheckRow
from callback_survey.sampling import Kind
from callqueue import missed
from console.desk_moves import forms
from console.page import Answered, Moved, Shown, Then, Visit
from console.route import Means
from console.seeing import shown, visible
from store.base import now
from tickets.errors import Impossible, Invalid, NotFound
from tickets.units import unit_names

SIZE = 50
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_NOTE = 1_000
_YES_NO = (("yes", "是"), ("no", "否"))


def listing(visit: Visit) -> Answered:
    """The checks that are open, or those done."""
    done, after = visit.asked("state") == "done", visit.asked("after")
    found = sampling.checks(visit.session, done, SIZE, int(after) if _NUMBER.fullmatch(after) else 0)
    values = {
        "rows": found, "done": done, "units": unit_names(visit.session), "kinds": _KINDS,
        "after": found[-1].id if len(found) == SIZE else None,
    }  # fmt: skip
    return Shown(values, seen=tuple(row.ticket for row in found))


_KINDS = {kind.value: kind.label for kind in Kind}


def one(visit: Visit) -> Answered:
    """What the unit said, whom to ask, and the form of what the citizen tells."""
    row = _check(visit)
    ticket = visible(visit.session, row.ticket, visit.by)
    values: dict[str, Any] = {
        "check": row, "ticket": shown(ticket, visit.by), "units": unit_names(visit.session), "kinds": _KINDS,
        "labels": labels, "questions": [_question(name) for name in sampling.asked_of(row.kind)],
        "agents": [(number, number) for number in visit.services.more["agents"]], "given": visit.form,
        "may_reopen": any(form.action == "reopen" for form in forms(visit, ticket)), "tries": sampling.TRIES,
    }  # fmt: skip
    return Shown(values, seen=(row.ticket,))


def _question(name: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    if name == "called":
        return name, labels.CHECKED[name], _YES_NO
    return name, labels.TITLES[name], tuple((value, labels.ANSWERS[name, value]) for value in ASKED[name])


def call(visit: Visit) -> Answered:
    """The check; the agent's phone rings, then the citizen's."""
    row, agent = _check(visit), visit.typed("agent")
    means: Means = visit.services.more["means"]
    ticket = visible(visit.session, row.ticket, visit.by)
    if agent not in visit.services.more["agents"]:
        raise Invalid("agent", "请选择坐席")
    at = now()
    if missed.allowed(means.missed, at) != at or row.done_at is not None or not ticket.phone:
        raise Impossible("现在不能拨打：已完成，没有号码，或在免打扰时段")
    made = {"channel": f"check-{row.id}-{at:%H%M%S}", "phone": ticket.phone, "agent": agent}

    async def dial() -> Moved:
        means.dial(missed.originate(made, means.ring_seconds))
        return Moved(f"/checks/{row.id}", f"正在呼叫坐席话机 {agent}，接起后拨打群众")

    return Then(dial)


def record(visit: Visit) -> Answered:
    """On to the list, with what the comparison says."""
    row = _check(visit)
    told = {name: visit.typed(name) for name in sampling.asked_of(row.kind) if visit.typed(name)}
    note = visit.typed("note")
    if len(note) > _NOTE:
        raise Invalid("说明", f"至多{_NOTE}字")
    if bool(told) == (visit.typed("reached") == "no"):
        raise Invalid("群众回答", "请选择是否联系上；联系上的填写每一项回答，没有联系上的不填写")
    made = sampling.settle(visit.session, row.id, told, note, visit.by, now())
    words = {None: "已登记未联系上", True: "已登记：与承办单位所报不一致", False: "已登记：与承办单位所报一致"}
    return Moved("/checks", words[made.differs])


def _check(visit: Visit) -> CheckRow:
    word = visit.path["check"]
    if not _NUMBER.fullmatch(word):
        raise NotFound("没有这项抽查")
    return sampling.check(visit.session, int(word))
