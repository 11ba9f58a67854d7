"""Handlers: the figures of calls as charts and a table, and what each of them means."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from callqueue import sheets
from callqueue.figures import EXPLAINED, FIGURES
from callqueue.periods import Period
from callqueue.reports import By, Report, report
from console.of_reports import MOST_DAYS
from console.page import Answered, Saved, Shown, Visit
from store.base import LOCAL, now
from tickets.errors import Invalid, NotFound
from tickets.wording import clean_date

PERIODS = (
    (Period.QUARTER.value, "一刻钟"), (Period.HOUR.value, "小时"), (Period.DAY.value, "日"),
    (Period.WEEK.value, "周"), (Period.MONTH.value, "月"),
)  # fmt: skip
GROUPS = (
    (By.QUEUE.value, "队列"), (By.AGENT.value, "坐席"), (By.PATH.value, "菜单按键"), (By.LINE.value, "号码"),
    (By.TRUNK.value, "中继"),
)  # fmt: skip
_LINES = ("connection_pct", "answered_15_pct", "abandoned_pct")
_BARS = ("offered", "answered", "abandoned")
_UNITS = {"calls": "", "s": " 秒", "%": "%", "points": ""}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address says: days, both included, the length of a period, and what calls are told apart by."""

    since: date
    until: date
    period: str
    by: str


def page(visit: Visit) -> Answered:
    """The figures of the days asked for; today's by the hour when nothing is."""
    asked = _asked(visit)
    found = _report(visit, asked)
    drawn = asked.by == By.NONE and bool(found.rows)
    return Shown(
        {
            "since": asked.since.isoformat(), "until": asked.until.isoformat(), "period": asked.period, "by": asked.by,
            "periods": PERIODS, "groups": GROUPS, "figures": FIGURES, "units": _UNITS, "rows": found.rows,
            "totals": found.totals, "urgent": found.urgent, "query": urlencode(asdict(asked)),
            "urgent_figures": [one for one in EXPLAINED if one not in FIGURES],
            "charts": [_chart(found, _BARS, "bar"), _chart(found, _LINES, "line")] if drawn else [],
        }
    )


def export(visit: Visit) -> Answered:
    """The same as a file."""
    kind = visit.path["kind"]
    if kind not in sheets.KINDS:
        raise NotFound("只有 csv 和 xlsx")
    asked = _asked(visit)
    name = f"话务报表-{asked.since:%Y%m%d}-{asked.until:%Y%m%d}.{kind}"
    return Saved(name, data=sheets.exported(_report(visit, asked), kind), media=sheets.KINDS[kind])


def _asked(visit: Visit) -> _Asked:
    today = now().date()
    since = clean_date("since", visit.asked("since")) if visit.asked("since") else today
    until = clean_date("until", visit.asked("until")) if visit.asked("until") else max(since, today)
    period, by = _choice(visit, "period", PERIODS, Period.HOUR), _choice(visit, "by", GROUPS, By.NONE)
    most = MOST_DAYS[Period(period)]
    if not timedelta(0) <= until - since < timedelta(days=most):
        raise Invalid("until", f"起止日期应为1至{most}天")
    return _Asked(since, until, period, by)


def _report(visit: Visit, asked: _Asked) -> Report:
    wrap_up = int(visit.services.more.get("wrap_up", 0))
    since, until = _first(asked.since), _first(asked.until + timedelta(days=1))
    return report(visit.session, since, until, Period(asked.period), By(asked.by), wrap_up)


def explained(_visit: Visit) -> Answered:
    """Each figure with its unit and formula."""
    return Shown({"figures": EXPLAINED, "back": "/reports"})


def _choice(visit: Visit, name: str, known: tuple[tuple[str, str], ...], otherwise: str) -> str:
    asked = visit.asked(name) or str(otherwise)
    if asked not in {value for value, _ in known} | {str(otherwise)}:
        raise Invalid(name, "没有这一项")
    return asked


def _first(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def _chart(found: Report, names: tuple[str, ...], kind: str) -> dict[str, Any]:
    labels = {figure.name: figure.label for figure in FIGURES}
    return {
        "legend": {"data": [labels[name] for name in names]},
        "xAxis": {"type": "category", "data": [row["period"] for row in found.rows]},
        "yAxis": {"type": "value", "name": "%" if kind == "line" else "通"},
        "series": [{"name": labels[name], "type": kind, "data": [row[name] for row in found.rows]} for name in names],
    }
