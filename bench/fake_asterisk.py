"""Asterisk's side of many FastAGI sessions: `python -m bench.fake_asterisk PORT SESSIONS AT_ONCE`.

Every reply comes at once; the citizen presses 1 when the main menu plays. Prints, as JSON, how many sessions had
their whole course, the seconds it took, and the lines of the last.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time
from typing import Any

import uvloop

LINES = 8
_ENVIRONMENT = """agi_network: yes
agi_network_script: inbound
agi_request: agi://127.0.0.1:{port}/inbound
agi_channel: PJSIP/trunk-{number:08x}
agi_language: zh
agi_type: PJSIP
agi_uniqueid: 1795380456.{number}
agi_version: 22.10.1
agi_callerid: 139{number:08d}
agi_calleridname: unknown
agi_callingpres: 0
agi_callingani2: 0
agi_callington: 0
agi_callingtns: 0
agi_dnid: 12345
agi_rdnis: unknown
agi_context: flow
agi_extension: inbound
agi_priority: 7
agi_enhanced: 0.0
agi_accountcode:
agi_threadid: 140245123456789
agi_arg_1: call=1795380456.{number}
agi_arg_2: line=12345
agi_arg_3: caller=139{number:08d}
agi_arg_4: ticket=
agi_arg_5: attempt=
agi_arg_6: date=
agi_arg_7: topic=
agi_arg_8: resume=

"""


class Session(asyncio.Protocol):
    """One session; `over` is called with its lines when the server has closed it."""

    def __init__(self, port: int, number: int, over: Any) -> None:
        self._environment = _ENVIRONMENT.format(port=port, number=number).encode().splitlines(keepends=True)
        self._over = over
        self._lines: list[str] = []
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        # Asterisk writes the environment line by line (setup_env in res_agi.c); a transport would join the lines.
        for line in self._environment:
            os.write(transport.get_extra_info("socket").fileno(), line)

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._lines.append(line.decode())
            self._transport.write(_reply(line))

    def connection_lost(self, exc: Exception | None) -> None:
        self._over(self._lines)


def _reply(line: bytes) -> bytes:
    if line.startswith(b"STREAM FILE"):
        return b"200 result=49 endpos=4000\n" if b"main_menu" in line else b"200 result=0 endpos=8000\n"
    return b"200 result=0\n"


async def _session(port: int, number: int) -> list[str]:
    """The lines the server sent in one session."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[list[str]] = loop.create_future()
    await loop.create_connection(lambda: Session(port, number, ended.set_result), "127.0.0.1", port)
    return await ended


async def run(port: int, sessions: int, at_once: int) -> dict[str, Any]:
    """What became of the sessions, never more than `at_once` at a time."""
    numbers = itertools.count(1)
    whole = 0
    last: list[str] = []

    async def caller() -> None:
        nonlocal whole, last
        while (number := next(numbers)) <= sessions:
            last = await _session(port, number)
            whole += len(last) == LINES

    began = time.monotonic()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    return {"whole": whole, "seconds": time.monotonic() - began, "lines": last}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(*map(int, sys.argv[1:4])))))
