"""`hotline missed`: callers who were not served are called back, and it is known what came of it."""

from __future__ import annotations

import asyncio
import getpass
import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

from asterisk_conf import render
from callqueue import missed, missed_listing, places
from callqueue.importer import import_new
from callqueue.live import query
from callqueue.missed_listing import Sort, Sought
from hotline import agents, opening, running
from hotline.calls import facts, table
from hotline.errors import HotlineError
from hotline.handover import handover, missed_rules
from hotline.service import ledger_paths
from hotline.settings import Settings
from store.base import now
from store.engine import Store
from telephony.ami import AMIDown, AMIError, Events, Manager, connect

_COLUMNS = (
    "id", "phone", "queue", "kept_at", "position", "calls", "last_at", "due_at", "assignee", "attempts", "state",
    "reason",
)  # fmt: skip
_LOOK = 0.5  # seconds between two looks at the ledger
_LONGEST = 3600.0  # seconds a call may last


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{list,show,assign,call,close}")
    listed = actions.add_parser("list", help="who is to be called back, the one due first")
    listed.add_argument("--all", action="store_true", help="closed ones too")
    listed.add_argument("--assignee", default="", metavar="N", help="only this agent's")
    listed.add_argument("--phone", default="", metavar="NUMBER", help="only this number's")
    listed.add_argument("--sort", choices=[one.value for one in Sort], help="due by default, latest for all")
    listed.add_argument("--limit", type=int, default=500, metavar="N", help="at most so many (500)")
    shown = actions.add_parser("show", help="one of them, with calls and attempts")
    assigned = actions.add_parser("assign", help="give it to an agent")
    called = actions.add_parser("call", help="ring the agent's phone, then the citizen, and wait for the end")
    closed = actions.add_parser("close", help="close it without a call")
    for action in (shown, assigned, called, closed):
        action.add_argument("task", type=int, metavar="TASK")
    for action in (assigned, called):
        action.add_argument("agent", metavar="AGENT", help="the agent's number, 8001")
    closed.add_argument("--reason", required=True, help="why")
    for action in (listed, shown, assigned, called, closed):
        action.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    if arguments.action == "call":
        return _call(running.need(settings), arguments)
    with opening.session(settings) as session:
        if arguments.action == "list":
            at = _positions(settings)
            rows = [
                one | {"position": at.get(one["phone"]) if one["kept_at"] and one["state"] == "open" else None}
                for one in missed_listing.listed(session, _sought(arguments), arguments.limit)[0]
            ]
            print(json.dumps(rows, indent=1) if arguments.json else table(rows, _COLUMNS))
            return 0
        if arguments.action == "assign":
            _agent(settings, arguments.agent)
            missed.assign(session, arguments.task, arguments.agent)
        elif arguments.action == "close":
            missed.close(session, arguments.task, arguments.reason, getpass.getuser(), now())
        _print(missed.show(session, arguments.task), arguments.json)
    return 0


def _sought(arguments: Namespace) -> Sought:
    sort = Sort(arguments.sort) if arguments.sort else None
    return Sought("" if arguments.all else "open", arguments.assignee, phone=arguments.phone, sort=sort)


def _positions(settings: Settings) -> dict[str, int]:
    """Where kept places stand, by number; nothing is known of them while the hotline does not run."""

    async def ask(manager: Manager) -> dict[str, int]:
        return places.positions(await query.ask(manager))

    if not running.parts(settings):
        return {}
    settings = running.settings_in_force(settings)
    try:
        found: dict[str, int] = asyncio.run(agents.with_manager(settings, ask))
    except (HotlineError, AMIError):
        return {}
    return found


def _print(found: dict[str, Any], as_json: bool) -> None:
    print(json.dumps(found, indent=1, ensure_ascii=False) if as_json else facts(found))


def _agent(settings: Settings, number: str) -> None:
    if number not in settings.agent_numbers:
        raise HotlineError(f"{number} is not an agent ({settings.agent_numbers[0]} to {settings.agent_numbers[-1]})")


def _call(settings: Settings, arguments: Namespace) -> int:
    _agent(settings, arguments.agent)
    store = opening.opened(settings)
    try:
        outcome = asyncio.run(_placed(settings, store, arguments.task, arguments.agent))
        with store.begin() as session:
            _print(missed.show(session, arguments.task), arguments.json)
    finally:
        store.close()
    return 0 if outcome == missed.Reason.ANSWERED else 1


async def _placed(settings: Settings, store: Store, task: int, agent: str) -> str:
    """How the call ended, as the ledger says. Raises MissedError, HotlineError."""
    try:
        async with connect("127.0.0.1", settings.ami_port, "hotline", render.passwords(settings)["ami"]) as manager:
            with store.begin() as session:
                made = missed.begin(session, task, agent, now(), missed_rules(settings))
            events = manager.events("OriginateResponse")
            listening = asyncio.ensure_future(_refused(events, store, made))
            try:
                await manager.action(missed.originate(made, settings.agent_ring_seconds))
                return await _ended(settings, store, task, made["channel"])
            finally:
                listening.cancel()
                events.close()
    except AMIDown as error:
        raise HotlineError(f"{error}; nothing was dialled") from None
    except AMIError as error:
        raise HotlineError(f"{error}; `hotline missed show {task}` will tell what came of it") from None


async def _refused(events: Events, store: Store, made: Mapping[str, str]) -> None:
    """Ends the attempt when Asterisk says that the agent's phone was not picked up.

    A channel that could not even be made has no id in the event; there is no other call to this citizen then.
    """
    async for event in events:
        ours = event.get("Uniqueid") == made["channel"] or event.get("Exten") == made["phone"]
        if ours and event.get("Response") == "Failure":
            await asyncio.to_thread(_failed, store, made["channel"])


def _failed(store: Store, channel: str) -> None:
    with store.begin() as session:
        missed.failed(session, channel, now())


async def _ended(settings: Settings, store: Store, task: int, channel: str) -> str:
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end:
        outcome = await asyncio.to_thread(_look, settings, store, task, channel)
        if outcome != "open":
            return outcome
        await asyncio.sleep(_LOOK)
    raise HotlineError(f"the call has not ended yet: `hotline missed show {task}` will tell")


def _look(settings: Settings, store: Store, task: int, channel: str) -> str:
    import_new(store, ledger_paths(settings), handover(settings))
    with store.begin() as session:
        made = missed.show(session, task)["made"]
    return next((str(one["outcome"]) for one in made if one["channel"] == channel), "open")
