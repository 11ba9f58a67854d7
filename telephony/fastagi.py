"""The FastAGI server: panoramisk's Application and Request, with a handler and a send_command of our own.

Whatever a client sends or leaves out, the server goes on answering others; whatever a flow does, its caller's
session is closed in the end, and HOTLINE_NEXT left unset takes the caller to the fallback.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from panoramisk import fast_agi

from telephony.agi import HANGUP, AGIError, AGIInvalid, EnvironmentReader, Reply, ReplyReader, checked, parse_whole
from telephony.call import Call, CallerHungUp, Ear, Facts, Length, Outcome
from telephony.driver import DeadMan, run_flow, settled
from telephony.facts import facts_of, masked, route_of
from telephony.turn import Turn

Handler = Callable[[Call], Awaitable[Outcome]]

log = logging.getLogger(__name__)

_UNBOUND: Any = object()  # panoramisk looks for a loop when given none; ours comes with start()
_SHORT = 64  # bytes; longer replies are not kept
SWEEP = 0.25  # seconds between looks at the deadlines; a timer for each command costs a tenth of a session
REPLY_GRACE = 5.0  # seconds a reply may be late before the session is given up


class AGITimeout(AGIError):
    """Asterisk did not answer a command in time."""


class AGIBusy(AGIError):
    """A flow sent a second command before the first was answered."""


class Link(Turn[Reply], asyncio.Protocol):
    """One connection; it stands for the reader and the writer that panoramisk hands to a handler.

    Until the environment is whole it costs no task. After a timeout or a cancelled command it is closed:
    Asterisk gives no reply to a command that another has interrupted.
    """

    __slots__ = ("_environment", "_gone", "_replies", "_server", "_transport", "deadline", "headers", "task")

    def __init__(self, server: FastAGIServer) -> None:
        super().__init__(server.loop)
        self.deadline = server.loop.time() + server.environment_seconds
        self.headers: dict[str, str] = {}
        self.task: asyncio.Task[None] | None = None
        self._server = server
        self._environment: EnvironmentReader | None = EnvironmentReader()
        self._replies = ReplyReader()
        self._gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not self._server.admit(self):
            self._refuse("too many connections")

    def data_received(self, data: bytes) -> None:
        try:
            if self._environment is None:
                self._take(data)
                return
            headers = self._environment.feed(data)
        except AGIInvalid as error:
            self._refuse(str(error))
            return
        if headers is not None and not self._gone:
            self._begin(headers, self._environment.rest)

    def _begin(self, headers: dict[str, str], rest: bytes) -> None:
        self.headers = headers
        self._environment = None
        self.deadline = math.inf
        self.task = self._loop.create_task(self._server.handler(self, self))
        self.data_received(rest)

    def _take(self, data: bytes) -> None:
        if self.waiting and len(data) <= _SHORT and self._replies.between:
            reply = parse_whole(data)
            if reply is not None:  # nine times in ten
                self.arrive(reply)
                return
        texts = self._replies.feed(data)
        if HANGUP in texts:
            self._gone = True
        if texts and self.waiting:
            try:
                reply = settled(texts[0])
            except (AGIError, CallerHungUp) as error:
                self.fail(error)
            else:
                self.arrive(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        self._server.forget(self)
        if self.waiting:
            self.fail(CallerHungUp())

    def _refuse(self, why: str) -> None:
        log.warning("AGI session cut: %s", why)
        self.cut()

    def cut(self) -> None:
        """Closes at once; a command in progress ends with CallerHungUp."""
        self._gone = True
        self._transport.abort()

    def close(self) -> None:
        """Closes once all is sent."""
        self._gone = True
        self._transport.close()

    def ask(self, line: str, blocks: float = 0.0) -> Turn[Reply]:
        """Asterisk's reply to one line, to be awaited; see telephony.call.Driver for `blocks`.

        Raises CallerHungUp, AGITimeout, AGIBusy, AGIInvalid, AGIUsage.
        """
        if self._gone:
            raise CallerHungUp
        if self.waiting:
            raise AGIBusy(line)
        self.deadline = self._loop.time() + blocks + REPLY_GRACE
        self._transport.write(line.encode() + b"\n")
        return self.begin()

    def cancel(self, msg: object = None) -> bool:
        """Cancels a command, and with it the session."""
        if super().cancel(msg):
            self.cut()
            return True
        return False

    def expire(self) -> None:
        """Ends what has lasted longer than `deadline`: the environment, or a command."""
        if self._environment:
            self._refuse("environment too slow")
        elif self.waiting:
            self.cut()
            self.fail(AGITimeout("no reply from Asterisk"))


class Request(fast_agi.Request):
    """One session: panoramisk's request with safe commands and typed replies."""

    async def send_command(self, command: str, blocks: float = 0.0) -> Reply:
        """The reply to any one line. Raises CallerHungUp and AGIError; see telephony.call.Driver for `blocks`."""
        return await self.execute(checked(command), blocks)

    def execute(self, line: str, blocks: float = 0.0) -> Awaitable[Reply]:
        """The reply to a line that command() made: the driver under a Call."""
        link: Link = self.reader
        return link.ask(line, blocks)


class FastAGIServer(fast_agi.Application):
    """Runs the flow of the route that Asterisk names (`agi://host:port/route?key=value,key=value,...`).

    `routes`: flows by name; `length`: seconds a prompt plays; `most`: connections at once, more are closed;
    `environment_seconds`: how long a client may take to say what it wants; `ear`: makes the ear of a call, where
    speech can be heard. `served`, `refused`, `sessions` count.
    """

    def __init__(
        self,
        routes: Mapping[str, Handler],
        length: Length | None = None,
        most: int = 500,
        environment_seconds: float = 5.0,
        ear: Callable[[], Ear] | None = None,
    ) -> None:
        super().__init__(loop=_UNBOUND)  # type: ignore[no-untyped-call]
        self.environment_seconds = environment_seconds
        self.port = 0  # the one listened on, from start()
        self.served = 0
        self.refused = 0
        self._length = length
        self._ear = ear
        self._most = most
        self._links: set[Link] = set()
        self._server: asyncio.Server | None = None
        for path, handler in routes.items():
            self.add_route(path, handler)

    def add_route(self, path: str, endpoint: Handler) -> None:
        """Adds a flow, or any function of a Call that gives an awaitable of an Outcome."""
        if path in self._route:
            raise ValueError(f"route {path} exists")
        self._route[path] = endpoint

    @property
    def sessions(self) -> int:
        """How many connections are open."""
        return len(self._links)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; port 0 takes a free one. Raises OSError."""
        self.loop = asyncio.get_running_loop()
        self._server = await self.loop.create_server(lambda: Link(self), host, port, backlog=1024)
        self.port = int(self._server.sockets[0].getsockname()[1])
        self._sweeper = self.loop.call_later(SWEEP, self._sweep)

    def _sweep(self) -> None:
        now = self.loop.time()
        for link in [link for link in self._links if link.deadline < now]:
            link.expire()
        self._sweeper = self.loop.call_later(SWEEP, self._sweep)

    async def close(self, seconds: float = 0.0) -> None:
        """Stops listening, gives the sessions `seconds` to end, cuts the rest (callers: fallback)."""
        if self._server is None:
            return
        self._server.close()
        self._sweeper.cancel()
        tasks = {link.task for link in self._links if link.task}
        if tasks and seconds:
            await asyncio.wait(tasks, timeout=seconds)
        for link in list(self._links):
            link.cut()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    def admit(self, link: Link) -> bool:
        """Whether there is room for one more."""
        if len(self._links) >= self._most:
            self.refused += 1
            return False
        self._links.add(link)
        return True

    def forget(self, link: Link) -> None:
        """Leaves out a connection that is closed."""
        self._links.discard(link)

    async def handler(self, reader: Link, writer: Link) -> None:
        """Runs one session to its end (panoramisk's hook; a Link is both reader and writer)."""
        request = Request(self, reader.headers, reader, writer)  # type: ignore[no-untyped-call]
        route, _ = route_of(reader.headers)
        flow = self._route.get(route)
        if flow is None:
            log.error("no AGI route %r", route[:80])
            writer.close()
            return
        facts = facts_of(reader.headers)
        began, how = self.loop.time(), "cut"
        try:
            ear = self._ear() if self._ear else None
            outcome = await run_flow(Call(facts, DeadMan(request.execute), self._length, ear), flow)
            how = outcome.next if outcome else "hung up"
        except Exception:  # run_flow has logged it
            how = "failed"
        finally:
            writer.close()
            self.served += 1
            _tell(facts, route, self.loop.time() - began, how)


def _tell(facts: Facts, route: str, seconds: float, how: str) -> None:
    if not log.isEnabledFor(logging.INFO):
        return
    line = "agi route=%s caller=%s seconds=%.1f outcome=%s"
    log.info(line, route, masked(facts.caller), seconds, how, extra={"call_id": facts.call_id})
