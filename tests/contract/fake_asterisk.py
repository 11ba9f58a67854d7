"""Asterisk's side of AGI, over a socket: an environment, replies, and every way to end badly."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
EOF = b"\0eof"  # an answer that stands for closing the connection
RESET = b"\0reset"  # for resetting it
HALF = b"\0half"  # for closing only Asterisk's own direction
MUTE = b""  # for no answer at all

Answer = Callable[[str], bytes]


def environment(route: str = "inbound", **more: str) -> bytes:
    """The block Asterisk sends first."""
    lines = {
        "agi_network": "yes",
        "agi_network_script": route,
        "agi_request": f"agi://127.0.0.1/{route}",
        "agi_channel": "PJSIP/trunk-00000001",
        "agi_uniqueid": "1700000000.1",
        "agi_callerid": "13800000001",
        "agi_calleridname": "unknown",
        "agi_dnid": "12345",
        "agi_arg_1": "call=1700000000.1",
        "agi_arg_2": "line=12345",
        "agi_arg_3": "caller=13800000001",
        **more,
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items()).encode() + b"\n"


def polite(line: str) -> bytes:
    """The answer of a channel where nothing is pressed."""
    match line.split(" ")[0:2]:
        case ["GET", "FULL"]:
            return b"200 result=1 (value)\n"
        case ["GET", "DATA"]:
            return b"200 result=12 (timeout)\n"
        case ["RECORD", "FILE"]:
            return b"200 result=35 (dtmf) endpos=24000\n"
        case ["STREAM", "FILE"]:
            return b"200 result=0 endpos=8000\n"
        case ["WAIT", "FOR"]:
            return b"200 result=49\n"
    return b"200 result=0\n"


TRANSCRIPT = [
    'EXEC "CELGenUserEvent" "path,at=main&text=%E6%AD%A6%E5%AE%9A+%22a%2C+b%22+%5C"',
    'STREAM FILE "greeting" "123"',
    'STREAM FILE "menu" "123"',
    'WAIT FOR DIGIT "5000"',
    'GET DATA "ask" "5000" "4"',
    'RECORD FILE "/spool/a" "wav" "#" "10000" "BEEP"',
    'GET FULL VARIABLE "${A}"',
    'SET VARIABLE "B" "1 12 3 # value"',
    'EXEC "MSet" "TIMEOUT(absolute)=0,HOTLINE_QUEUE=consult,HOTLINE_SERVICE=,HOTLINE_TICKET=,'
    'HOTLINE_DISPOSITION=,HOTLINE_PATH=main:,HOTLINE_NEXT=queue"',
]


def without_timer(lines: list[str]) -> list[str]:
    """The lines a flow sent, without those of the dead-man's timer, which depend on the clock."""
    return [line for line in lines if not line.startswith("SET AUTOHANGUP")]


@dataclass
class Session:
    """One AGI session as Asterisk sees it."""

    port: int
    lines: list[str] = field(default_factory=list)

    async def run(self, env: bytes = b"", answer: Answer = polite) -> list[str]:
        """The lines the service sent, once it has closed the session or we have."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            self.writer.write(env or environment())
            while line := (await self.reader.readline()).decode().rstrip("\n"):
                self.lines.append(line)
                self._say(answer(line))
        except ConnectionError:
            pass
        finally:
            self.writer.close()
        return without_timer(self.lines)

    def _say(self, said: bytes) -> None:
        if said.endswith(EOF):
            self.writer.write(said.removesuffix(EOF))
            self.writer.close()
        elif said.endswith(HALF):
            self.writer.write(said.removesuffix(HALF))
            self.writer.write_eof()
        elif said.endswith(RESET):
            link = self.writer.get_extra_info("socket")
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        elif said:
            self.writer.write(said)


async def until(condition: Callable[[], bool]) -> None:
    """Returns once the condition holds; the test's own timeout is the limit."""
    while not condition():  # noqa: ASYNC110 - conditions of the server under test, which has no event for them
        await asyncio.sleep(0.005)


def on_loop(kind: str, test: Coroutine[Any, Any, T]) -> T:
    """What a test's coroutine returns on one kind of event loop."""
    with asyncio.Runner(loop_factory=LOOPS[kind]) as runner:
        return runner.run(test)
