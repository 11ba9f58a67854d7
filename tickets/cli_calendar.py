"""`hotline deadline` and `hotline calendar ...`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import inspect

from store.base import now
from store.engine import Store
from tickets.calendar_check import check_calendar
from tickets.calendar_store import days_of, load_calendar
from tickets.cli_output import answer, command
from tickets.deadlines import Explained, explained
from tickets.needs import choice
from tickets.notices import read_notice, region_code
from tickets.recompute import import_notice
from tickets.shipped_days import shipped_calendar
from tickets.terms import RequestType
from tickets.wording import clean_date
from tickets.workdays import NATIONAL, WEEKDAYS, Day, WorkCalendar, without_local_days

_LABELS = {"contact": "联系群众", "return": "退回", "return_site": "退回（需现场核查）", "resolve": "办结"}


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    """Adds `hotline deadline` and `hotline calendar`."""
    deadline = command(subparsers.add_parser("deadline", help="due dates, and why"), _deadline)
    deadline.add_argument("--dispatched", required=True, help="day of dispatch, such as 2026-02-13")
    deadline.add_argument("--type", required=True, help="consult, help, complaint, report, suggestion")
    deadline.add_argument("--fast-track", action="store_true", help="terms of the fast track")
    _add_calendar(deadline)
    calendar = subparsers.add_parser("calendar", help="the calendar of working days")
    commands = calendar.add_subparsers(dest="calendar_command", required=True)
    load = command(commands.add_parser("import", help="load a notice (.csv or .xlsx)"), _import)
    load.add_argument("file", type=Path, help="columns date and kind (off or work); name, region, source")
    load.add_argument("--source", default="", help="the notice's name (default: the file's name)")
    _add_calendar(load)
    show = command(commands.add_parser("show", help="the special days of a year"), _show)
    show.add_argument("--year", type=int, default=now().year)
    _add_calendar(show)
    command(commands.add_parser("check", help="what is missing or doubtful"), _check)


def _add_calendar(parser: ArgumentParser) -> None:
    help_text = "national: the State Council's alone; local: with the prefecture's days over it"
    parser.add_argument("--calendar", choices=["national", "local"], default="local", help=help_text)


def _calendar(store: Store, name: str, around: date) -> WorkCalendar:
    region = region_code(name)
    if not inspect(store.engine).has_table("calendar_days"):
        return shipped_calendar(region)  # asked before the database was made
    with store.begin() as session:
        return load_calendar(session, region, around)


def _deadline(args: Namespace, store: Store) -> int:
    dispatched = clean_date("派单日", args.dispatched)
    kind = RequestType(choice(RequestType, but=(RequestType.UNSET,))("诉求类型", args.type))
    calendar = _calendar(store, args.calendar, dispatched)
    found = explained(calendar, args.calendar, dispatched, kind, fast=args.fast_track, rules=args.rules)
    return answer(args, found.told(), (*_deadline_lines(found), *map(_unknown_line, found.local_unknown)))


def _unknown_line(year: int) -> str:
    return f"注意：{year}年没有楚雄州放假安排，州的假日没有计入（hotline calendar import 导入通知）"


def _deadline_lines(found: Explained) -> Iterator[str]:
    yield f"派单日 {found.dispatched} 周{WEEKDAYS[found.dispatched.weekday()]}（次日起算）"
    for name, term in found.terms.items():
        mark = "（暂定）" if term.due.provisional else ""
        yield f"{_LABELS[name]}：{term.due.day}（{term.days}个工作日）{mark}"
    for line in found.days:
        count = f"第{line.count}个工作日" if line.count else "不计"
        source = f"  依据：{line.source}" if line.source else ""
        yield f"  {line.day}  {count}  {line.why}{'（暂定）' if line.provisional else ''}{source}"


def _import(args: Namespace, store: Store) -> int:
    days = read_notice(args.file, region_code(args.calendar), args.source or args.file.stem)
    with store.begin() as session:
        loaded, recomputed = import_notice(session, days, rules=args.rules)
    told = {
        "days": len(days),
        "added": loaded.added,
        "changed": loaded.changed,
        "announced_years": list(loaded.years),
        "tickets_recomputed": recomputed,
    }
    line = f"导入{len(days)}天：新增{loaded.added}，更改{loaded.changed}；重新计算期限{recomputed}件"
    return answer(args, told, [line])


def _show(args: Namespace, store: Store) -> int:
    with store.begin() as session:
        days = days_of(session, clean_date("年份", f"{args.year}-01-01").year)
    if args.calendar == "national":
        days = [day for day in days if day.region == NATIONAL]
    told = [
        {
            "date": day.day,
            "kind": day.kind,
            "name": day.name,
            "region": day.region,
            "source": day.source,
            "status": day.status,
        }
        for day in days
    ]
    unknown = without_local_days({args.year}, days) if args.calendar == "local" else []
    lines = (*map(_day_line, days), *map(_unknown_line, unknown))
    return answer(args, {"year": args.year, "days": told, "local_unknown": unknown}, lines)


def _day_line(day: Day) -> str:
    weekday = f"周{WEEKDAYS[day.day.weekday()]}"
    return f"{day.day} {weekday} {day.kind.label} {day.name} {day.region} {day.status.label} {day.source}"


def _check(args: Namespace, store: Store) -> int:
    with store.begin() as session:
        problems = check_calendar(session, now().date())
    told = [{"year": problem.year, "message": problem.message} for problem in problems]
    lines = [problem.message for problem in problems] or ["日历没有问题"]
    return answer(args, {"problems": told}, lines)
