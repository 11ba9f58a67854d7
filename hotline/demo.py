"""`hotline demo`: a citizen's call through the running hotline to an agent who answers, then a callback.

Both telephones are those of a second, small Asterisk (the town), which registers them as any softphone would.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from asterisk_conf import render
from callback_survey import attempts
from callback_survey.run import Way
from callqueue import queries
from callqueue.live.control import log_out
from hotline import agents, live, opening, prepare, running, surveys
from hotline.calls import facts
from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.town import Town
from store.base import now
from telephony.ami import Events, Manager, connect
from tickets import records
from tickets.present import ticket_lines
from tickets.units import unit_names

CITIZEN = "citizen"
_REGISTERING = 15.0  # seconds
_CALLING = 120.0  # seconds the citizen's call may take
_LEDGER = 20.0  # seconds until it is in the ledger
# What the town says of itself, and what the newcomer reads.
_STEPS = {
    "hotline-answers": "12345 answers; the citizen hears the greeting and the menu",
    "citizen-presses": "the citizen presses {Key}",
    "agent-rings": "the telephone of agent {agent} rings",
    "agent-answers": "agent {agent} answers; the citizen hears the agent's number",
    "citizen-speaks": "both speak",
    "agent-ends": "agent {agent} hangs up",
    "citizen-asked": "the citizen is asked to rate the service",
    "citizen-rings": "the citizen's telephone rings",
    "citizen-answers": "the citizen answers and is asked the questions",
}


def register(_parser: ArgumentParser) -> None:
    """No arguments."""


def run(settings: Settings, _arguments: Namespace) -> int:
    """Tells the story on the running hotline."""
    settings = running.need(settings)
    found = prepare.find_asterisk(settings)
    if found is None:
        raise HotlineError("Asterisk has gone: run `hotline up` again")
    # A friendly kill ends the demo as Ctrl-C does: with everything put back. A shell makes what it starts in the
    # background ignore SIGINT; the demo needs it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    heard = settings.home / "demo.wav"
    story = Story(settings, settings.agent_numbers[-1])
    with Town(settings, found, story.agent, heard) as town:
        asyncio.run(story.check())
        story.say(f"a town is built: the telephones of a citizen and of agent {story.agent}")
        town.start()
        asyncio.run(story.tell(town))
    story.say("the agent is logged out and the town is gone")
    print(f"\nListen to what the citizen heard: {heard}")
    return 0


class Story:
    """The demo's steps, each printed with the seconds since the beginning."""

    def __init__(self, settings: Settings, agent: str) -> None:
        self.agent = agent
        self._settings = settings
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """One line with the time."""
        print(f"{time.monotonic() - self._began:6.1f} s  {text}", flush=True)

    def _hotline(self) -> AbstractAsyncContextManager[Manager]:
        secret = render.passwords(self._settings)["ami"]
        return connect("127.0.0.1", self._settings.ami_port, "hotline", secret)

    async def check(self) -> None:
        """Raises HotlineError when the demo would be in somebody's way."""
        async with self._hotline() as manager:
            seats = await live.look(self._settings, manager)
            registered = await self._there(manager)
        busy = ", ".join(seat.number for seat in seats if seat.queues)
        if busy:
            raise HotlineError(f"agents are logged in ({busy}), their calls would be taken: hotline agents logout N")
        for user in registered & {self.agent, CITIZEN}:
            raise HotlineError(f"a telephone is registered as {user}, the demo would take its place: unregister it")

    async def _there(self, manager: Manager) -> set[str]:
        """The accounts that a telephone is registered to and reachable at."""
        endpoints = await manager.listing({"Action": "PJSIPShowEndpoints"})
        return {event["ObjectName"] for event in endpoints if event["DeviceState"] not in ("Unavailable", "Invalid")}

    async def tell(self, town: Town) -> None:
        """The whole story; however it ends, the agent is logged out and the telephones unregistered."""
        async with connect("127.0.0.1", town.ami, "hotline", town.secret) as strings, self._hotline() as manager:
            told = asyncio.ensure_future(self._narrate(strings.events("UserEvent")))
            try:
                await self._prepare(strings, manager)
                ticket = await self._ledger(await self._call(strings))
                await self._callback(ticket)
            finally:
                told.cancel()
                await log_out(manager, self.agent, agents.QUEUES)
                await town.unregister(strings)

    async def _narrate(self, events: Events) -> None:
        async for event in events:
            step = _STEPS.get(event.get("What", ""))
            if step:
                self.say(step.format(agent=self.agent, Key=event.get("Key", "")))

    async def _prepare(self, strings: Manager, manager: Manager) -> None:
        end = time.monotonic() + _REGISTERING
        while not {self.agent, CITIZEN} <= await self._there(manager):
            if time.monotonic() > end:
                raise HotlineError("the town's telephones cannot register at the hotline: see `hotline doctor`")
            await asyncio.sleep(0.2)
        self.say("both telephones are registered")
        await self._dial(strings, f"{self.agent}-line", "*11", {"Application": "Wait", "Data": "10"}, 20.0)
        if not any(seat.queues for seat in await live.look(self._settings, manager)):
            raise HotlineError("the agent dialled *11 and is not logged in")
        self.say(f"agent {self.agent} dialled *11 and is logged in to the queues")

    async def _dial(self, strings: Manager, line: str, number: str, then: Mapping[str, str], seconds: float) -> None:
        """Returns when a call from one of the town's telephones has ended. Raises HotlineError when it is not taken."""
        events = strings.events("OriginateResponse", "Hangup")
        call = {"Action": "Originate", "Channel": f"PJSIP/{number}@{line}", "Timeout": "20000"}
        try:
            await strings.action({**call, **then})
            async with asyncio.timeout(seconds):
                async for event in events:
                    if event.get("Response") == "Failure":
                        raise HotlineError(f"the call to {number} was not answered: see `hotline doctor`")
                    if event["Event"] == "Hangup" and event["Channel"].startswith(f"PJSIP/{line}-"):
                        return
        except TimeoutError:
            raise HotlineError(f"the call to {number} does not end: see `hotline doctor`") from None
        finally:
            events.close()

    async def _call(self, strings: Manager) -> datetime:
        """When the citizen's call, which has ended, began."""
        began = now()
        self.say("the citizen dials 12345")
        script = {"Context": "citizen-calls", "Exten": "s", "Priority": "1"}
        await self._dial(strings, f"{CITIZEN}-line", "12345", script, _CALLING)
        self.say("the call is over")
        return began

    async def _ledger(self, began: datetime) -> str:
        """The ticket of the citizen's call, after showing both."""
        end = time.monotonic() + _LEDGER
        while not (found := self._finished(began)):
            if time.monotonic() > end:
                raise HotlineError("the call is not in the ledger: see `hotline status`")
            await asyncio.sleep(0.3)
        self.say(f"the ledger has the call:\n{_indented(facts(found))}")
        if not found["ticket_no"]:
            raise HotlineError(f"the call ended as {found['disposition']} and left no ticket")
        with opening.session(self._settings) as session:
            lines = ticket_lines(records.load(session, found["ticket_no"]), unit_names(session))
        self.say("and left the draft of a ticket:\n" + _indented("\n".join(lines)))
        return str(found["ticket_no"])

    def _finished(self, began: datetime) -> dict[str, Any] | None:
        with opening.session(self._settings) as session:
            rows = queries.list_calls(session, since=began, limit=10)
        over = (row for row in rows if row["direction"] == "inbound" and row["ended_at"])
        return next((row for row in over if row["ticket_no"] or row["disposition"] != "answered"), None)

    async def _callback(self, ticket: str) -> None:
        """Rings the practice phone even where there is a trunk: a demo calls nobody outside."""
        self.say(f"the hotline calls the citizen back about ticket {ticket} (hotline survey run {ticket})")
        way = Way(trunk=False, ring_seconds=self._settings.survey_ring_seconds)
        await surveys.call_back(self._settings, ticket, way, self.say)
        with opening.session(self._settings) as session:
            lines = surveys.lines(attempts.shown(session, ticket))
        self.say(f"the answers (hotline survey show {ticket}):\n" + _indented("\n".join(lines)))


def _indented(text: str) -> str:
    return "\n".join(f"           {line}" for line in text.splitlines())
