"""`hotline callbacks`: the run of callbacks, from the command line."""

from __future__ import annotations

import getpass
import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from callback_survey import exports, figures, listing, sampling, schedule
from callback_survey.deciding import Stage, Why
from callback_survey.waiting import Sort, Sought, listed
from console.callback_figures import named
from hotline import calling, days, opening, running, surveys
from hotline.errors import HotlineError
from hotline.settings import Settings
from store.base import now

_MOST = 100_000
Action = Callable[[Session, Settings, Namespace], Any]


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="callbacks, those due first before the others")
    listed.add_argument("--stage", choices=[one.value for one in Stage], help="only these (people: by hand)")
    listed.add_argument("--limit", type=_count, default=100, help="how many at most")
    actions.add_parser("show", help="the run now, or one ticket's callback").add_argument(
        "ticket", nargs="?", type=surveys.ticket, metavar="TICKET"
    )
    _with_tickets(actions.add_parser("run", help="call about tickets as soon as the calling hours allow"))
    actions.add_parser("pause", help="dial no more until `resume`; calls in progress are finished")
    actions.add_parser("resume", help="go on")
    _with_tickets(actions.add_parser("cancel", help="call no more about tickets"))
    people = actions.add_parser("people", help="whom a person is to call or visit, the longest waiting first")
    people.add_argument("--why", choices=[one.value for one in Why], help="only these")
    people.add_argument("--sort", choices=[one.value for one in Sort], default=Sort.LONGEST.value)
    checked = actions.add_parser("checks", help="what of the units' work was drawn for the office to check")
    checked.add_argument("--done", action="store_true", help="those that were checked")
    for action in (people, checked):
        action.add_argument("--unit", default="", metavar="CODE", help="only what this unit leads, or said")
        action.add_argument("--limit", type=_count, default=100, help="how many at most")
    told = actions.add_parser("figures", help="reached, answered by key, voice and web, trunk minutes, satisfaction")
    told.add_argument("--days", type=_count, default=30, help="how many days, today included")
    told.add_argument("--export", type=Path, metavar="FILE", help="write them as .csv or .xlsx, too")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="as JSON")


def _count(text: str) -> int:
    """A number of rows or days. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MOST):
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to {_MOST:,}")
    return int(text)


def _with_tickets(parser: ArgumentParser) -> None:
    parser.add_argument("tickets", nargs="+", type=surveys.ticket, metavar="TICKET")


def run(settings: Settings, arguments: Namespace) -> int:
    """0, or 1 when nothing was there to be changed."""
    settings = running.settings_in_force(settings)
    with opening.session(settings) as session:
        found = _ACTIONS[arguments.action](session, settings, arguments)
    print(json.dumps(found, indent=1, ensure_ascii=False) if arguments.json else "\n".join(_lines(found)))
    return 0


def _list(session: Session, _settings: Settings, arguments: Namespace) -> Any:
    stage = Stage(arguments.stage) if arguments.stage else None
    return listing.listed(session, stage, arguments.limit)


def _show(session: Session, settings: Settings, arguments: Namespace) -> Any:
    if arguments.ticket:
        return listing.shown(session, arguments.ticket)
    at = now()
    calendar = days.read(session)
    begins = calling.calling_from(settings, lambda: calendar)(at)
    return listing.run(session, calling.trunk(settings).name, at) | {"calling_from": begins.isoformat()}


def _people(session: Session, _settings: Settings, arguments: Namespace) -> Any:
    names = ("number", "lead_unit", "why", "satisfied", "since", "tries", "last_try")
    why = Why(arguments.why) if arguments.why else None
    found, _ = listed(session, Sought(arguments.unit, why, sort=Sort(arguments.sort)), arguments.limit)
    return [{name: _time(one[name]) for name in names} for one in found]


def _checks(session: Session, _settings: Settings, arguments: Namespace) -> Any:
    names = ("id", "ticket", "kind", "unit", "day", "said", "told", "differs", "tries", "by", "done_at")
    sought = sampling.Sought(arguments.done, arguments.unit, newest=arguments.done)
    found, _ = sampling.checks(session, sought, arguments.limit)
    return [{name: _time(getattr(one, name)) for name in names} for one in found]


def _time(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _run(session: Session, _settings: Settings, arguments: Namespace) -> Any:
    return _changed(schedule.call_now(session, arguments.tickets, now()), "waits to be called")


def _cancel(session: Session, _settings: Settings, arguments: Namespace) -> Any:
    return _changed(schedule.cancel(session, arguments.tickets, now()), "waits: what is in progress is not cut")


def _changed(number: int, what: str) -> Any:
    if not number:
        raise HotlineError(f"no callback of these {what}")
    return {"changed": number}


def _pause(session: Session, settings: Settings, _arguments: Namespace) -> Any:
    schedule.pause(session, calling.trunk(settings).name, getpass.getuser(), now())
    return {"paused": True}


def _resume(session: Session, settings: Settings, _arguments: Namespace) -> Any:
    schedule.resume(session, calling.trunk(settings).name)
    return {"paused": False}


def _figures(session: Session, _settings: Settings, arguments: Namespace) -> Any:
    until = now()
    today = datetime.combine(until.date(), time(0), until.tzinfo)
    found = figures.figures(session, today - timedelta(days=max(arguments.days, 1) - 1), until)
    if arguments.export:
        _export(arguments.export, found, named(session))
    return found


def _export(file: Path, found: dict[str, Any], words: exports.Named) -> None:
    """Writes the figures. Raises HotlineError for a name of neither kind, OSError."""
    kind = file.suffix.removeprefix(".")
    if kind not in exports.KINDS:
        raise HotlineError(f"{file} ends neither with .csv nor with .xlsx")
    file.write_bytes(exports.exported(found, kind, words))


_ACTIONS: dict[str, Action] = {
    "list": _list, "show": _show, "run": _run, "pause": _pause, "resume": _resume, "cancel": _cancel,
    "people": _people, "checks": _checks, "figures": _figures,
}


def _lines(found: Any) -> list[str]:
    """Plain values for people: a line a row, or a line a value."""
    if isinstance(found, list):
        return [_line(one) for one in found] or ["none"]
    return [f"{name:<12} {value}" for name, value in found.items()]


def _line(one: dict[str, Any]) -> str:
    if "stage" not in one:
        return "  ".join(f"{name} {value}" for name, value in one.items() if value not in ("", None, {}))
    return f"{one['ticket']}  {one['stage']:<9} {one['due_at']}  {one['why']}".rstrip()
