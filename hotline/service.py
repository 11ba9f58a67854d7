"""`hotline serve`: the service process. It ends when a part fails for good; the supervisor starts it again."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import logging
import signal
import time
from argparse import Namespace
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

from asterisk_conf import render
from callqueue.importer import Paths, hand_over_missed, import_new
from callqueue.live.watch import Watch
from console.page import Services
from console.rest import Rest
from console.sessions import Policy
from console.site import Site
from hotline import beat, citizens, days, hours, logs, places, routes
from hotline.beat import Heartbeat
from hotline.board import Board, thresholds
from hotline.clocks import Clocks
from hotline.desk import TicketDesk
from hotline.floor import Floor
from hotline.handover import HANDOVER
from hotline.importer import Importer
from hotline.live import Live
from hotline.memory import Remembered
from hotline.routes import County
from hotline.rules import rules
from hotline.settings import Settings
from hotline.standing import Standing, State, moment
from hotline.supervisor import write_whole
from hotline.web import Console
from ivr import posted
from speech import make
from store.engine import Store
from telephony.ami import Manager
from telephony.fastagi import FastAGIServer
from tickets.deadlines import Rules

log = logging.getLogger(__name__)
_THREADS = 8
_LENGTH = 120.0  # seconds: of a sound that is no prompt of ours, such as the caller's own message
_ENDING = 2.0  # seconds each part may take to end


class Service:
    """The parts of the service, and their order of starting and ending."""

    def __init__(self, settings: Settings) -> None:
        home = settings.home
        self.settings = settings
        self.store = Store(settings.database)
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="database")
        self.heartbeat = Heartbeat(home / places.HEARTBEAT, functools.partial(beat.probe, self.store))
        no_numbers: frozenset[str] = frozenset()
        self.elderly = Remembered("elderly numbers", self.store, citizens.elderly_numbers, no_numbers)
        self.days = Remembered("calendar", self.store, days.read, days.shipped(), seconds=600.0)
        self.importer = Importer(self._import, lambda: hand_over_missed(self.store, HANDOVER))
        self.manager = Manager("127.0.0.1", settings.ami_port, "hotline", render.passwords(settings)["ami"])
        self.watch = Watch(self.manager)
        self.county = County(settings, lambda number: number in self.elderly.value, self._day)
        self.agi = self._agi()
        self.standing = Standing(
            {"agi": self._of_agi, "ami": self._of_ami, "database": self._of_database, "ledger": self._of_ledger,
             "live": self._of_live}
        )
        terms = rules(settings)
        self.clocks = Clocks(self.store, terms)
        self.floor = Floor(settings, self.manager, self.watch)
        rest = Rest(self.store, home / places.ATTACHMENTS, terms, self.floor)
        site = self._site(terms)
        self.board = Board(self.floor, self.watch, site.hub, self.store, self.threads, thresholds(settings))
        self.console = Console(settings, self.standing, rest, site)

    def _site(self, terms: Rules) -> Site:
        settings = self.settings
        policy = Policy(
            timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours),
            settings.second_factor == "required",
        )
        more = {"standing": self.standing.now, "live": Live(settings, self.watch).now, "floor": self.floor}
        return Site(Services(self.store, settings.home / places.ATTACHMENTS, terms, policy, more))

    def _agi(self) -> FastAGIServer:
        home = self.settings.home
        county = self.county
        desk = TicketDesk(self.store, self.threads, home / places.SOUNDS / "zh")
        flows = routes.routes(county, desk, home / places.RECORDINGS)
        lengths = make.seconds(overrides=home / places.OVERRIDES)
        most = self.settings.agi_connections
        return FastAGIServer(flows, length=lambda prompt: lengths.get(prompt, _LENGTH), most=most)

    def _day(self, day: date) -> hours.Kind:
        return days.kind(self.days.value, day) if self.settings.closed_on_holidays else hours.Kind.PLAIN

    def _import(self) -> None:
        import_new(self.store, ledger_paths(self.settings), HANDOVER)

    # -- what each part says of itself -----------------------------------------------------------

    def _of_agi(self) -> State:
        return {
            "state": "up" if self.agi.port else "down", "port": self.settings.agi_port,
            "sessions": self.agi.sessions, "served": self.agi.served, "refused": self.agi.refused,
        }

    def _of_ami(self) -> State:
        state = self.manager.state
        more = {"why": state["error"], "logins": state["logins"]}
        return {"state": state["state"], "since": moment(state["since"]), **more}

    def _of_live(self) -> State:
        watch = self.watch
        return {
            "state": "up" if watch.current else "down", "since": moment(watch.since), "queries": watch.resyncs,
            "events": watch.applied,
        }

    def _of_database(self) -> State:
        beats = self.heartbeat
        return {"state": "down" if beats.reason else "up", "since": moment(beats.since), "why": beats.reason}

    def _of_ledger(self) -> State:
        return {
            "state": "down" if self.importer.reason else "up", "since": moment(self.importer.done_at),
            "why": self.importer.reason,
        }

    # -- running -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Runs until SIGTERM or SIGINT. Raises what made a part fail for good."""
        main = asyncio.current_task()
        assert main is not None
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, main.cancel)
        began = time.monotonic()
        try:
            await self.agi.start("127.0.0.1", self.settings.agi_port)
            self.floor.start()
            await self.console.start()
            log.info("service ready after %.1f s", time.monotonic() - began)
            async with asyncio.TaskGroup() as group:
                for part in self._loops():
                    group.create_task(part)
        except asyncio.CancelledError:
            log.info("service ending")
        finally:
            await self._end()

    def _loops(self) -> list[Coroutine[Any, Any, None]]:
        return [
            self.heartbeat.run(),
            self.standing.run(self.settings.home / places.STATUS),
            self.importer.run(),
            self.elderly.run(self.threads),
            self.days.run(self.threads),
            self.clocks.run(),
            self.manager.run(),
            self.watch.run(),
            self.board.run(),
            self._post(),
        ]

    async def _post(self) -> None:
        """Keeps the file that classic scripts read; written anew only when it changes."""
        written = ""
        while True:
            text = posted.text(self.county.posted(), self.elderly.value)
            if text != written:
                write_whole(self.settings.home / posted.FILE, text)
                written = text
            await asyncio.sleep(2)

    async def _end(self) -> None:
        # Sessions that run are cut: their callers go to the fallback, which is better than a silent line.
        parts = (self.agi.close(), self.console.close(), self.manager.close())
        await asyncio.gather(*(asyncio.wait_for(part, _ENDING) for part in parts), return_exceptions=True)
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.store.close()
        log.info("service ended")


def ledger_paths(settings: Settings) -> Paths:
    """Where Asterisk writes what the ledger is built from."""
    return Paths(settings.home / "log/cel-custom/cel.csv", settings.home / "log/queue_log")


def run(settings: Settings, _arguments: Namespace) -> int:
    """The service until it is told to end."""
    logs.to_file(settings.home / places.SERVICE_LOG)
    try:
        service = Service(settings)
        _runner()(service.run())
    except Exception:  # the edge of the process: the supervisor starts another
        log.exception("the service failed")
        raise
    return 0


def _runner() -> Any:
    """uvloop's when it is there: the same service for less CPU."""
    if importlib.util.find_spec("uvloop"):
        import uvloop

        return uvloop.run
    return asyncio.run
