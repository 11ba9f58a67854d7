"""`hotline callbacks`: the run of callbacks, from the command line."""

from __future__ import annotations

import getpass
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from callback_survey import listing, schedule
from callback_survey.deciding import Stage
from hotline import calling, opening, running, surveys
from hotline.errors import HotlineError
from hotline.settings import Settings
from store.base import now

Action = Callable[[Session, Settings, Namespace], Any]


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="callbacks, those due first before the others")
    listed.add_argument("--stage", choices=[one.value for one in Stage], help="only these (people: by hand)")
    listed.add_argument("--limit", type=int, default=100, help="how many at most")
    actions.add_parser("show", help="the run now, or one ticket's callback").add_argument(
        "ticket", nargs="?", type=surveys.ticket, metavar="TICKET"
    )
    _with_tickets(actions.add_parser("run", help="call about tickets as soon as the calling hours allow"))
    actions.add_parser("pause", help="dial no more until `resume`; calls in progress are finished")
    actions.add_parser("resume", help="go on")
    _with_tickets(actions.add_parser("cancel", help="call no more about tickets"))
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="as JSON")


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
    return listing.run(session, calling.trunk(settings).name, now())


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


_ACTIONS: dict[str, Action] = {
    "list": _list, "show": _show, "run": _run, "pause": _pause, "resume": _resume, "cancel": _cancel,
}


def _lines(found: Any) -> list[str]:
    """Plain values for people: a line a row, or a line a value."""
    if isinstance(found, list):
        return [_line(one) for one in found] or ["none"]
    return [f"{name:<12} {value}" for name, value in found.items()]


def _line(one: dict[str, Any]) -> str:
    return f"{one['ticket']}  {one['stage']:<9} {one['due_at']}  {one['why']}".rstrip()
