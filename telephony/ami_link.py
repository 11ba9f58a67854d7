"""One AMI connection: panoramisk's Manager and AMIProtocol, with what breaks or hangs in them replaced.

Asterisk's AMI is lines `Header: value`, a message ends with an empty line. Events are `dict[str, str]` with the
headers as Asterisk spells them; a repeated header's values are joined by newlines.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from telephony.errors import AMIDown, AMILost, AMIUnsafe

Event = dict[str, str]
Headers = Mapping[str, str | Sequence[str]]

log = logging.getLogger(__name__)

MAX_HEADER = 1000  # bytes; Asterisk reads lines of 1024
MAX_MESSAGE = 1 << 20  # bytes without an empty line: not AMI
_END = b"\r\n\r\n"
_DEVICE, _PHONE = b"DeviceStateChange", b"\r\nDevice: PJSIP/"
"""Queues, rooms and Local channels are devices, too, whose states change most of all and are nobody's telephone."""
_NAME = re.compile(r"[A-Za-z][\w-]*")
_FORBIDDEN = re.compile(r"[\r\n\0]")


class Pending(Action):
    """An action that waits for its answer; `future` gives the messages, a list's items and its end among them."""

    def __init__(self, headers: Headers, as_list: bool) -> None:
        super().__init__(headers, as_list=as_list)  # type: ignore[no-untyped-call]

    def add_message(self, message: Event) -> bool:
        """Takes a message in; whether it was the last."""
        self.responses.append(message)
        if self.as_list and not _ends_list(message):
            return False
        if not self.future.done():
            self.future.set_result(self.responses)
        return True


def _ends_list(message: Event) -> bool:
    if "Event" in message:
        return message.get("EventList", "").lower() == "complete" or message["Event"].endswith("Complete")
    more = message.get("EventList", "").lower() == "start" or "will follow" in message.get("Message", "")
    return message.get("Response") != "Success" or not more


class Protocol(AMIProtocol):
    """Frames bytes, so that a cut anywhere does no harm; drops unwanted events before it parses them."""

    wanted: frozenset[bytes] | None = None  # names of events; None: all

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[no-untyped-call]
        self.heard = 0  # messages, to tell a busy link from a dead one
        self._buffer = b""
        self._late: deque[str] = deque(maxlen=100)  # lists nobody waits for any more

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        if self.version is None:
            banner, newline, rest = data.partition(b"\r\n")
            if not newline:
                self._keep(data)
                return
            self.version = banner.decode("utf-8", "replace")
            data = rest
        frames = data.split(_END)
        self._keep(frames.pop())
        self.heard += len(frames)
        for frame in filter(self._worth, frames):
            self._handle(parse(frame))

    def _keep(self, rest: bytes) -> None:
        self._buffer = rest
        if len(rest) > MAX_MESSAGE:
            log.error("AMI: %d bytes without the end of a message", len(rest))
            self.transport.abort()

    def _worth(self, frame: bytes) -> bool:
        """Whether a message has to be parsed: an answer, part of a list, or an event somebody wants.

        Of devices' states telephones' alone, for consumers that name the events they want.
        """
        if self.wanted is None or not frame.startswith(b"Event: "):
            return True
        end = frame.find(b"\r\n")
        name = frame[7 : end if end > 0 else None]
        if name in self.wanted:
            return name != _DEVICE or _PHONE in frame
        return bool(self.responses or self._late) and b"\r\nActionID: " in frame

    def _handle(self, message: Event) -> None:
        number = message.get("ActionID", "")
        if not number:  # most messages: an event that nobody asked for
            if "Event" in message and self.factory is not None:
                self.factory.dispatch(message)
            return
        pending = self.responses.get(number)
        if pending is not None:
            if pending.add_message(message):
                self.responses.pop(number, None)
        elif number in self._late:
            if _ends_list(message):
                self._late.remove(number)
        elif "Event" in message and self.factory is not None:
            self.factory.dispatch(message)

    def send(self, data: Headers, as_list: bool | None = None) -> Any:
        """A future of the answer's messages. Raises AMIUnsafe, AMIDown."""
        headers = clean(data)
        if self.closed or self.transport.is_closing():
            raise AMIDown("no link to Asterisk")
        pending = Pending(headers, bool(as_list))
        number = pending["ActionID"]
        self.responses[number] = pending
        pending.future.add_done_callback(lambda _future: self._forget(number))
        self.transport.write(str(pending).encode())
        return pending.future

    def _forget(self, number: str) -> None:
        pending = self.responses.pop(number, None)
        if pending is not None:
            self._late.append(number)

    def connection_lost(self, exc: Exception | None) -> None:
        self.close()
        if self.factory is not None:
            self.factory.connection_lost(exc)

    def close(self) -> None:
        """Closes; what is pending fails with AMILost and is never sent again."""
        self.closed = True
        pending, self.responses = list(self.responses.values()), {}
        for action in pending:
            if not action.future.done():
                action.future.set_exception(AMILost(f"{action['Action']}: the link to Asterisk broke"))
                action.future.exception()  # seen: nobody may be waiting any more
        self.transport.abort()


class Link(Manager):
    """panoramisk's Manager for one connection: connects once, logs in, and tells when it is lost.

    `deliver` is given every event nobody asked for; `lost` is done when the connection has ended.
    """

    protocol: Any
    authenticated_future: Any

    def __init__(self, config: Mapping[str, Any], deliver: Callable[[Link, Event], None]) -> None:
        loop = asyncio.get_running_loop()
        never = 10**8  # seconds; the watchdog's pings are told apart from panoramisk's, whose answers nobody reads
        super().__init__(  # type: ignore[no-untyped-call]
            loop=loop, protocol_factory=Protocol, ping_delay=never, ping_interval=never, log=log, **config
        )
        self.lost: asyncio.Future[None] = loop.create_future()
        self._deliver = deliver

    def connection_made(self, f: asyncio.Task[Any]) -> None:
        if not f.cancelled() and f.exception() is None:
            super().connection_made(f)  # type: ignore[no-untyped-call]

    async def establish(self) -> Event:
        """Asterisk's answer to the login. Raises OSError, AMILost."""
        await self.connect()  # type: ignore[no-untyped-call]
        messages: list[Event] = await self.authenticated_future
        return messages[0]

    def submit(self, headers: Headers, as_list: bool) -> asyncio.Future[list[Event]]:
        """The messages that will answer an action. Raises AMIUnsafe, AMIDown."""
        future: asyncio.Future[list[Event]] = self.protocol.send(headers, as_list)
        return future

    def want(self, names: frozenset[bytes] | None) -> None:
        """Drops all events but these, and states of devices that are no telephones, unparsed (None: drops none)."""
        self.protocol.wanted = names

    @property
    def heard(self) -> int:
        """How many messages have come."""
        return int(self.protocol.heard)

    def login(self, future: asyncio.Future[Any]) -> None:
        """Does nothing: who opened the link awaits the same future."""

    def dispatch(self, event: Event) -> None:
        self._deliver(self, event)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    def close(self) -> None:
        super().close()  # type: ignore[no-untyped-call]
        self.connection_lost(None)


def parse(frame: bytes) -> Event:
    """The headers of one message; a header without a value is kept, bytes that are no UTF-8 become U+FFFD."""
    message: Event = {}
    for line in frame.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(": ")
        if not colon:
            name, colon, value = line.partition(":")
            if not colon:
                continue
        if name in message:
            value = f"{message[name]}\n{value}"
        message[name] = value
    return message


def clean(headers: Headers) -> dict[str, str | list[str]]:
    """The headers as panoramisk takes them. Raises AMIUnsafe unless each reads as one line of one action."""
    for name, given in headers.items():
        for value in (given,) if isinstance(given, str) else given:
            if not _NAME.fullmatch(name) or _FORBIDDEN.search(value):
                raise AMIUnsafe(f"AMI header {name!r}")
            if len(name) + len(value.encode("utf-8", "replace")) > MAX_HEADER:
                raise AMIUnsafe(f"AMI header {name} of more than {MAX_HEADER} bytes")
    return {name: given if isinstance(given, str) else list(given) for name, given in headers.items()}
