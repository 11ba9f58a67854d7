"""Handlers: citizens whom a person calls or visits (R37, R39): the list, the ticket with its audio, what came of it."""

from __future__ import annotations

from typing import Any

from callback_survey import by_hand, labels
from callback_survey.by_hand import ASKED, Result, Told
from callback_survey.deciding import Why
from callback_survey.waiting import Sort, Sought, listed
from callqueue import missed
from console import spreadsheet, ticket_callback
from console.page import Answered, Moved, Shown, Then, Visit
from console.route import Means
from console.seeing import rows, shown, unit_of, visible
from store.base import now
from tickets.access import UNIT_ROLES
from tickets.errors import Invalid, NotFound
from tickets.masking import is_masked, masked_events
from tickets.present import codes
from tickets.service import history
from tickets.terms import CallbackBy
from tickets.units import all_units, unit_names

SIZE, _MOST = 50, 500
_HEADER = ("工单", "标题", "原因", "群众评价", "承办单位", "转入时间", "已联系次数", "最近一次")
_NOTE, _PLACE = 2_000, 200
QUESTIONS = tuple(
    (name, labels.TITLES[name], tuple((value, labels.ANSWERS[name, value]) for value in values))
    for name, values in ASKED.items()
)


def listing(visit: Visit) -> Answered:
    """A page of those who wait; a unit's own alone."""
    sought = _sought(visit)
    found, last = listed(visit.session, sought, SIZE, visit.asked("after"))
    items = rows(found, visit.by)
    values = {
        "rows": items, "after": last, "units": unit_names(visit.session), "sought": sought, "labels": labels,
        "choices": [] if sought.asked else [(one.code, one.name) for one in all_units(visit.session)],
        "whys": [(one.value, one.label) for one in Why], "sorts": [(one.value, one.label) for one in Sort],
    }  # fmt: skip
    return Shown(values, seen=tuple(item["number"] for item in items))


def export(visit: Visit) -> Answered:
    """Those who are asked for, as a spreadsheet."""
    sought, names = _sought(visit), unit_names(visit.session)
    found = rows(spreadsheet.every(lambda after: listed(visit.session, sought, _MOST, after or "")), visit.by)
    lines = [
        (one["number"], one["subject"], Why(one["why"]).label,
         labels.ANSWERS.get(("satisfied", str(one["satisfied"])), ""), names.get(one["lead_unit"] or "", ""),
         _moment(one["since"]), one["tries"], _moment(one["last_try"]))
        for one in found
    ]  # fmt: skip
    return spreadsheet.saved("人工回访", _HEADER, lines, [one["number"] for one in found])


def _moment(text: str | None) -> str:
    return (text or "")[:16].replace("T", " ")


def _sought(visit: Visit) -> Sought:
    """Those who are asked for. Raises Invalid, Forbidden."""
    why, sort = visit.asked("why"), visit.asked("sort") or Sort.LONGEST
    if (why and why not in set(Why)) or sort not in set(Sort):
        raise Invalid("why", "没有这个选项")
    unit = unit_of(visit.by, visit.asked("unit"))
    return Sought(unit, Why(why) if why else None, visit.by.role in UNIT_ROLES, Sort(sort))


def one(visit: Visit) -> Answered:
    """The ticket with what was said and tried, and the form of what came of it."""
    return Shown(_values(visit), seen=(visit.path["number"],))


def visit_form(visit: Visit) -> Answered:
    """The form of a visit (当面回访登记表), to be printed and taken along."""
    return Shown(_values(visit), seen=(visit.path["number"],))


def _values(visit: Visit) -> dict[str, Any]:
    number = visit.path["number"]
    ticket = visible(visit.session, number, visit.by)
    why = by_hand.why(visit.session, number)
    if why is None:
        raise NotFound("这件工单不在待人工回访之列")
    masked = is_masked(ticket, visit.by)
    return {
        "ticket": shown(ticket, visit.by), "masked": masked, "why": why, "units": unit_names(visit.session),
        "callback": ticket_callback.shown(visit, ticket), "events": masked_events(
            ticket, codes(history(visit.session, number)), visit.by
        ),
        "questions": QUESTIONS, "results": [(result.value, result.label) for result in Result],
        "agents": _agents(visit, ticket.phone),
        "given": visit.form, "today": now().date(),
    }  # fmt: skip


def _agents(visit: Visit, phone: str) -> list[tuple[str, str]]:
    """Whose phone may ring; nobody's for a unit, and when the citizen wants no calls."""
    if visit.by.role in UNIT_ROLES or by_hand.refused(visit.session, phone):
        return []
    return [(number, number) for number in visit.services.more["agents"]]


def call(visit: Visit) -> Answered:
    """The ticket; the agent's phone rings once the try is committed."""
    number, agent = visit.path["number"], visit.typed("agent")
    visible(visit.session, number, visit.by)
    if visit.by.role in UNIT_ROLES or agent not in visit.services.more["agents"]:
        raise Invalid("agent", "请选择坐席")
    means: Means = visit.services.more["means"]
    made = by_hand.begin_call(visit.session, number, agent, visit.by, now(), means.missed)

    async def dial() -> Moved:
        means.dial(missed.originate(made, means.ring_seconds))
        return Moved(f"/people/{number}", f"正在呼叫坐席话机 {agent}，接起后拨打群众；通话后请登记结果")

    return Then(dial)


def record(visit: Visit) -> Answered:
    """On to the list when the callback is over, to the ticket when somebody is to try again."""
    number = visit.path["number"]
    visible(visit.session, number, visit.by)
    over = by_hand.record(visit.session, number, _told(visit), visit.by, visit.services.rules, now())
    if over:
        return Moved("/people", f"工单 {number} 的回访已登记")
    return Moved(f"/people/{number}", "已登记，请换个时间再联系")


def _told(visit: Visit) -> Told:
    means = next((one for one in by_hand.MEANS if one.value == visit.typed("means")), None)
    if means is None:
        raise Invalid("回访方式", "请选择")
    result = next((one for one in Result if one.value == visit.typed("result")), None)
    if result is None:
        raise Invalid("结果", "请选择")
    answers = {name: visit.typed(name) for name in ASKED if visit.typed(name)}
    note, place, companions = visit.typed("note"), visit.typed("place"), visit.typed("companions")
    if len(note) > _NOTE or max(len(place), len(companions)) > _PLACE:
        raise Invalid("说明", f"说明至多{_NOTE}字，地点和会同人员各至多{_PLACE}字")
    of_visit = means is CallbackBy.VISIT
    return Told(means, result, answers, note, place if of_visit else "", companions if of_visit else "")
