"""Asterisk's manager interface, played on a loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

Action = dict[str, str]
CLOSE = b"\0close"
BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def message(**headers: str) -> bytes:
    """One message of the manager."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"


def success(action: Action, **more: str) -> bytes:
    return message(Response="Success", ActionID=action["ActionID"], **more)


class FakeManager:
    """A server that logs anybody in, answers pings, and leaves the rest to `answer`.

    `actions` holds everything it was sent, over all connections; `logins` how many connections logged in.
    """

    def __init__(self, answer: Callable[[Action], bytes] | None = None, password: str = "secret") -> None:
        self.actions: list[Action] = []
        self.connections = 0
        self.logins = 0
        self.mute = False
        self.links: list[asyncio.StreamWriter] = []
        self._answer = answer or (lambda action: success(action))
        self._password = password

    @property
    def names(self) -> list[str]:
        return [action["Action"] for action in self.actions if action["Action"] not in ("Login", "Ping")]

    def say(self, said: bytes) -> None:
        """Sends to the latest connection; CLOSE at the end closes it."""
        link = self.links[-1]
        link.write(said.removesuffix(CLOSE))
        if said.endswith(CLOSE):
            link.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.links.append(writer)
        writer.write(BANNER)
        try:
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                self._take(_parse(text))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _take(self, action: Action) -> None:
        self.actions.append(action)
        if self.mute:
            return
        if action["Action"] == "Login":
            self._login(action)
        elif action["Action"] == "Ping":
            self.say(success(action, Ping="Pong"))
        else:
            self.say(self._answer(action))

    def _login(self, action: Action) -> None:
        if action["Secret"] != self._password:
            self.say(message(Response="Error", ActionID=action["ActionID"], Message="Authentication failed") + CLOSE)
            return
        self.logins += 1
        greeting = success(action, Message="Authentication accepted")
        self.say(greeting + message(Event="FullyBooted", Status="Fully Booted"))


def _parse(text: str) -> Action:
    action: Action = {}
    for line in text.strip().split("\r\n"):
        name, _, value = line.partition(": ")
        action[name] = f"{action[name]}\n{value}" if name in action else value
    return action


@asynccontextmanager
async def playing(fake: FakeManager) -> AsyncIterator[int]:
    """The port of a fake manager, for as long as the block runs."""
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for link in fake.links:
            link.close()
