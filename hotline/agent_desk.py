"""The agents' desks: what each sees of its telephone and call, and what it does with them, for pages and REST."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict
from typing import Any

from callqueue.live import control, seated, view
from callqueue.live.control import ControlError, NoSuch
from callqueue.live.own import OwnCall, Phase, own_call
from callqueue.live.view import Seating
from callqueue.live.watch import Watch
from console.agent import topic
from console.push import Hub, Message
from hotline.live import LABELS, STATES
from hotline.settings import Settings
from hotline.standing import moment
from telephony.ami import AMIError, Manager

log = logging.getLogger(__name__)

_SECONDS = 8.0  # an action takes at most; the interface's own answer ten
_TOGETHER = 0.1  # seconds of changes told at once
_IDLE = 1.0  # seconds after which it is looked again without a change: what the clock changes
_SETTLING = 2.5  # seconds from the end of a consultation until the next may begin
_SPOKEN = (Phase.TALKING, Phase.HELD, Phase.CONSULTING)


class AgentDesk:
    """`look` and `do` for threads; `run` tells the open pages, on the loop the actions are carried out on.

    `elderly` says whether a number is known to be an elderly citizen's.
    """

    def __init__(self, settings: Settings, manager: Manager, watch: Watch, elderly: Callable[[str], bool]) -> None:
        self._settings, self._manager, self._watch = settings, manager, watch
        self.elderly = elderly
        self.numbers = settings.agent_numbers
        self._phones = frozenset((*settings.agent_numbers, *settings.supervisor_numbers))
        self._spoken: dict[str, OwnCall] = {}
        self._told: dict[str, Mapping[str, Any]] = {}
        self._back: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def look(self, number: str) -> dict[str, Any]:
        """The telephone at this moment as JSON values; `current` false: it is as it was at `since`.

        `call` is the call it has, `last` the last one that was spoken; both None for none. Raises TimeoutError.
        """
        return self._watch.on_loop(lambda: self._look(number))

    def _look(self, number: str) -> dict[str, Any]:
        watch, now = self._watch, time.time()
        state, wrap_up = watch.state, self._settings.wrapup_seconds
        (seat,) = view.seats(state, (number,), now, wrap_up)
        own = own_call(state, number, self._phones)
        last = self._spoken.get(number)
        return {
            "current": watch.current, "since": moment(watch.since), "at": moment(now), "number": number,
            "state": seat.state, "label": STATES[seat.state], "began": seat.since, "reason": seat.reason,
            "registered": seat.registered, "queues": list(seat.queues),
            "wrap_until": seat.since + wrap_up if seat.state is Seating.WRAP_UP else 0.0,
            "all_queues": [{"name": name, "label": label} for name, label in LABELS.items() if name in state.queues],
            "call": asdict(own) if own else None, "last": asdict(last) if last else None,
        }  # fmt: skip

    def phones(self) -> list[tuple[str, bool]]:
        """Every agent's telephone, and whether it is registered."""
        seats = self._watch.on_loop(lambda: view.seats(self._watch.state, self.numbers, time.time(), 0))
        return [(seat.number, seat.registered) for seat in seats]

    # -- what an agent does ------------------------------------------------------------------------

    def do(self, what: str, number: str, body: Mapping[str, Any]) -> None:
        """Carries out an action, from a thread. Raises ControlError, AMIError, TimeoutError."""
        if self._loop is None or not self._watch.current:
            raise ControlError("与 Asterisk 的连接中断，暂不能操作")
        asyncio.run_coroutine_threadsafe(self._done(what, number, body), self._loop).result(_SECONDS)

    async def _done(self, what: str, number: str, body: Mapping[str, Any]) -> None:
        await self._act(what, number, body)

    def _act(self, what: str, number: str, body: Mapping[str, Any]) -> Coroutine[Any, Any, object]:
        manager, state, mine = self._manager, self._watch.state, self._settings
        match what:
            case "ready":
                (seat,) = view.seats(state, (number,), time.time(), mine.wrapup_seconds)
                wrapping = seat.state is Seating.WRAP_UP or seat.reason == seated.WRAP_UP
                return seated.ready(manager, state, number, wrapping)
            case "pause":
                return seated.not_ready(manager, number, body["reason"])
            case "more":
                return seated.not_ready(manager, number, seated.WRAP_UP)
            case "queues":
                return control.move_agent(manager, state, number, body["queues"])
            case "dial":
                seconds = mine.agent_ring_seconds
                return seated.dial(manager, state, number, body["phone"], seconds, body.get("ticket", ""))
        own = own_call(state, number, self._phones)
        if own is None:
            raise NoSuch("您的话机现在没有通话")
        match what:
            case "hangup":
                return seated.hang_up(manager, own)
            case "transfer":
                return seated.transfer(manager, state, own, body["to"])
            case "consult":
                return self._consult(number, own, body["to"])
            case "back":
                return self._came_back(number, own)
        return seated.emergency(manager, own, body["service"])

    async def _consult(self, number: str, own: OwnCall, to: str) -> None:
        """Asterisk swallows a consultation within a second and a half after the agent came back from another.

        Whoever asks is answered at once all the same: a transaction waits with them.
        """
        seconds = self._back.get(number, 0.0) + _SETTLING - time.monotonic()
        if seconds <= 0:
            await seated.consult(self._manager, self._watch.state, own, to)
        else:
            seated.consulted(self._watch.state, own, to)  # what is wrong is said now, not only in the log
            self._waiting[number] = asyncio.create_task(self._consult_later(seconds, number, own.call, to))

    async def _consult_later(self, seconds: float, number: str, call: str, to: str) -> None:
        await asyncio.sleep(seconds)
        own = own_call(self._watch.state, number, self._phones)
        if own and own.call == call:
            try:
                await seated.consult(self._manager, self._watch.state, own, to)
            except (ControlError, AMIError) as error:
                log.warning("agent %s consults nobody: %s", number, error)

    async def _came_back(self, number: str, own: OwnCall) -> None:
        await seated.back(self._manager, own)
        self._back[number] = time.monotonic()

    # -- telling the pages -------------------------------------------------------------------------

    async def run(self, hub: Hub) -> None:
        """Publishes what changes at each telephone, and remembers the calls that were spoken. Never returns."""
        self._loop = asyncio.get_running_loop()
        while True:
            await self._watch.changed(_IDLE)
            await asyncio.sleep(_TOGETHER)
            for number in self.numbers:
                self._tell(hub, number)

    def _tell(self, hub: Hub, number: str) -> None:
        own = own_call(self._watch.state, number, self._phones)
        if own is not None and own.phase in _SPOKEN:
            self._spoken[number] = own
        if not hub.listeners(topic(number)):
            self._told.pop(number, None)
            return
        seen = self.look(number)
        lasting = {name: value for name, value in seen.items() if name != "at"}
        if lasting != self._told.get(number):
            self._told[number] = lasting
            hub.publish(topic(number), Message("seat", json.dumps(seen, ensure_ascii=False)))
