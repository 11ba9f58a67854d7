"""Telling open pages what is new: server-sent events and WebSockets under the session of the page."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

from aiohttp import web

from console import origin
from console.accounts import Account
from console.page import Services
from console.sessions import Login
from tickets.access import Action, Actor

_QUEUE = 100  # messages a slow page may be behind before it is cut off
_AGAIN = 30.0  # seconds between two looks whether the session still lives
_SILENCE = 15.0  # seconds after which a sign of life is sent, for the proxies in between


@dataclass(frozen=True, slots=True)
class Message:
    """What a page is told: the name of an event and a text without line breaks (JSON, or a number)."""

    event: str
    data: str

    def encoded(self) -> bytes:
        """As a server-sent event."""
        lines = "".join(f"data: {line}\n" for line in self.data.splitlines() or [""])
        return f"event: {self.event}\n{lines}\n".encode()


class Hub:
    """Gives each message of a topic to everyone who listens to it. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[Message | None]]] = {}

    def publish(self, topic: str, message: Message) -> None:
        """Gives the message to the listeners; one that is too far behind is cut off (its browser comes again)."""
        for queue in list(self._queues.get(topic, ())):
            if queue.full():
                self._drop(topic, queue)
                queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(message)

    @contextlib.contextmanager
    def subscribed(self, topic: str) -> Iterator[asyncio.Queue[Message | None]]:
        """The queue of a listener; None in it means that the listener was cut off."""
        queue: asyncio.Queue[Message | None] = asyncio.Queue(_QUEUE)
        self._queues.setdefault(topic, set()).add(queue)
        try:
            yield queue
        finally:
            self._drop(topic, queue)

    def listeners(self, topic: str) -> int:
        """How many listen."""
        return len(self._queues.get(topic, ()))

    def _drop(self, topic: str, queue: asyncio.Queue[Message | None]) -> None:
        self._queues.get(topic, set()).discard(queue)
        if not self._queues.get(topic):
            self._queues.pop(topic, None)


@dataclass(frozen=True, slots=True)
class Listener:
    """An open page: whose it is, and `still`, which gives the session or None when it has ended."""

    account: Account
    by: Actor
    services: Services
    hub: Hub
    still: Callable[[], Awaitable[Login | None]]


Source = Callable[[Listener], AsyncIterator[Message]]
Talk = Callable[[Listener, web.WebSocketResponse], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Feed:
    """A row of the site's feeds: a path, the action a role must be allowed, and one of a source or a talk.

    `source` gives the messages of a stream of server-sent events; `talk` speaks on a WebSocket until it returns.
    """

    path: str
    action: Action
    source: Source | None = None
    talk: Talk | None = None

    async def serve(self, request: web.Request, listener: Listener) -> web.StreamResponse:
        """The answer, when the page has gone or its session has ended."""
        if self.talk is not None:
            return await _talk(request, listener, self.talk)
        assert self.source is not None
        return await _stream(request, listener, self.source)


async def topic(listener: Listener, name: str, *, first: Message | None = None) -> AsyncIterator[Message]:
    """The messages of a topic of the hub, after `first`: a source for most feeds."""
    with listener.hub.subscribed(name) as queue:
        if first is not None:
            yield first
        while (message := await queue.get()) is not None:
            yield message


async def told(listener: Listener, socket: web.WebSocketResponse, name: str, first: str) -> None:
    """Sends `first`, then each message of a topic, until the page goes or is too far behind."""
    with listener.hub.subscribed(name) as queue:
        await socket.send_str(first)
        await until_one_ends(_write(socket, queue), _read(socket))


async def _write(socket: web.WebSocketResponse, queue: asyncio.Queue[Message | None]) -> None:
    """Returns when the page was too slow."""
    while (message := await queue.get()) is not None:
        await socket.send_str(message.data)


async def _read(socket: web.WebSocketResponse) -> None:
    """Returns when the page has gone; what it says is not listened to."""
    async for _ in socket:
        pass


async def _stream(request: web.Request, listener: Listener, source: Source) -> web.StreamResponse:
    headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store",
               "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    lock = asyncio.Lock()

    async def told() -> None:
        async for message in source(listener):
            async with lock:
                await response.write(message.encoded())

    async def alive() -> None:
        while True:
            await asyncio.sleep(_SILENCE)
            async with lock:
                await response.write(b": \n\n")

    await until_one_ends(told(), alive(), _watch(listener))
    return response


async def _talk(request: web.Request, listener: Listener, talk: Talk) -> web.StreamResponse:
    if "Origin" not in request.headers or not origin.same(request):
        # A WebSocket of another site's page would carry the cookie, too.
        raise web.HTTPForbidden()
    # Small news to many: to deflate it for each page anew would cost more than to send it.
    socket = web.WebSocketResponse(heartbeat=_SILENCE, max_msg_size=64 * 1024, compress=False)
    await socket.prepare(request)
    await until_one_ends(_spoken(talk, listener, socket), _watch(listener))
    await socket.close()
    return socket


async def _spoken(talk: Talk, listener: Listener, socket: web.WebSocketResponse) -> None:
    await talk(listener, socket)


async def _watch(listener: Listener) -> None:
    """Returns when the session has ended, or no longer may."""
    while await listener.still() is not None:  # noqa: ASYNC110 - nobody tells when a session ends
        await asyncio.sleep(_AGAIN)


async def until_one_ends(*works: Awaitable[None]) -> None:
    """Returns when the first of the works has ended, and cancels the others."""
    """Returns when the first of the works has ended, and the others with it."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            with contextlib.suppress(ConnectionError):
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
