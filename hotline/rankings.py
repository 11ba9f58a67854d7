"""`hotline ranking`: the ranking of units, frozen, appealed against, ruled on and published (R44)."""

from __future__ import annotations

import getpass
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from figures import snapshots
from figures.core import BY_NAME
from hotline import opening, running
from hotline.appraisal import policy
from hotline.calls import table
from hotline.figuring import add_span, span_of
from hotline.settings import Settings
from store.base import now
from tickets.access import Actor, Role
from tickets.units import unit_names

Action = Callable[[Session, Settings, Namespace, Actor], Any]
_SHOWN = ("tier", "place", "unit", "name", "score", "appeal_upheld")


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="every frozen ranking")
    shown = actions.add_parser("show", help="a frozen ranking, or what it would be now")
    shown.add_argument("number", nargs="?", type=int, metavar="NUMBER", help="of a frozen one")
    add_span(shown)
    add_span(actions.add_parser("freeze", help="keep the ranking of a period that is over; it is never computed anew"))
    appealed = _numbered(actions.add_parser("appeal", help="appeal for a unit"))
    appealed.add_argument("--unit", required=True, metavar="CODE")
    appealed.add_argument("--reason", required=True)
    ruled = _numbered(actions.add_parser("rule", help="rule on an appeal"))
    ruled.add_argument("appeal", type=int, metavar="APPEAL")
    ruled.add_argument("--ruling", required=True, help="why")
    decision = ruled.add_mutually_exclusive_group(required=True)
    decision.add_argument("--uphold", dest="upheld", action="store_true", help="the unit is right")
    decision.add_argument("--reject", dest="upheld", action="store_false", help="it is not")
    _numbered(actions.add_parser("publish", help="publish, once appeals are over and ruled on"))
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="as JSON")


def _numbered(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("number", type=int, metavar="NUMBER", help="of the frozen ranking")
    return parser


def run(settings: Settings, arguments: Namespace) -> int:
    settings = running.settings_in_force(settings)
    by = Actor(getpass.getuser(), Role.COUNTY_ADMIN)
    with opening.session(settings) as session:
        found = _ACTIONS[arguments.action](session, settings, arguments, by)
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else _told(found))
    return 0


def _list(session: Session, _settings: Settings, _arguments: Namespace, _by: Actor) -> Any:
    return snapshots.listed(session)


def _show(session: Session, settings: Settings, arguments: Namespace, by: Actor) -> Any:
    if arguments.number is not None:
        return snapshots.shown(session, arguments.number, by)
    span = span_of(arguments)
    names = unit_names(session)
    lines = [
        {"unit": one.unit, "name": names.get(one.unit, one.unit), "tier": one.tier, "place": one.place,
         "score": one.score, "short": list(one.short), "appeal_upheld": False,
         "figures": {name: figure.value(one.count) for name, figure in BY_NAME.items()}}
        for one in snapshots.live(session, span, now().date(), policy(settings).terms)
    ]  # fmt: skip
    return {"id": None, "name": str(span), "since": span.since.isoformat(), "until": span.until.isoformat(),
            "lines": lines, "appeals": []}  # fmt: skip


def _freeze(session: Session, settings: Settings, arguments: Namespace, by: Actor) -> Any:
    number = snapshots.freeze(session, span_of(arguments), by, now(), policy(settings))
    return snapshots.shown(session, number, by)


def _appeal(session: Session, _settings: Settings, arguments: Namespace, by: Actor) -> Any:
    snapshots.appeal(session, arguments.number, arguments.reason, by, now(), arguments.unit)
    return snapshots.shown(session, arguments.number, by)


def _rule(session: Session, _settings: Settings, arguments: Namespace, by: Actor) -> Any:
    snapshots.rule(session, arguments.number, arguments.appeal, arguments.upheld, arguments.ruling, by, now())
    return snapshots.shown(session, arguments.number, by)


def _publish(session: Session, _settings: Settings, arguments: Namespace, by: Actor) -> Any:
    snapshots.publish(session, arguments.number, by, now())
    return snapshots.shown(session, arguments.number, by)


_ACTIONS: dict[str, Action] = {
    "list": _list, "show": _show, "freeze": _freeze, "appeal": _appeal, "rule": _rule, "publish": _publish,
}


def _told(found: Any) -> str:
    if isinstance(found, list):
        return table(found, ("id", "name", "frozen_at", "appeal_until", "published_at"))
    frozen = f"number {found['id']}, appeals until {found['appeal_until']}" if found["id"] else "as it is now"
    parts = [f"{found['name']} {frozen}", table(found["lines"], _SHOWN)]
    if found["appeals"]:
        parts.append(table(found["appeals"], ("id", "unit", "upheld", "reason", "ruling")))
    return "\n".join(parts)
