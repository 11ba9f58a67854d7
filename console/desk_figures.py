"""Handlers: figures of tickets, hot topics, and what each figure means; each number leads to its tickets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from callqueue.figures import Value
from console import spreadsheet
from console.desk_lists import MOST_DAYS
from console.page import Answered, Shown, Visit
from console.seeing import unit_of
from figures import counting, hot
from figures.core import BY_NAME, FIGURES, HEADLINE, Figure
from figures.counting import By, Cut, Group
from figures.spans import Period, Span, whole
from store.base import now
from tickets.access import UNIT_ROLES
from tickets.errors import Invalid
from tickets.measures import MEASURES, Basis
from tickets.terms import Term
from tickets.trees import MATTERS, TERRITORIES, nodes
from tickets.units import unit_names
from tickets.wording import clean_date

COLUMNS = tuple(BY_NAME[name] for name in (
    "accepted", "direct_pct", "due", "on_time", "late", "on_time_pct", "signed_pct", "solved_pct", "satisfied_pct",
    "repeated", "returned", "upheld",
))  # fmt: skip
_BARS, _LINES = ("accepted", "due", "on_time"), ("on_time_pct", "solved_pct", "satisfied_pct")
_OF_GROUP = {By.UNIT: "unit", By.MATTER: "matter", By.PLACE: "place", By.TYPE: "type", By.CHANNEL: "channel"}


def span_of(visit: Visit) -> Span:
    """The days asked for; the present month when nothing is. Raises Invalid."""
    today = now().date()
    if not visit.asked("since") and not visit.asked("until"):
        return whole(Period.MONTH, today)
    until = clean_date("至", visit.asked("until")) if visit.asked("until") else today
    since = clean_date("自", visit.asked("since")) if visit.asked("since") else until
    if not timedelta(0) <= until - since < MOST_DAYS:
        raise Invalid("until", f"起止日期应为1至{MOST_DAYS.days}天")
    return Span(since, until)


def ready(today: date) -> list[tuple[str, Span]]:
    """The periods that are a click away."""
    month, quarter = whole(Period.MONTH, today), whole(Period.QUARTER, today)
    return [
        ("今天", Span(today, today)), ("本周", whole(Period.WEEK, today)), ("本月", month), ("上月", month.before()),
        ("本季度", quarter), ("上季度", quarter.before()), ("本年", Span(date(today.year, 1, 1), today)),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """What is asked for, counted: the whole of the period and of the one before, by period, by group."""

    span: Span
    cut: Cut
    period: Period
    by: By
    whole: Group
    before: Group
    series: list[Group]
    groups: list[Group]


def counted(visit: Visit) -> Counted:
    """The figures that are asked for. Raises Invalid, Forbidden."""
    span, today = span_of(visit), now().date()
    own = unit_of(visit.by, visit.asked("unit"))
    cut = Cut(own, visit.asked("matter"), visit.asked("place"))
    period = _term(visit, "period", Period) or _fitting(span)
    by = _term(visit, "by", By) or (By.MATTER if visit.by.role in UNIT_ROLES else By.UNIT)
    before = counting.total(visit.session, span.before(), today, cut)
    in_time, parts = counting.tallies(visit.session, span, today, (period, by), cut)
    groups = parts.groups(visit.session)
    return Counted(span, cut, period, by, in_time.total(), before, in_time.series(), groups)


def page(visit: Visit) -> Answered:
    """The figures of a period: large ones beside the period before, by day or longer, by group."""
    found = counted(visit)
    series, by = found.series, found.by
    return Shown(
        {
            "span": found.span, "before": found.span.before(), "period": found.period, "by": by,
            "ready": ready(now().date()), "periods": [(one.value, one.label) for one in Period],
            "groups_by": [(one.value, one.label) for one in By], "choices": _choices(visit),
            "tiles": [_tile(BY_NAME[name], found.whole, found.before) for name in HEADLINE],
            "columns": COLUMNS, "figures": FIGURES, "group": found.whole, "last": found.before, "series": series,
            "groups": found.groups, "link": _linker(visit, found.cut, by),
            "charts": [_chart(series, _BARS, "bar", "件"), _chart(series, _LINES, "line", "%")], "told": told,
        }
    )


def export(visit: Visit) -> Answered:
    """Every figure of what is asked for, as a spreadsheet."""
    found = counted(visit)
    rows = [
        ("合计", str(found.span), found.whole), ("上期", str(found.span.before()), found.before),
        *((found.period.label, one.name, one) for one in found.series),
        *((found.by.label, one.name, one) for one in found.groups),
    ]  # fmt: skip
    header = ("表", "名称", *(one.label + ("（%）" if one.of else "") for one in FIGURES))
    lines = [(table, name, *(one.value(group.count) for one in FIGURES)) for table, name, group in rows]
    return spreadsheet.saved("统计分析", header, lines)


def _fitting(span: Span) -> Period:
    return Period.DAY if span.days <= 31 else Period.WEEK if span.days <= 100 else Period.MONTH


def _term(visit: Visit, name: str, kind: type[Term]) -> Any:
    word = visit.asked(name)
    if word and word not in {one.value for one in kind}:
        raise Invalid(name, "没有这一项")
    return kind(word) if word else None


def _choices(visit: Visit) -> Mapping[str, list[tuple[str, str]]]:
    trees = {"matter": MATTERS, "place": TERRITORIES}
    found = {name: [(one.code, one.name) for one in nodes(visit.session, tree)] for name, tree in trees.items()}
    return found | {"unit": list(unit_names(visit.session).items())}


def told(figure: Figure, value: Value) -> str:
    """A figure for people."""
    return "—" if value is None else f"{value}%" if figure.of else f"{value}"


def _tile(figure: Figure, group: Group, before: Group) -> dict[str, Any]:
    value, last = figure.value(group.count), figure.value(before.count)
    change = round(value - last, 1) if value is not None and last is not None else None
    better = None if not change or figure.good is None else (change > 0) == figure.good
    return {"figure": figure, "value": told(figure, value), "change": change, "better": better}


def _linker(visit: Visit, cut: Cut, by: By) -> Callable[[Figure, Group, bool], str]:
    """What makes the address of the tickets behind a figure, "" where they cannot be listed."""
    whose = {"unit": cut.unit, "matter": cut.matter, "place": cut.place}

    def link(figure: Figure, group: Group, of_group: bool = False) -> str:
        measure = MEASURES[figure.behind]
        if measure.basis == Basis.RETURN and visit.by.role in UNIT_ROLES:
            return ""
        if of_group and not group.code:
            return ""  # a list of tickets that have none of it
        mine = {_OF_GROUP[by]: group.code} if of_group else {}
        days = {"since": group.span.since.isoformat(), "until": group.span.until.isoformat()}
        given = {"figure": measure.name, **days, **whose, **mine}
        return "/tickets?" + urlencode({name: value for name, value in given.items() if value})

    return link


def _chart(series: list[Group], names: tuple[str, ...], kind: str, unit: str) -> dict[str, Any]:
    figures = [BY_NAME[name] for name in names]
    return {
        "legend": {"data": [one.label for one in figures]}, "grid": {"left": 50, "right": 20, "bottom": 30},
        "tooltip": {"trigger": "axis"}, "xAxis": {"type": "category", "data": [one.name for one in series]},
        "yAxis": {"type": "value", "name": unit},
        "series": [
            {"name": one.label, "type": kind, "connectNulls": True, "data": [one.value(row.count) for row in series]}
            for one in figures
        ],
    }  # fmt: skip


def explained(_visit: Visit) -> Answered:
    """Each figure with its formula."""
    return Shown({"figures": FIGURES, "back": "/figures"})


def topics(visit: Visit) -> Answered:
    """Words and matters against the period before, with the tickets behind them (R42, R43)."""
    span = span_of(visit)
    return Shown(
        {
            "span": span, "before": span.before(), "ready": ready(now().date())[1:],
            "words": hot.hot_words(visit.session, span), "matter": visit.asked("matter"),
            "matters": hot.hot_matters(visit.session, span, now().date(), Cut(matter=visit.asked("matter"))),
            "names": {one.code: one.name for one in nodes(visit.session, MATTERS)},
        }
    )
