"""Asterisk's side of many AudioSockets: `python -m bench.callers SECONDS ID,HOST:PORT ...` prints {"p99": seconds}."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
from uuid import UUID

import uvloop

from bench.gauge import percentile
from telephony.audiosocket import STEP, STEP_SECONDS, Frame, Kind, audio

_QUIET = audio(b"\1\0" * (STEP // 2))


async def call(address: str, seconds: float) -> list[float]:
    """The times between the steps of the prompt that one caller was sent."""
    name, _, place = address.partition(",")
    host, _, port = place.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(Frame(Kind.ID, UUID(name).bytes).encoded())
    loop = asyncio.get_running_loop()
    arrived: list[float] = []

    async def listen() -> None:
        while await reader.read(65536):
            arrived.append(loop.time())

    listening = asyncio.create_task(listen())
    due = loop.time()
    for _ in range(round(seconds / STEP_SECONDS)):
        writer.write(_QUIET)
        due += STEP_SECONDS
        await asyncio.sleep(max(0.0, due - loop.time()))
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening
    writer.close()
    return [later - earlier for earlier, later in itertools.pairwise(arrived)]


async def main(seconds: float, addresses: list[str]) -> None:
    """All callers at once."""
    gaps = await asyncio.gather(*(call(address, seconds) for address in addresses))
    print(json.dumps({"p99": percentile((gap for one in gaps for gap in one), 0.99)}))


if __name__ == "__main__":
    uvloop.run(main(float(sys.argv[1]), sys.argv[2:]))
