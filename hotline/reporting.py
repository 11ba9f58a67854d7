"""`hotline report` and `hotline staffing`: figures of calls, and the agents that each hour of the week needs."""

from __future__ import annotations

import csv
import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path

from callqueue import staffing
from callqueue.figures import URGENT
from callqueue.periods import Period
from callqueue.reports import By, report
from callqueue.sheets import book, cells
from hotline import opening
from hotline.calls import table
from hotline.errors import HotlineError
from hotline.settings import Settings
from store.base import LOCAL, now

_SHOWN = (
    "period", "of", "offered", "answered", "connection_pct", "answered_15_pct", "abandoned", "wait_avg", "wait_p90",
    "talk_avg",
)  # fmt: skip
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def register(parser: ArgumentParser) -> None:
    parser.add_argument("--since", type=date.fromisoformat, metavar="DAY", help="first day (default: today)")
    parser.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="last day (default: today)")
    parser.add_argument("--period", choices=list(Period), type=Period, default=Period.DAY, help="default: %(default)s")
    parser.add_argument("--by", choices=list(By), type=By, default=By.NONE, help="default: %(default)s")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--csv", action="store_true", help="as CSV, with every figure")
    form.add_argument("--xlsx", type=Path, metavar="FILE", help="into a workbook, with the formulas explained")


def register_staffing(parser: ArgumentParser) -> None:
    parser.add_argument("--weeks", type=_number(1, 520), default=8, help="weeks of the past (default %(default)s)")
    parser.add_argument("--target", type=_number(1, 99.9), default=95, help="percent answered (default %(default)s)")
    parser.add_argument("--seconds", type=_number(1, 3600), default=15, help="within so many (default %(default)s)")
    parser.add_argument("--growth", type=_number(-90, 1000), default=0, help="what if: percent more calls")
    parser.add_argument("--handling", type=_number(0, 7200), default=0, help="what if: seconds a call")
    parser.add_argument("--shrinkage", type=_number(0, 90), default=30, help="percent away (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def _number(least: float, most: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        value = float(text)
        if not least <= value <= most:
            raise ArgumentTypeError(f"{text} is not from {least:g} to {most:g}")
        return value

    return number


def run(settings: Settings, arguments: Namespace) -> int:
    since = arguments.since or arguments.until or now().date()
    until = max(since, arguments.until or since)
    if arguments.until and arguments.until < since:
        raise HotlineError(f"--until {arguments.until} is before --since {since}")
    with opening.reading(settings) as session:
        first, end = (datetime.combine(day, time(), LOCAL) for day in (since, until + timedelta(days=1)))
        found = report(session, first, end, arguments.period, arguments.by, settings.wrapup_seconds)
    if arguments.json:
        print(json.dumps(asdict(found), indent=1, ensure_ascii=False))
    elif arguments.csv:
        csv.writer(sys.stdout).writerows(cells(found))
    elif arguments.xlsx:
        book(found).save(arguments.xlsx)
    else:
        print(table(list(found.rows), _SHOWN))
        if found.urgent:
            print("\n" + table(list(found.urgent), ("period", *(one.name for one in URGENT))))
    return 0


def run_staffing(settings: Settings, arguments: Namespace) -> int:
    wanted = staffing.Plan(
        arguments.target / 100, arguments.seconds, 1 + arguments.growth / 100, arguments.handling,
        arguments.shrinkage / 100,
    )  # fmt: skip
    until = now().date()
    since = until - timedelta(days=round(7 * arguments.weeks))
    with opening.reading(settings) as session:
        known = staffing.from_ledger(session, since, until, settings.wrapup_seconds)
    needs = staffing.plan(known, wanted)
    if arguments.json:
        told = {"since": since.isoformat(), "until": until.isoformat(), "plan": asdict(wanted)}
        print(json.dumps(told | {"items": [asdict(need) for need in needs]}, indent=1))
    else:
        print("\n".join(week(needs)))
    return 0


def week(needs: list[staffing.Need]) -> Iterator[str]:
    """Agents at the phone by hour and weekday, and the sums of calls, for people."""
    yield "agents at the phone (and on the roster, with those away)"
    yield "hour " + "".join(f"{day:>10}" for day in _WEEKDAYS)
    by_hour = {(need.weekday, need.hour): need for need in needs}
    for hour in range(24):
        needed = [by_hour[day, hour] for day in range(7)]
        told = (f"{one.agents} ({one.roster})" if one.agents else "-" for one in needed)
        yield f"{hour:02d}   " + "".join(f"{text:>10}" for text in told)
    sums = (sum(by_hour[day, hour].calls for hour in range(24)) for day in range(7))
    yield "calls" + "".join(f"{total:>10.1f}" for total in sums)
