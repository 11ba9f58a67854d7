"""`hotline survey`: calls a citizen back about a ticket, and shows what was answered."""

from __future__ import annotations

import asyncio
import json
import re
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

from asterisk_conf import render
from callback_survey import attempts, posted, versions
from callback_survey.questionnaire import CALLBACK
from callback_survey.run import Callback, Say, Way
from callqueue.importer import import_new
from hotline import opening, running
from hotline.errors import HotlineError
from hotline.handover import handover
from hotline.service import ledger_paths
from hotline.settings import Settings
from hotline.steps import Steps
from store.base import now
from store.engine import Store
from telephony.ami import AMIDown, connect

REACHED = ("surveyed", "answered")
_KNOWN_WITHIN = 45.0  # seconds in which the service knows a new version


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{run,show}")
    called = actions.add_parser("run", help="call the citizen of a ticket now")
    shown = actions.add_parser("show", help="every attempt and answer of a ticket")
    called.add_argument("--questionnaire", default=CALLBACK, help="what is asked, see `hotline questionnaire list`")
    for action in (called, shown):
        action.add_argument("ticket", type=ticket, metavar="TICKET", help="ticket number, 12 digits")
        action.add_argument("--json", action="store_true", help="as JSON")


def ticket(text: str) -> str:
    """A ticket number. Raises ArgumentTypeError."""
    if not re.fullmatch(r"[0-9]{12}", text):
        raise ArgumentTypeError("a ticket number has 12 digits")
    return text


def run(settings: Settings, arguments: Namespace) -> int:
    if arguments.action == "show":
        _show(running.settings_in_force(settings), arguments)
        return 0
    settings = running.need(settings)
    steps = Steps(quiet=arguments.json)
    way = Way(trunk=bool(settings.trunk_peer), ring_seconds=settings.survey_ring_seconds)
    outcome = asyncio.run(call_back(settings, arguments.ticket, way, steps.say, arguments.questionnaire))
    _show(settings, arguments)
    return 0 if outcome in REACHED else 1


async def call_back(
    settings: Settings, number: str, way: Way, say: Say, questionnaire: str = CALLBACK
) -> str:
    """How the callback about the ticket ended. Raises SurveyError, NotFound, HotlineError."""
    store = opening.opened(settings)

    def refresh() -> None:
        import_new(store, ledger_paths(settings), handover(settings))

    try:
        refresh()
        with store.reading() as session:
            wanted = versions.by_version(session, questionnaire)
        await asyncio.to_thread(_known, settings.home / f"{posted.FILE}{questionnaire}", posted.text(wanted), say)
        return await _call(settings, store, number, way, say, refresh, questionnaire)
    finally:
        store.close()


def _known(file: Path, text: str, say: Say) -> None:
    """Waits until the service asks what was added last: who is called before would be asked nothing, or the old."""
    end = time.monotonic() + _KNOWN_WITHIN
    while not (file.exists() and file.read_text(encoding="utf-8") == text):
        if time.monotonic() > end:
            raise HotlineError("the service does not know the questionnaire: see `hotline status`; nothing was dialled")
        say("waiting until the service knows the questionnaire")
        time.sleep(2)


async def _call(
    settings: Settings, store: Store, number: str, way: Way, say: Say, refresh: Any, questionnaire: str
) -> str:
    secret = render.passwords(settings)["ami"]
    try:
        async with connect("127.0.0.1", settings.ami_port, "hotline", secret) as manager:
            with store.begin() as session:
                attempt = replace(attempts.open_attempt(session, number, now()), questionnaire=questionnaire)
            say(f"calling {attempt.phone if way.trunk else 'the practice phone'} about ticket {number}, showing 12345")
            outcome = await Callback(store, attempt, refresh, say).run(manager, way)
    except AMIDown as error:
        raise HotlineError(f"{error}; nothing was dialled") from None
    say(f"ended: {outcome}")
    return outcome


def _show(settings: Settings, arguments: Namespace) -> None:
    with opening.session(settings) as session:
        found = attempts.shown(session, arguments.ticket)
    print(json.dumps(found, indent=1, ensure_ascii=False) if arguments.json else "\n".join(lines(found)))


def lines(found: dict[str, Any]) -> list[str]:
    """Attempts and answers for people."""
    shown = [f"ticket {found['ticket']}"]
    for attempt in found["attempts"]:
        shown.append(f"  attempt {attempt['number']}, {attempt['started_at']}: {attempt['outcome']}")
        shown += [f"    {one['question']:<12} {_said(one)}" for one in attempt["answers"]]
    shown += [f"  {one['question']:<14} {_said(one)}" for one in found["ratings"]]
    return shown if len(shown) > 1 else [*shown, "  no callback yet"]


def _said(one: dict[str, Any]) -> str:
    value = one["value"] or one["file"]
    return f"{value} (heard {one['heard']}, {one['confidence']:.2f})" if one["by"] == "speech" else value
