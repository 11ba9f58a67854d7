"""Handlers: the office's sample of what the units said; which tickets are in it was drawn by the system (R34, R37)."""

from __future__ import annotations

import re
from typing import Any

from callback_survey import labels, sampling
from callback_survey.by_hand import ASKED
from callback_survey.hand_tables import CheckRow
from callback_survey.sampling import Kind
from callqueue import missed
from console import spreadsheet
from console.desk_moves import forms
from console.page import Answered, Moved, Shown, Then, Visit
from console.route import Means
from console.seeing import shown, visible
from store.base import now
from tickets.errors import Invalid, NotFound
from tickets.units import unit_names

SIZE, _MOST = 50, 500
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_NOTE = 1_000
_YES_NO = (("yes", "是"), ("no", "否"))


def listing(visit: Visit) -> Answered:
    """A page of the checks that are open, or of those done."""
    sought, after = _sought(visit), visit.asked("after")
    found, last = sampling.checks(visit.session, sought, SIZE, int(after) if _NUMBER.fullmatch(after) else 0)
    values = {
        "rows": found, "sought": sought, "units": unit_names(visit.session), "kinds": _KINDS, "after": last,
        "results": _RESULTS,
    }  # fmt: skip
    return Shown(values, seen=tuple(row.ticket for row in found))


def export(visit: Visit) -> Answered:
    """The checks that are asked for, as a spreadsheet."""
    sought, names = _sought(visit), unit_names(visit.session)
    found = list(spreadsheet.every(lambda after: sampling.checks(visit.session, sought, _MOST, after or 0)))
    lines = [
        (row.id, row.ticket, _KINDS[row.kind], names.get(row.unit, row.unit), row.day, row.tries, _result(row),
         row.by, row.done_at and f"{row.done_at:%Y-%m-%d %H:%M}", row.note)
        for row in found
    ]  # fmt: skip
    return spreadsheet.saved("回访抽查", _HEADER, lines, [row.ticket for row in found])


def _result(row: CheckRow) -> str:
    if row.differs is None:
        return "未联系上" if row.done_at else ""
    return _RESULTS["yes" if row.differs else "no"]


def _sought(visit: Visit) -> sampling.Sought:
    """The checks that are asked for. Raises Invalid."""
    done, kind, differs = visit.asked("state") == "done", visit.asked("kind"), visit.asked("differs")
    if (kind and kind not in _KINDS) or (differs and differs not in _RESULTS):
        raise Invalid("kind", "没有这个选项")
    newest = visit.asked("sort") == "newest" if visit.asked("sort") else done
    told = differs == "yes" if differs and done else None
    return sampling.Sought(done, visit.asked("unit"), Kind(kind) if kind else None, told, newest)


_KINDS = {kind.value: kind.label for kind in Kind}
_RESULTS = {"yes": "不一致", "no": "一致"}
_HEADER = ("编号", "工单", "抽查内容", "承办单位", "所报日期", "已联系次数", "结果", "登记人", "完成时间", "说明")


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
    visible(visit.session, row.ticket, visit.by)
    if agent not in visit.services.more["agents"]:
        raise Invalid("agent", "请选择坐席")
    made = sampling.calling(visit.session, row.id, agent, now(), means.missed)

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
