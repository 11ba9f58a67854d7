"""`hotline serve`: the service process. It ends when a part fails for good; the supervisor starts it again."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import logging
import signal
import time
from argparse import Namespace
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

from asterisk_conf import render
from callback_survey import posted as callback_posted
from callback_survey import sampling, versions
from callback_survey.called_lately import PERIOD, CalledLately
from callback_survey.questionnaire import Questionnaire
from callqueue import missed
from callqueue.importer import Paths, hand_over_missed, import_new
from callqueue.later import Later
from callqueue.live.present import ask_telephones
from callqueue.live.watch import Watch
from console.page import Services
from console.rest import Rest
from console.route import Means
from console.sessions import Policy
from console.site import Site
from hotline import appraisal, beat, calling, citizens, days, hours, listening, logs, places, prepare, routes, telling
from hotline.agent_desk import AgentDesk
from hotline.asking import Asking
from hotline.beat import Heartbeat
from hotline.board import Board, thresholds
from hotline.clocks import Clocks
from hotline.desk import TicketDesk
from hotline.floor import Floor
from hotline.handover import handover, missed_rules
from hotline.importer import Importer
from hotline.keeping import Keeping
from hotline.live import Live
from hotline.memory import Remembered
from hotline.messages import Messages
from hotline.metrics import Figures, Metrics
from hotline.posting import Posting
from hotline.routes import County
from hotline.rules import rules
from hotline.settings import Settings
from hotline.settled import settle
from hotline.standing import Standing, State
from hotline.supervisor import write_whole
from hotline.web import Console
from ivr import posted
from speech import make
from speech.hearing import Recogniser
from store.base import now
from store.engine import Store
from telephony.ami import Manager, Reply
from telephony.fastagi import FastAGIServer
from tickets.deadlines import Rules

log = logging.getLogger(__name__)
_THREADS = 8
_LENGTH = 120.0  # seconds: of a sound that is no prompt of ours, such as the caller's own message
_ENDING = 2.0  # seconds each part may take to end


class Service:
    """The parts of the service, and their order of starting and ending.

    `recogniser` makes out what callers say; without one they are asked by key.
    """

    def __init__(self, settings: Settings, recogniser: Recogniser | None = None) -> None:
        home = settings.home
        self.settings = settings
        self.store = Store(settings.database)
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="database")
        self.heartbeat = Heartbeat(home / places.HEARTBEAT, functools.partial(beat.probe, self.store))
        no_numbers: frozenset[str] = frozenset()
        self.elderly = Remembered("elderly numbers", self.store, citizens.elderly_numbers, no_numbers)
        self.days = Remembered("calendar", self.store, days.read, days.shipped(), seconds=600.0)
        shipped = dict(versions.SHIPPED_IN_FORCE)
        self.questionnaires = Remembered("questionnaires", self.store, versions.in_force, shipped)
        self._called = CalledLately()
        self.called = Remembered("numbers called", self.store, self._called.read, None, PERIOD, seeds=False)
        self.handover = handover(settings)
        self._postponed = Later()
        self.importer = Importer(self._import, self._seldom)
        self.manager = Manager("127.0.0.1", settings.ami_port, "hotline", render.passwords(settings)["ami"])
        self.watch = Watch(self.manager)
        self.county = County(settings, lambda number: number in self.elderly.value, self._day)
        self.ears = listening.ears(settings, prepare.find_asterisk(settings), recogniser)
        self.agi = self._agi()
        self.standing = Standing(self._told())
        terms = rules(settings)
        self.clocks = Clocks(self.store, terms, settings.knowledge_expiry_days)
        self.messages = Messages(settings, self.store, terms)
        self.dialler = calling.dialler(settings, self.store, self.manager, lambda: self.days.value)
        self.floor = Floor(settings, self.manager, self.watch)
        self.desk = AgentDesk(settings, self.manager, self.watch, lambda number: number in self.elderly.value)
        held = missed_rules(settings)
        means = Means(
            settings.wrapup_seconds, held, settings.agent_ring_seconds, self._dial, self.desk,
            ranking=appraisal.policy(settings),
        )  # fmt: skip
        self.keeping = Keeping(self.store, self.manager, self.watch, held, lambda: self.importer.done_at)
        self._open_console(terms, means)

    def _open_console(self, terms: Rules, means: Means) -> None:
        """What is served over HTTP, and the board that tells its pages the news."""
        settings = self.settings
        rest = Rest(self.store, settings.home / places.ATTACHMENTS, terms, means, self.floor)
        asking = Asking(self.store, terms)
        site = self._site(terms, means)
        self.posting = Posting(self.store, self.threads)
        limits = thresholds(settings)
        self.board = Board(self.floor, self.watch, site.hub, self.store, self.threads, limits, self.posting)
        figures = Figures(self.floor.look, self.standing.now)
        metrics = Metrics(figures, self.store, self.threads, f"http://127.0.0.1:{settings.metrics_port}/metrics")
        self.console = Console(settings, self.standing, rest, asking, site, metrics)
        self.hub = site.hub

    def _told(self) -> Mapping[str, Callable[[], State]]:
        return {
            "agi": lambda: telling.agi(self.agi),
            "ami": lambda: telling.ami(self.manager),
            "database": lambda: telling.database(self.heartbeat),
            "ledger": lambda: telling.ledger(self.importer),
            "callbacks": lambda: telling.callbacks(self.dialler if self.settings.callbacks else None),
            "live": lambda: telling.live(self.watch),
            "messages": lambda: self.messages.state(),
        }

    def _site(self, terms: Rules, means: Means) -> Site:
        settings = self.settings
        policy = Policy(
            timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours),
            settings.second_factor == "required",
        )
        more = {"standing": self.standing.now, "live": Live(settings, self.watch).now, "floor": self.floor,
                "wrap_up": settings.wrapup_seconds, "trunk": calling.trunk(settings), "means": means,
                "calling_from": calling.calling_from(settings, lambda: self.days.value),
                "ranking": appraisal.policy(settings), "agents": settings.agent_numbers,
                "recordings": settings.home / places.RECORDINGS}
        return Site(Services(self.store, settings.home / places.ATTACHMENTS, terms, policy, more))

    def _agi(self) -> FastAGIServer:
        home = self.settings.home
        county = self.county
        desk = TicketDesk(self.store, self.threads, home / places.SOUNDS / "zh", perhaps=self._called.perhaps)
        flows = routes.routes(county, desk, home / places.RECORDINGS, self._asks)
        lengths = make.seconds(overrides=home / places.OVERRIDES)
        most = self.settings.agi_connections
        ear = self.ears.ear if self.ears else None
        return FastAGIServer(flows, length=lambda prompt: lengths.get(prompt, _LENGTH), most=most, ear=ear)

    def _asks(self, name: str) -> Questionnaire:
        return self.questionnaires.value[name]

    def _day(self, day: date) -> hours.Kind:
        return days.kind(self.days.value, day) if self.settings.closed_on_holidays else hours.Kind.PLAIN

    def _import(self) -> None:
        import_new(self.store, ledger_paths(self.settings), self.handover, self._postponed)

    def _seldom(self) -> None:
        hand_over_missed(self.store, self.handover)
        with self.store.begin() as session:
            missed.sweep(session, now(), missed_rules(self.settings))
            sampling.draw_due(session, now(), self.settings.check_share)

    def _dial(self, headers: Mapping[str, str]) -> None:
        """Hands an Originate to the manager's loop; called from the threads of the REST interface."""
        asked = asyncio.run_coroutine_threadsafe(self.manager.action(dict(headers)), self._loop)
        asked.add_done_callback(_refused)

    # -- running -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Runs until SIGTERM or SIGINT. Raises what made a part fail for good."""
        main = asyncio.current_task()
        assert main is not None
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, main.cancel)
        self._loop = asyncio.get_running_loop()
        began = time.monotonic()
        try:
            if self.ears:
                await self.ears.start()
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
            self.questionnaires.run(self.threads),
            self.called.run(self.threads),
            self.clocks.run(),
            self.messages.run(),
            self.manager.run(),
            self.watch.run(),
            ask_telephones(self.manager, (*self.settings.agent_numbers, *self.settings.supervisor_numbers)),
            self.board.run(),
            self.posting.run(),
            self.desk.run(self.hub),
            self.keeping.run(self.threads),
            self._post(),
            settle(),
            *([self.dialler.run()] if self.settings.callbacks else []),
        ]

    async def _post(self) -> None:
        """Keeps the files that classic scripts read; written anew only when they change."""
        written, questionnaires = "", dict[str, str]()
        while True:
            text = posted.text(self.county.posted(), self.elderly.value)
            if text != written:
                write_whole(self.settings.home / posted.FILE, text)
                written = text
            asked = {name: callback_posted.text(one) for name, one in self.questionnaires.value.items()}
            if asked != questionnaires:
                for name, whole in asked.items():
                    write_whole(self.settings.home / f"{callback_posted.FILE}{name}", whole)
                questionnaires = asked
            await asyncio.sleep(2)

    async def _end(self) -> None:
        # Sessions that run are cut: their callers go to the fallback, which is better than a silent line.
        parts = [self.agi.close(), self.console.close(), self.manager.close(), self.dialler.close()]
        parts += [self.ears.close()] if self.ears else []
        await asyncio.gather(*(asyncio.wait_for(part, _ENDING) for part in parts), return_exceptions=True)
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.store.close()
        log.info("service ended")


def _refused(asked: Future[Reply]) -> None:
    error = asked.exception()
    if error is not None or not asked.result().ok:
        log.warning("a call was not placed: %s", error or asked.result().message)


def ledger_paths(settings: Settings) -> Paths:
    """Where Asterisk writes what the ledger is built from."""
    return Paths(settings.home / "log/cel-custom/cel.csv", settings.home / "log/queue_log")


def run(settings: Settings, _arguments: Namespace) -> int:
    """The service until it is told to end."""
    logs.to_file(settings.home / places.SERVICE_LOG)
    try:
        _runner()(_heard(settings))
    except Exception:  # the edge of the process: the supervisor starts another
        log.exception("the service failed")
        raise
    return 0


async def _heard(settings: Settings) -> None:
    """The service with the recogniser in force. The model opens meanwhile: until then questions are asked by key."""
    pool = listening.recogniser(settings)
    opening = asyncio.create_task(listening.opened(pool)) if pool else None
    try:
        await Service(settings, pool).run()
    finally:
        if pool and opening:
            opening.cancel()
            await pool.close()


def _runner() -> Any:
    """uvloop's when it is there: the same service for less CPU."""
    if importlib.util.find_spec("uvloop"):
        import uvloop

        return uvloop.run
    return asyncio.run
