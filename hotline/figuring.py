"""`hotline figures`: figures of tickets, hot topics, and what each figure means."""

from __future__ import annotations

import csv
import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from figures import counting, hot
from figures.core import FIGURES, HEADLINE
from figures.counting import By, Cut, Group
from figures.spans import Period, Span, month_of, whole
from hotline import opening, running
from hotline.calls import table
from hotline.errors import HotlineError
from hotline.settings import Settings
from store.base import now

_EXPLAINED = ("name", "label", "unit", "formula")


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    shown = actions.add_parser("show", help="figures of a period; by period or by group when asked")
    add_span(shown)
    way = shown.add_mutually_exclusive_group()
    way.add_argument("--by", choices=[one.value for one in By], help="a line a group")
    way.add_argument("--period", choices=[one.value for one in Period], help="a line a period")
    for name, what in (("unit", "a unit"), ("matter", "a matter"), ("place", "a place")):
        shown.add_argument(f"--{name}", default="", metavar="CODE", help=f"of {what} alone")
    shown.add_argument("--csv", action="store_true", help="as CSV, with every figure")
    told = actions.add_parser("topics", help="words and matters against the period before (R42, R43)")
    add_span(told)
    told.add_argument("--matter", default="", metavar="CODE", help="matters below this one")
    actions.add_parser("explain", help="what each figure means")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="as JSON")


def add_span(parser: ArgumentParser) -> None:
    """The options of a period: a month, or days; the present month by default."""
    parser.add_argument("--month", metavar="YYYY-MM", help="a month (default: the present one)")
    parser.add_argument("--since", type=date.fromisoformat, metavar="DAY", help="first day")
    parser.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="last day (default: the first)")


def span_of(arguments: Namespace) -> Span:
    """The period asked for. Raises HotlineError, Invalid."""
    if arguments.month:
        if arguments.since or arguments.until:
            raise HotlineError("--month goes with neither --since nor --until")
        return month_of(arguments.month)
    if arguments.since is None:
        if arguments.until:
            raise HotlineError("--until needs --since")
        return whole(Period.MONTH, now().date())
    until = arguments.until or arguments.since
    if until < arguments.since:
        raise HotlineError(f"--until {until} is before --since {arguments.since}")
    return Span(arguments.since, until)


def run(settings: Settings, arguments: Namespace) -> int:
    settings = running.settings_in_force(settings)
    if arguments.action == "explain":
        rows = [{name: getattr(one, name) for name in _EXPLAINED} for one in FIGURES]
        print(_json(rows) if arguments.json else table(rows, _EXPLAINED))
        return 0
    with opening.reading(settings) as session:
        if arguments.action == "topics":
            return _topics(session, arguments)
        return _show(session, arguments)


def _show(session: Session, arguments: Namespace) -> int:
    span, today = span_of(arguments), now().date()
    cut = Cut(arguments.unit, arguments.matter, arguments.place)
    rows = [group.plain() for group in _groups(session, span, today, cut, arguments)]
    if arguments.json:
        print(_json({"since": span.since.isoformat(), "until": span.until.isoformat(), "rows": rows}))
    elif arguments.csv:
        writer = csv.DictWriter(sys.stdout, ["code", "name", "since", "until", *(one.name for one in FIGURES)])
        writer.writeheader()
        writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    else:
        print(table(rows, ("name", *HEADLINE)))
    return 0


def _groups(session: Session, span: Span, today: date, cut: Cut, arguments: Namespace) -> list[Group]:
    if arguments.by:
        return counting.groups(session, span, today, By(arguments.by), cut)
    if arguments.period:
        return counting.series(session, span, today, Period(arguments.period), cut)
    return [counting.total(session, span, today, cut)]


def _safe(value: Any) -> Any:
    """The value so that no sheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _topics(session: Session, arguments: Namespace) -> int:
    span = span_of(arguments)
    found = {
        "matters": hot.hot_matters(session, span, now().date(), Cut(matter=arguments.matter)),
        "words": hot.hot_words(session, span),
    }
    if arguments.json:
        before = span.before()
        days = {"since": span.since, "until": span.until, "before_since": before.since, "before_until": before.until}
        lists = {name: [asdict(one) for one in topics] for name, topics in found.items()}
        print(_json({name: day.isoformat() for name, day in days.items()} | lists))
        return 0
    for name, topics in found.items():
        print(f"{name}:")
        print(table([{"name": one.name, "now": one.now, "before": one.before, "trend": one.trend.label}
                     for one in topics], ("name", "now", "before", "trend")))  # fmt: skip
    return 0


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
