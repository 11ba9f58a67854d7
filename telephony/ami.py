"""Asterisk's manager interface: a link that mends itself, actions that are sent once, events in order.

AMI is a view: what must not be lost is read from CEL and queue_log. Source: Asterisk's documentation of AMI v2.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from telephony.ami_events import OVERFLOW, RESYNC, Events
from telephony.ami_link import Event, Headers, Link
from telephony.errors import (
    AMIDown,
    AMIError,
    AMILoginRefused,
    AMILost,
    AMIRefused,
    AMITimeout,
    AMIUnsafe,
)

__all__ = [
    "OVERFLOW",
    "RESYNC",
    "AMIDown",
    "AMIError",
    "AMILoginRefused",
    "AMILost",
    "AMIRefused",
    "AMITimeout",
    "AMIUnsafe",
    "Events",
    "Manager",
    "Reply",
    "connect",
]

T = TypeVar("T")

log = logging.getLogger(__name__)

PING = 2.0  # seconds between pings, and for an answer: a dead link is noticed within twice that
SHORTEST, LONGEST = 0.5, 15.0  # seconds between attempts to connect
AFTER_REFUSAL = 30.0  # seconds; a wrong password is mended by hand


@dataclass(frozen=True, slots=True)
class Reply:
    """Asterisk's answer to an action."""

    ok: bool
    message: str
    headers: Mapping[str, str]

    @property
    def output(self) -> str:
        """What a command printed."""
        return self.headers.get("Output", "")


class Manager:
    """The link of a service: `run()` keeps it up, `action()` and `listing()` use it, `events()` listens.

    `patience`: seconds for connecting, for the login, and for an answer when an action names no other.
    """

    def __init__(self, host: str, port: int, user: str, secret: str, patience: float = 5.0) -> None:
        self._config = {"host": host, "port": port, "username": user, "secret": secret}
        self._patience = patience
        self._link: Link | None = None
        self._announced = False
        self._consumers: list[Events] = []
        self._takers: dict[str, list[Events]] = {}  # by the name of an event
        self._stop = asyncio.Event()
        self._standing = "down"
        self._error = "not connected yet"
        self._refused = False
        self._since = self._away = time.time()
        self._logins = 0

    @property
    def state(self) -> dict[str, Any]:
        """How the link stands: `state` up, down, refused or stopped, `since` (epoch seconds), `error`, `logins`."""
        return {"state": self._standing, "since": self._since, "error": self._error, "logins": self._logins}

    def events(self, *names: str, most: int = 10_000) -> Events:
        """A new consumer of the events so named (none: all), and of RESYNC and OVERFLOW; at most `most` wait.

        Of DeviceStateChange only telephones' may come.
        Its first event is a RESYNC, at once when the link is up.
        """
        consumer = Events(frozenset(names), most, self._leave)
        self._consumers.append(consumer)
        if self._link is not None:
            consumer.put({"Event": RESYNC, "Gap": "0"})
        self._filter()
        return consumer

    async def action(self, headers: Headers, seconds: float | None = None) -> Reply:
        """The answer to one action, `ok` or not. Raises AMIUnsafe, AMIDown (not sent), AMILost, AMITimeout.

        Originate is always asynchronous. A value of several strings is a repeated header.
        """
        if str(headers.get("Action", "")).lower() == "originate":
            headers = {**headers, "Async": "true"}
        (first, *_) = await self._send(headers, False, seconds)
        return _reply(first)

    async def listing(self, headers: Headers, seconds: float | None = None) -> list[Event]:
        """All items of a list action, without the end mark. Raises as action() does, and AMIRefused."""
        first, *items = await self._send(headers, True, seconds)
        reply = _reply(first)
        if not reply.ok:
            raise AMIRefused(reply.message)
        return items[:-1]

    async def _send(self, headers: Headers, as_list: bool, seconds: float | None) -> list[Event]:
        if self._link is None:
            raise AMILoginRefused(self._error) if self._refused else AMIDown(self._error)
        patience = self._patience if seconds is None else seconds
        return await _within(self._link.submit(headers, as_list), patience, str(headers.get("Action")))

    async def open(self) -> None:
        """Connects and logs in, once. Raises AMIDown, AMILoginRefused."""
        link = Link(self._config, self._deliver)
        self._announced = False
        try:
            reply = _reply(await _within(link.establish(), self._patience, "login"))
            if not reply.ok:
                raise AMILoginRefused(f"Asterisk refuses the manager's login: {reply.message}")
        except (OSError, AMILost, AMITimeout) as error:
            link.close()
            raise AMIDown(f"Asterisk's manager is away: {error}") from error
        except BaseException:
            link.close()
            raise
        self._announce()
        self._link = link
        self._logins += 1
        self._filter()
        self._stand("up", "")

    async def run(self) -> None:
        """Keeps the link up until close(); gives up on nothing, and says in `state` and the log what is wrong."""
        keep, stop = asyncio.ensure_future(self._keep()), asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({keep, stop}, return_when=asyncio.FIRST_COMPLETED)
            if keep.done():
                keep.result()
        finally:
            keep.cancel()
            stop.cancel()
            await asyncio.gather(keep, stop, return_exceptions=True)
            self._drop("stopped", "")

    async def _keep(self) -> None:
        failures = 0
        while True:
            try:
                await self.open()
                failures = 0
                await self._watch()
            except AMIDown as error:
                self._fail(error)
            await asyncio.sleep(AFTER_REFUSAL if self._refused else back_off(failures))
            failures += 1

    async def _watch(self) -> None:
        """Never returns. Raises AMIDown when the link is lost or does not answer."""
        link = self._link
        assert link is not None
        while True:
            await asyncio.wait({link.lost}, timeout=PING)
            await self._ping(link)

    async def _ping(self, link: Link) -> None:
        heard = link.heard
        try:
            await self.action({"Action": "Ping"}, PING)
        except AMITimeout:
            if link.heard == heard:
                raise AMIDown("Asterisk's manager does not answer") from None
        except AMILost as error:
            raise AMIDown(str(error)) from None

    async def close(self) -> None:
        """Closes the link and ends run(), also one that waits to connect again."""
        self._stop.set()
        self._drop("stopped", "")
        for consumer in list(self._consumers):
            consumer.close()

    def _deliver(self, link: Link, event: Event) -> None:
        if not self._announced:
            self._announce()
        name = event["Event"]
        takers = self._takers.get(name)
        if takers is None:
            takers = [one for one in self._consumers if not one.names or name in one.names]
            self._takers[name] = takers
        for consumer in takers:
            consumer.put(event)

    def _announce(self) -> None:
        """Tells every consumer, before the first event of a link, that events are missing."""
        if not self._announced:
            self._announced = True
            for consumer in self._consumers:
                consumer.put({"Event": RESYNC, "Gap": f"{time.time() - self._away:.3f}"})

    def _filter(self) -> None:
        self._takers.clear()
        if self._link is not None:
            named = all(consumer.names for consumer in self._consumers)
            names = frozenset(name.encode() for consumer in self._consumers for name in consumer.names)
            self._link.want(names if named else None)

    def _leave(self, consumer: Events) -> None:
        if consumer in self._consumers:
            self._consumers.remove(consumer)
        self._filter()

    def _fail(self, error: AMIDown) -> None:
        refused = isinstance(error, AMILoginRefused)
        if str(error) != self._error:  # once, not at every attempt
            log.error("AMI: %s", error)
        self._drop("refused" if refused else "down", str(error))

    def _drop(self, standing: str, error: str) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()
            self._away = time.time()
        self._stand(standing, error)

    def _stand(self, standing: str, error: str) -> None:
        if standing != self._standing:
            self._since = time.time()
        self._standing, self._error, self._refused = standing, error, standing == "refused"


@contextlib.asynccontextmanager
async def connect(host: str, port: int, user: str, secret: str, patience: float = 5.0) -> AsyncIterator[Manager]:
    """A manager for the length of a `with`. Raises AMIDown or AMILoginRefused at once, and never connects again."""
    manager = Manager(host, port, user, secret, patience)
    await manager.open()
    try:
        yield manager
    finally:
        await manager.close()


def back_off(failures: int) -> float:
    """The seconds to wait after so many failures in a row: doubling up to LONGEST, never in step with others."""
    return float(min(SHORTEST * 2 ** min(failures, 16), LONGEST) * random.uniform(0.5, 1.0))


async def _within(answer: Awaitable[T], seconds: float, what: str) -> T:
    try:
        async with asyncio.timeout(seconds):  # wait_for() of Python 3.11 swallows a cancellation that meets the answer
            return await answer
    except TimeoutError:
        raise AMITimeout(f"{what}: no answer within {seconds:g} s") from None


def _reply(message: Event) -> Reply:
    return Reply(message.get("Response") == "Success", message.get("Message", ""), message)
