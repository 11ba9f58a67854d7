"""Browsers that watch the floor: `python -m bench.watchers ADDRESS COOKIE COUNT SECONDS`. Prints when they heard."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field

import uvloop
from aiohttp import ClientSession, TCPConnector, WSMsgType

from bench.gauge import median, percentile

_CALLERS = re.compile(r'"uniqueid": "([0-9.]+)"')


@dataclass(slots=True)
class Seen:
    """Seconds from an event to the message that told of it, over all browsers; messages and bytes they were sent."""

    late: list[float] = field(default_factory=list)
    messages: int = 0
    size: int = 0
    cut: int = 0


async def watch(client: ClientSession, address: str, seconds: float, ready: asyncio.Barrier, seen: Seen) -> None:
    async with client.ws_connect(f"{address}/supervisor/feed", headers={"Origin": address}, max_msg_size=0) as socket:
        known = set(_CALLERS.findall((await socket.receive()).data))
        await ready.wait()  # all are connected
        end = time.time() + seconds
        while (left := end - time.time()) > 0:
            try:
                message = await socket.receive(timeout=left)
            except TimeoutError:
                return
            if message.type != WSMsgType.TEXT:
                seen.cut += 1
                return
            seen.messages += 1
            seen.size += len(message.data)
            now, callers = time.time(), set(_CALLERS.findall(message.data))  # to parse JSON would slow all of them
            seen.late += [now - float(uniqueid) for uniqueid in callers - known]
            known |= callers


async def run(address: str, cookie: str, count: int, seconds: float) -> None:
    seen, ready = Seen(), asyncio.Barrier(count)
    async with ClientSession(connector=TCPConnector(limit=0), headers={"Cookie": cookie}) as client:
        await asyncio.gather(*(watch(client, address, seconds, ready, seen) for _ in range(count)))
    print(json.dumps({
        "median": median(seen.late), "p95": percentile(seen.late, 0.95), "most": max(seen.late, default=0.0),
        "seen": len(seen.late), "messages": seen.messages, "bytes": seen.size, "cut": seen.cut,
    }))  # fmt: skip


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
