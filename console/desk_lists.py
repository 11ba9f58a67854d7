"""Handlers: lists of tickets (the office's and a unit's day, any list with filters, a spreadsheet of one)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from console import spreadsheet
from console.page import Answered, Moved, Shown, Visit
from console.seeing import measure_for, rows, unit_of
from figures import hot
from figures.spans import Span
from figures.words import LONGEST
from store.base import now
from tickets import queries
from tickets.access import Action, Actor
from tickets.dashboard import dashboard
from tickets.errors import Invalid
from tickets.knowledge.expiry import count_expiring
from tickets.measures import MEASURES, Measure
from tickets.queries import Page, Wanted
from tickets.table import COLUMNS, TITLE, line
from tickets.terms import Channel, Light, RequestType, State, Supervision, Term
from tickets.trees import MATTERS, TERRITORIES, nodes
from tickets.units import unit_names
from tickets.wording import clean_date

SIZE = 50
SORTS = (("due", "办结期限，近的在前"), ("new", "登记，新的在前"), ("old", "登记，旧的在前"))
MOST_DAYS = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Task:
    """A part of somebody's day: its key in the address, its name, and what it lists."""

    key: str
    name: str
    wanted: Wanted


OFFICE = (
    Task("draft", "待受理", Wanted(state=State.DRAFT)),
    Task("accepted", "待派单", Wanted(state=State.ACCEPTED)),
    Task("reopened", "重新办理", Wanted(state=State.REOPENED)),
    Task("returned", "退回待裁定", Wanted(state=State.RETURNED)),
    Task("extension", "延期待裁定", Wanted(extension=True)),
    Task("resolved", "待复核", Wanted(state=State.RESOLVED)),
    Task("callback", "已回访待归档", Wanted(state=State.CALLBACK)),
    Task("overdue", "逾期", Wanted(light=Light.RED, open_only=True)),
    Task("key", "重点督办", Wanted(supervision=Supervision.KEY, open_only=True)),
)
UNIT = (
    Task("dispatched", "待签收", Wanted(state=State.DISPATCHED)),
    Task("reopened", "重新办理", Wanted(state=State.REOPENED)),
    Task("signed", "待联系群众", Wanted(state=State.SIGNED)),
    Task("contacted", "办理中", Wanted(state=State.CONTACTED)),
    Task("returned", "退回待裁定", Wanted(state=State.RETURNED)),
    Task("yellow", "临期", Wanted(light=Light.YELLOW, open_only=True)),
    Task("overdue", "逾期", Wanted(light=Light.RED, open_only=True)),
)


def office(visit: Visit) -> Answered:
    """What the office has to do today, and how many articles of the knowledge base run out (R16)."""
    return _day(visit, OFFICE, "accepted", "", count_expiring(visit.session))


def unit(visit: Visit) -> Answered:
    """What a unit has to do today."""
    return _day(visit, UNIT, "dispatched", visit.by.unit)


def _day(visit: Visit, tasks: tuple[Task, ...], first: str, code: str, expiring: int = 0) -> Answered:
    counts = _counts(visit.session, code)
    key = visit.asked("task") or next((task.key for task in tasks if counts.get(task.key)), first)
    task = next((task for task in tasks if task.key == key), None)
    if task is None:
        raise Invalid("task", "没有这一项")
    sort = _sort(visit, task)
    page = _of_task(visit, task, code, sort)
    items = rows(page.rows, visit.by)
    names = unit_names(visit.session)
    return Shown(
        {
            "tasks": [(one.key, one.name, counts.get(one.key, 0)) for one in tasks], "task": task, "rows": items,
            "after": page.after, "units": names, "unit": names.get(code, ""), "today": now().date(),
            "expiring": expiring, "of_task": _query(task), "sort": sort, "sorts": _sorts(task),
            "types": [(kind.value, kind.label) for kind in RequestType if kind.value],
        },
        seen=tuple(item["number"] for item in items),
    )


def _query(task: Task) -> dict[str, str]:
    """The filters of the list of all tickets that list the same; none for what they cannot say."""
    wanted = task.wanted
    found = {"state": wanted.state, "light": wanted.light, "supervision": wanted.supervision}
    known = {name: term.value for name, term in found.items() if term is not None}
    known |= {"extension": "1"} if wanted.extension else {}
    return known | ({"open": "1"} if known and wanted.open_only else {})


def _counts(session: Session, code: str) -> dict[str, int]:
    found = dashboard(session, now(), code)
    counts = dict(found.by_state)
    counts |= {"overdue": found.by_light["red"], "yellow": found.by_light["yellow"], "key": found.by_supervision["key"]}
    if not code:
        counts["extension"], _ = queries.count_tickets(session, Wanted(extension=True))
    return counts


def _of_task(visit: Visit, task: Task, code: str, sort: str) -> Page:
    wanted = replace(task.wanted, unit=code, request_type=_term(visit, "type", RequestType))
    after = visit.asked("after")
    return queries.list_tickets(
        visit.session, wanted, size=SIZE, after=after, by_due=sort == "due", oldest=sort == "old"
    )


def _sorts(task: Task) -> tuple[tuple[str, str], ...]:
    """How the task's list can be sorted, the usual way first; what is not dispatched yet has no term."""
    if task.wanted.state in (State.DRAFT, State.ACCEPTED):
        return SORTS[1:]
    return (*SORTS[1:], SORTS[0]) if task.wanted.state == State.RESOLVED else SORTS


def _sort(visit: Visit, task: Task) -> str:
    """How the task's list is to be sorted. Raises Invalid."""
    sorts = _sorts(task)
    sort = visit.asked("sort") or sorts[0][0]
    if sort not in dict(sorts):
        raise Invalid("sort", "没有这个选项")
    return sort


def listing(visit: Visit) -> Answered:
    """Tickets by filters or words; a whole number goes to its ticket."""
    words = visit.asked("q")
    if len(words) == queries.NUMBER_LENGTH and words.isascii() and words.isdigit():
        return Moved(f"/tickets/{words}")
    page, hide = _found(visit, visit.by, SIZE, visit.asked("after"))
    items = rows(page.rows, visit.by, hide=hide)
    values: dict[str, Any] = {
        "rows": items, "after": page.after, "units": unit_names(visit.session), "today": now().date(),
        "choices": _choices(visit.session), "counted": None, "basis": "登记", "word": "",
    }
    if not words:
        wanted = _wanted(visit, visit.by)
        values["counted"] = queries.count_tickets(visit.session, wanted)
        values["basis"] = wanted.measure.basis.label.removesuffix("日期") if wanted.measure else "登记"
        values["word"] = visit.asked("word") if wanted.ids is not None else ""
    return Shown(values, seen=tuple(item["number"] for item in items))


def _choices(session: Session) -> Mapping[str, list[tuple[str, str]]]:
    kinds: dict[str, type[Term]] = {
        "state": State, "type": RequestType, "channel": Channel, "light": Light, "supervision": Supervision,
    }
    found = {name: [(term.value, term.label) for term in kind if term.value] for name, kind in kinds.items()}
    trees = {"matter": MATTERS, "place": TERRITORIES}
    return found | {
        "unit": list(unit_names(session).items()),
        "figure": [(one.name, one.label) for one in MEASURES.values()],
        **{name: [(one.code, one.name) for one in nodes(session, tree)] for name, tree in trees.items()},
    }


def _found(visit: Visit, by: Actor, size: int, after: str) -> tuple[Page, bool]:
    """A page of what is asked for, and whether masked rows are left out (to be found is to be known)."""
    words = visit.asked("q")
    if words:
        code = unit_of(by, visit.asked("unit"))
        return queries.search_tickets(visit.session, words[:200], size=size, after=after, unit=code), True
    sort = visit.asked("sort")
    page = queries.list_tickets(
        visit.session, _wanted(visit, by), size=size, after=after, by_due=sort == "due", oldest=sort == "old"
    )
    return page, bool(visit.asked("phone"))


def _wanted(visit: Visit, by: Actor) -> Wanted:
    return Wanted(
        state=_term(visit, "state", State), unit=unit_of(by, visit.asked("unit")),
        request_type=_term(visit, "type", RequestType), channel=_term(visit, "channel", Channel),
        light=_term(visit, "light", Light), supervision=_term(visit, "supervision", Supervision),
        phone=visit.asked("phone"), open_only=visit.asked("open") == "1",
        extension=visit.asked("extension") == "1", matter=visit.asked("matter"),
        territory=visit.asked("place"), measure=_measure(visit, by), ids=_of_word(visit),
        since=_date(visit, "since", "自"), until=_date(visit, "until", "至"),
    )


def _measure(visit: Visit, by: Actor) -> Measure | None:
    """The figure whose tickets are listed. Raises Invalid, Forbidden."""
    word = visit.asked("figure")
    if word and word not in MEASURES:
        raise Invalid("figure", "没有这个选项")
    return measure_for(by, word) if word else None


def _of_word(visit: Visit) -> tuple[int, ...] | None:
    """The tickets of a hot word."""
    word = visit.asked("word")
    if not word or not visit.may(Action.TOPICS):
        return None
    since, until = _date(visit, "since", "自"), _date(visit, "until", "至")
    if since is None or until is None or not timedelta(0) <= until - since < MOST_DAYS:
        raise Invalid("since", f"热点词要有起止日期，最多{MOST_DAYS.days}天")
    return hot.tickets_of(visit.session, word[:LONGEST], Span(since, until))


def _term(visit: Visit, name: str, kind: Any) -> Any:
    word = visit.asked(name)
    found = next((term for term in kind if term.value == word), None)
    if word and found is None:
        raise Invalid(name, "没有这个选项")
    return found if word else None


def _date(visit: Visit, name: str, label: str) -> date | None:
    word = visit.asked(name)
    return clean_date(label, word) if word else None


def export(visit: Visit) -> Answered:
    """The list as a spreadsheet, at most 10,000 rows, masked as the page is."""

    def shown_after(after: str | None) -> tuple[list[dict[str, Any]], str | None]:
        page, hide = _found(visit, visit.by, queries.MOST_ON_PAGE, after or "")
        return rows(page.rows, visit.by, hide=hide), page.after

    found, names = list(spreadsheet.every(shown_after)), unit_names(visit.session)
    lines = (line(row, names) for row in found)
    return spreadsheet.saved(TITLE, COLUMNS, lines, [row["number"] for row in found])
