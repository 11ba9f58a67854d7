"""Keeps the state current: asked at every login, then kept by events; says so when it is not."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from callqueue.live.query import Asked, ask
from callqueue.live.state import EVENTS, State
from telephony.ami import OVERFLOW, RESYNC, AMIError, Events

log = logging.getLogger(__name__)
T = TypeVar("T")
_SECONDS = 5.0  # a look from another thread takes at most
_MARKS = frozenset({RESYNC, OVERFLOW})
_AGAIN = 1.0  # seconds between two queries that failed while the link is up


class Link(Asked, Protocol):
    """What is used of telephony.ami.Manager."""

    @property
    def state(self) -> Mapping[str, Any]: ...

    def events(self, *names: str) -> Events: ...


class Watch:
    """The live state of one Asterisk, for any number of readers.

    Events that arrive while Asterisk is asked wait in the consumer's queue and are applied to the answer: older ones
    do no harm (callqueue.live.state), newer ones are not lost. `applied` counts those that said something.
    """

    def __init__(self, manager: Link, clock: Callable[[], float] = time.time) -> None:
        self.state = State()
        self.applied = 0
        self.resyncs = 0
        self._manager = manager
        self._clock = clock
        self._built = False
        self._since = clock()
        self._changed = asyncio.Event()
        self._events: Events | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def current(self) -> bool:
        """Whether the state is that of this moment."""
        return self._built and self._manager.state["state"] == "up"

    @property
    def since(self) -> float:
        """Since when it is current, or is not (epoch seconds)."""
        away = self._manager.state
        return self._since if away["state"] == "up" else float(away["since"])

    def on_loop(self, look: Callable[[], T]) -> T:
        """What `look` finds in the state, from any thread: it runs on the loop, which would change the state meanwhile.

        Raises TimeoutError.
        """
        if self._loop is None or _runs_here(self._loop):
            return look()

        async def looked() -> T:
            return look()

        return asyncio.run_coroutine_threadsafe(looked(), self._loop).result(_SECONDS)

    def ask_again(self) -> None:
        """Has Asterisk asked anew, after what it announces to nobody."""
        if self._events is not None:
            self._events.put({"Event": RESYNC, "Gap": "0"})

    async def run(self) -> None:
        """Never returns."""
        self._loop = asyncio.get_running_loop()
        self._events = events = self._manager.events(*EVENTS)
        try:
            while batch := await events.batch():
                before = self.applied
                for event in batch:
                    if event["Event"] in _MARKS:
                        await self._rebuild()
                    elif self.state.apply(event):
                        self.applied += 1
                if self.applied != before:
                    self._changed.set()
        finally:
            events.close()

    async def _rebuild(self) -> None:
        self._stand(False)
        while not self._built:
            try:
                fresh = await ask(self._manager)
            except AMIError as error:
                if self._manager.state["state"] != "up":
                    return  # the next login asks again
                log.error("the state of the queues could not be asked: %s", error)
                await asyncio.sleep(_AGAIN)
                continue
            fresh.keep_unasked(self.state)
            self.state = fresh
            self.resyncs += 1
            self._stand(True)

    def _stand(self, built: bool) -> None:
        if built != self._built:
            self._built, self._since = built, self._clock()
        self._changed.set()

    async def changed(self, seconds: float) -> None:
        """Returns at the next change, or after so many seconds without one."""
        self._changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
