"""`hotline webhooks`: which programs are told of alerts and calls, and what came of it."""

from __future__ import annotations

import getpass
import json
from argparse import ArgumentParser, Namespace
from typing import Any

from console import audit, webhooks
from console.webhooks import Event, Stage
from hotline import opening, running
from hotline.calls import table
from hotline.settings import Settings
from tickets.access import Action, Actor, Role

_WEBHOOK = ("id", "url", "events", "created_at")
_DELIVERY = ("id", "webhook", "event", "subject", "stage", "attempts", "status", "tried_at", "due_at", "error")


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{list,add,remove,log,replay}")
    listed = actions.add_parser("list", help="who is told of what")
    added = actions.add_parser("add", help="tell one more; prints the secret that signs, once")
    added.add_argument("url", metavar="URL")
    added.add_argument("--event", action="append", default=[], choices=[event.value for event in Event],
                       help="only this; may be repeated (default: all)")
    removed = actions.add_parser("remove", help="tell it no more, and forget its deliveries")
    removed.add_argument("webhook", type=int, metavar="ID")
    logged = actions.add_parser("log", help="deliveries, newest first")
    logged.add_argument("--webhook", type=int, default=0, metavar="ID", help="only to this one")
    logged.add_argument("--stage", default="", choices=[stage.value for stage in Stage], help="only such")
    logged.add_argument("--limit", type=int, default=50, metavar="N", help="at most (default %(default)s)")
    again = actions.add_parser("replay", help="deliver once more")
    again.add_argument("delivery", type=int, metavar="DELIVERY")
    for action in (listed, added, removed, logged, again):
        action.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    """Does it in one transaction; a change is in the audit log. Raises BadAddress, NoSuchWebhook, HotlineError."""
    with opening.session(running.settings_in_force(settings)) as session:
        match arguments.action:
            case "list":
                found: Any = webhooks.webhooks(session)
            case "log":
                limit = max(arguments.limit, 1)
                sought = webhooks.Sought(arguments.webhook, arguments.stage)
                found, _ = webhooks.deliveries(session, sought, limit)
            case "add":
                found = webhooks.add(session, arguments.url, [Event(name) for name in arguments.event])
            case "remove":
                found = webhooks.remove(session, arguments.webhook)
            case _:
                found = webhooks.replay(session, arguments.delivery)
        if arguments.action not in ("list", "log"):
            by = Actor(f"cli:{getpass.getuser()}", Role.ADMIN)
            detail = {"command": arguments.action, "of": found["id"]}
            audit.write(session, audit.Entry(by, Action.WEBHOOKS.value, detail=detail))
    print(json.dumps(found, indent=1, ensure_ascii=False) if arguments.json else _text(arguments.action, found))
    return 0


def _text(action: str, found: Any) -> str:
    if isinstance(found, list):
        return table([_plain(row) for row in found], _DELIVERY if action == "log" else _WEBHOOK)
    return "\n".join(f"{name}: {value}" for name, value in _plain(found).items())


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its events as words and its body as it is sent."""
    words = {"events": " ".join} | {"body": lambda body: json.dumps(body, ensure_ascii=False)}
    return row | {name: shown(row[name]) for name, shown in words.items() if name in row}
