"""FastAGI servers that do the same eight commands: `python -m bench.servers NAME`, a process each.

Prints its port, then its CPU time in seconds (getrusage) for every line it reads; ends with its input.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop
from panoramisk import fast_agi

from hotline import hours, logs, routes
from hotline.settings import load
from ivr.main_menu import main_menu
from telephony.agi import command
from telephony.call import Call, Next, Outcome
from telephony.fastagi import FastAGIServer, Handler

ANY = "0123456789*#"
SOUNDS = ("greeting", "recorded", "danger", "main_menu", "to_agent")
ROUTE = "inbound"
_home = tempfile.TemporaryDirectory(prefix="bench-")
# The citizen presses 1 in the main menu: what the product's own flow sends (the client compares).
COMMANDS = (
    command("SET AUTOHANGUP", 3),
    *(command("STREAM FILE", sound, ANY) for sound in SOUNDS[:4]),
    command("EXEC", "CELGenUserEvent", "path,at=main&key=1"),
    command("STREAM FILE", "to_agent", ANY),
    command("EXEC", "MSet", "TIMEOUT(absolute)=0,HOTLINE_QUEUE=consult,HOTLINE_SERVICE=,HOTLINE_TICKET=,"
            "HOTLINE_DISPOSITION=,HOTLINE_PATH=main:1,HOTLINE_NEXT=queue"),
)  # fmt: skip


async def ours(host: str, port: int) -> int:
    """The port of the product's server with a flow that is nothing but the commands; it logs nothing, as stock."""

    async def inbound(call: Call) -> Outcome:
        await call.play(*SOUNDS[:4], keys=ANY)
        await call.note("path", at="main", key="1")
        await call.play("to_agent", keys=ANY)
        return Outcome(Next.QUEUE, queue="consult")

    return await _product(inbound, host, port)


async def menu(host: str, port: int) -> int:
    """The port of the product's server with the product's main menu and its log, as the service runs them."""
    logs.to_file(Path(_home.name) / "service.log")
    county = routes.County(load({"HOTLINE_HOME": _home.name}), lambda _number: False, lambda _day: hours.Kind.PLAIN)

    async def inbound(call: Call) -> Outcome:
        return await main_menu(call, county.menu(call))

    return await _product(inbound, host, port)


async def _product(inbound: Handler, host: str, port: int) -> int:
    lengths = dict.fromkeys(SOUNDS, 0.1)
    server = FastAGIServer({ROUTE: inbound}, length=lambda prompt: lengths.get(prompt, 120.0))
    await server.start(host, port)
    return server.port


async def stock(host: str, port: int) -> int:
    """The port of a bare panoramisk application, as its documentation writes one."""
    application: Any = fast_agi.Application(loop=asyncio.get_running_loop())  # type: ignore[no-untyped-call]

    async def inbound(request: Any) -> None:
        for line in COMMANDS:
            await request.send_command(line)

    application.add_route(ROUTE, inbound)
    server = await asyncio.start_server(application.handler, host, port)
    return int(server.sockets[0].getsockname()[1])


class Bare(asyncio.Protocol):
    """The floor in Python: no routes, no errors, no checks."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._at = 0
        self._seen = b""

    def data_received(self, data: bytes) -> None:
        self._seen += data
        if not self._seen.endswith(b"\n" if self._at else b"\n\n"):
            return
        self._seen = b""
        if self._at == len(COMMANDS):
            self._transport.close()
            return
        self._transport.write(COMMANDS[self._at].encode() + b"\n")
        self._at += 1


async def floor(host: str, port: int) -> int:
    """The port of a server that is nothing but the commands."""
    server = await asyncio.get_running_loop().create_server(Bare, host, port)
    return int(server.sockets[0].getsockname()[1])


SERVERS: dict[str, tuple[Callable[[str, int], Any], Callable[[Any], None]]] = {
    "ours": (ours, uvloop.run),
    "menu": (menu, uvloop.run),
    "stock": (stock, asyncio.run),
    "floor": (floor, uvloop.run),
}


async def _serve(name: str, host: str, port: int) -> None:
    ended = asyncio.Event()

    def asked() -> None:
        if sys.stdin.readline():
            print(time.process_time(), flush=True)
        else:
            ended.set()

    print(await SERVERS[name][0](host, port), flush=True)
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), asked)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


if __name__ == "__main__":
    name = sys.argv[1]
    SERVERS[name][1](_serve(name, "127.0.0.1", 0))
