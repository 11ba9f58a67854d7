"""`hotline accounts`: who may use the console and the REST interface."""

from __future__ import annotations

import getpass
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from console import accounts, audit, passwords
from console.errors import AccountError
from hotline import opening, running
from hotline.settings import Settings
from tickets.access import Action, Actor, Role

Lines = list[str]


def register(parser: ArgumentParser) -> None:
    """The actions of `hotline accounts`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    added = actions.add_parser("add", help="make an account; prints its password once")
    added.add_argument("name")
    added.add_argument("--role", action="append", required=True, choices=[role.value for role in accounts.ROLES])
    added.add_argument("--unit", default="", help="code of the unit, for roles of a unit")
    shown = actions.add_parser("list", help="every account, its tokens and whether it is locked")
    changed = actions.add_parser("passwd", help="a new password; also unlocks")
    for action in (added, changed):
        action.add_argument("--stdin", action="store_true", help="read the password from standard input")
    disabled = actions.add_parser("disable", help="let nobody in with it")
    enabled = actions.add_parser("enable", help="let it in again")
    lost = actions.add_parser("no-totp", help="forget the second factor of somebody who lost it")
    token = actions.add_parser("token", help="make a token for programs; prints it once")
    token.add_argument("--days", type=int, default=90, help="valid for so many days (default %(default)s)")
    revoked = actions.add_parser("revoke", help="end a token")
    for action in (token, revoked):
        action.add_argument("--label", default="api", help="the token's name (default %(default)s)")
    for action in (changed, disabled, enabled, lost, token, revoked):
        action.add_argument("name")
    for action in (added, shown, changed, disabled, enabled, lost, token, revoked):
        action.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    """Does it in one transaction, with a row in the audit log. Raises AccountError, HotlineError."""
    told: Callable[[Session, Namespace], dict[str, Any]] = globals()[f"_{arguments.action.replace('-', '_')}"]
    with opening.session(running.settings_in_force(settings)) as session:
        found = told(session, arguments)
        by = Actor(f"cli:{getpass.getuser()}", Role.ADMIN)
        detail = {"command": arguments.action, "name": getattr(arguments, "name", "")}
        audit.write(session, audit.Entry(by, Action.ACCOUNTS.value, detail=detail))
    print(json.dumps(found, indent=1, ensure_ascii=False) if arguments.json else "\n".join(_lines(found)))
    return 0


def _lines(found: dict[str, Any]) -> Lines:
    if "accounts" not in found:
        return [f"{name}: {value}" for name, value in found.items()]
    return [_line(one) for one in found["accounts"]] or ["none; `hotline accounts add admin --role admin` makes one"]


def _line(one: dict[str, Any]) -> str:
    words = [one["name"], ",".join(one["roles"]), one["unit"], "" if one["active"] else "disabled"]
    words.append(f"locked until {one['locked_until']}" if one["locked_until"] else "")
    words += [f"token {token['name']} until {token['expires_at']}" for token in one["tokens"]]
    return "  ".join(word for word in words if word)


def _password(arguments: Namespace) -> tuple[str, dict[str, Any]]:
    """The password and what to show of it."""
    if not arguments.stdin:
        made = passwords.generated()
        return made, {"password": made}
    if sys.stdin.isatty():
        return getpass.getpass("password: "), {}
    return sys.stdin.readline().rstrip("\r\n"), {}


def _add(session: Session, arguments: Namespace) -> dict[str, Any]:
    password, shown = _password(arguments)
    roles = [Role(code) for code in arguments.role]
    made = accounts.add(session, arguments.name, roles, password, arguments.unit, first=True)
    return {"name": made.name, "roles": ",".join(made.roles), **shown}


def _list(session: Session, _arguments: Namespace) -> dict[str, Any]:
    return {"accounts": accounts.listed(session)}


def _passwd(session: Session, arguments: Namespace) -> dict[str, Any]:
    password, shown = _password(arguments)
    accounts.set_password(session, arguments.name, password, first=True)
    return {"name": arguments.name, **shown}


def _disable(session: Session, arguments: Namespace) -> dict[str, Any]:
    accounts.set_active(session, arguments.name, False)
    return {"name": arguments.name, "active": False}


def _enable(session: Session, arguments: Namespace) -> dict[str, Any]:
    accounts.set_active(session, arguments.name, True)
    return {"name": arguments.name, "active": True}


def _no_totp(session: Session, arguments: Namespace) -> dict[str, Any]:
    accounts.drop_second_factor(session, arguments.name)
    return {"name": arguments.name, "second_factor": False}


def _token(session: Session, arguments: Namespace) -> dict[str, Any]:
    token, ends = accounts.new_token(session, arguments.name, arguments.label, arguments.days)
    return {"name": arguments.name, "label": arguments.label, "token": token, "expires_at": ends.isoformat()}


def _revoke(session: Session, arguments: Namespace) -> dict[str, Any]:
    if not accounts.revoke(session, arguments.name, arguments.label):
        raise AccountError(f"{arguments.name} has no token {arguments.label}")
    return {"name": arguments.name, "label": arguments.label, "revoked": True}
