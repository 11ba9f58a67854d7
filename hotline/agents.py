"""`hotline agents`: the agents' accounts, and their queues and pauses as a supervisor sets them."""

from __future__ import annotations

import asyncio
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from asterisk_conf import render
from callqueue.live.control import ControlError, log_in, log_out, pause
from callqueue.live.view import Seat, Seating
from hotline import live, probe, running
from hotline.calls import table
from hotline.errors import HotlineError, NotRunning
from hotline.settings import Settings
from telephony.ami import AMIDown, Manager, connect

QUEUES = tuple(name for name, *_rest in render.QUEUES)
WRAP_UP = "wrap-up"


def register(parser: ArgumentParser) -> None:
    names = "{list,phones,login,logout,pause,unpause,wrapup}"
    actions = parser.add_subparsers(dest="action", required=True, metavar=names)
    listed = actions.add_parser("list", help="every agent's account and state")
    phones = actions.add_parser("phones", help="every telephone that may register: agents', supervisors', for practice")
    for action in (listed, phones):
        action.add_argument("--json", action="store_true", help="as JSON")
        action.add_argument("--with-secrets", action="store_true", help="with the passwords")
    texts = {
        "login": "into the queues (all, or those named)", "logout": "out of all queues",
        "pause": "no calls for a while", "unpause": "calls again", "wrapup": "no calls until paperwork is done",
    }
    for name, text in texts.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("number", metavar="N", help="the agent's number, as 8001")
        if name == "login":
            action.add_argument("--queue", action="append", default=[], help="only this queue; may be repeated")
        if name == "pause":
            action.add_argument("--reason", required=True, help="why: rest, meal, training, paperwork, ...")


def run(settings: Settings, arguments: Namespace) -> int:
    if arguments.action == "list":
        return _list(running.settings_in_force(settings), arguments)
    if arguments.action == "phones":
        return _phones(running.settings_in_force(settings), arguments)
    if arguments.number not in settings.agent_numbers:
        known = f"{settings.agent_numbers[0]} to {settings.agent_numbers[-1]}"
        raise HotlineError(f"{arguments.number} is not an agent; agents are {known}")
    for queue in getattr(arguments, "queue", []):
        if queue not in QUEUES:
            raise HotlineError(f"{queue} is not a queue; queues are {', '.join(QUEUES)}")
    action = _ACTIONS[arguments.action]
    print(asyncio.run(with_manager(running.need(settings), lambda manager: action(manager, arguments))))
    return 0


async def with_manager(settings: Settings, work: Callable[[Manager], Awaitable[Any]]) -> Any:
    """What the work gives. Raises NotRunning when Asterisk's manager is away."""
    try:
        async with connect("127.0.0.1", settings.ami_port, "hotline", render.passwords(settings)["ami"]) as manager:
            return await work(manager)
    except AMIDown as error:
        raise NotRunning(f"{error}; see `hotline doctor`") from None


# -- what a supervisor does ------------------------------------------------------------------------


async def _login(manager: Manager, arguments: Namespace) -> str:
    queues = tuple(arguments.queue) or QUEUES
    try:
        await log_in(manager, arguments.number, queues)
    except ControlError as error:
        raise HotlineError(str(error)) from None
    return f"{arguments.number} is in {', '.join(queues)}"


async def _logout(manager: Manager, arguments: Namespace) -> str:
    left = await log_out(manager, arguments.number, QUEUES)
    return f"{arguments.number} has left {', '.join(left)}" if left else f"{arguments.number} was in no queue"


async def _pause(manager: Manager, arguments: Namespace, reason: str, told: str) -> str:
    if not await pause(manager, arguments.number, reason):
        raise HotlineError(f"{arguments.number} is in no queue: log the agent in first")
    return f"{arguments.number} {told}"


_ACTIONS: dict[str, Callable[[Manager, Namespace], Awaitable[str]]] = {
    "login": _login,
    "logout": _logout,
    "pause": lambda manager, given: _pause(manager, given, given.reason, f"pauses: {given.reason}"),
    "unpause": lambda manager, given: _pause(manager, given, "", "takes calls again"),
    "wrapup": lambda manager, given: _pause(manager, given, WRAP_UP, "is in wrap-up"),
}


# -- list ------------------------------------------------------------------------------------------


def _list(settings: Settings, arguments: Namespace) -> int:
    rows = [asdict(seat) for seat in seats_now(settings)]
    return _print(settings, arguments, rows, ("number", "state", "reason", "queues", "calls"))


def _phones(settings: Settings, arguments: Namespace) -> int:
    of = {"agent": settings.agent_numbers, "supervisor": settings.supervisor_numbers, "practice": ("citizen",)}
    rows = [{"number": number, "of": who} for who, numbers in of.items() for number in numbers]
    return _print(settings, arguments, rows, ("number", "of"))


def _print(settings: Settings, arguments: Namespace, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> int:
    """Prints the telephones, where they register and, when asked, their passwords."""
    registrar = f"{probe.reachable_host(settings.bind)}:{settings.sip_port}"
    shown = ("registrar", "password") if arguments.with_secrets else ("registrar",)
    for row in rows:
        about = {"registrar": registrar, "password": render.passwords(settings)[row["number"]]}
        row |= {name: about[name] for name in shown}
    if arguments.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        print(table([{**row, "queues": ",".join(row.get("queues", ()))} for row in rows], (*columns, *shown)))
    return 0


def seats_now(settings: Settings) -> list[Seat]:
    """The agents; without a running hotline all unregistered. Raises NotRunning when Asterisk does not answer."""

    async def ask(manager: Manager) -> list[Seat]:
        return await live.look(settings, manager)

    if not running.parts(settings):
        return [Seat(number, Seating.UNREGISTERED, 0.0, (), "", 0, False) for number in settings.agent_numbers]
    found: list[Seat] = asyncio.run(with_manager(settings, ask))
    return found
