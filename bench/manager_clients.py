"""Clients of a manager that speaks: `python -m bench.manager_clients NAME PORT EVENTS`, a process each.

Prints what the events cost it: CPU, and memory after half of them and after all.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import uvloop
from panoramisk.manager import Manager as Stock

from bench import gauge
from bench.manager_server import GO, frame
from callqueue.live.watch import Watch
from telephony.ami import Manager

LAST = "the-last"  # the queue that the last event is about
NAMES = {
    "raw": "the socket alone: messages counted",
    "ours": "county-hotline: read, and applied to the live state",
    "stock": "panoramisk as it is, on asyncio: read and given to a callback that does nothing",
    "stock-uvloop": "the same on uvloop",
}
_LOGIN = {"Action": "Login", "Username": "bench", "Secret": "bench", "ActionID": "1"}


class Meter:
    """Notes CPU and memory from the first event on; `count` is told how many there were."""

    def __init__(self, events: int) -> None:
        self._half = events // 2
        self._cpu = time.process_time()
        self._early = 0

    def count(self, seen: int) -> None:
        if not self._early and seen >= self._half:
            self._early = gauge.rss()

    def told(self, **more: float) -> dict[str, float]:
        cpu = time.process_time() - self._cpu
        return {"cpu": cpu, "early": self._early or gauge.rss(), "late": gauge.rss(), **more}


def raw(port: int, events: int) -> dict[str, float]:
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(frame(_LOGIN))
        while b"FullyBooted" not in (buffer := link.recv(65536)):
            pass
        link.sendall(frame({"Action": GO, "ActionID": "2"}))
        meter, seen, buffer = Meter(events), 0, b""
        while LAST.encode() not in buffer:
            *whole, buffer = (buffer + link.recv(1 << 18)).split(b"\r\n\r\n")
            seen += len(whole)
            meter.count(seen)
            if whole and LAST.encode() in whole[-1]:
                break
        return meter.told(seen=seen)


async def ours(port: int, events: int) -> dict[str, float]:
    manager = Manager("127.0.0.1", port, "bench", "bench")
    watch = Watch(manager)
    working = [asyncio.ensure_future(part) for part in (manager.run(), watch.run())]
    while not watch.current:
        await watch.changed(1)
    meter = Meter(events)
    await manager.action({"Action": GO})
    while LAST not in watch.state.queues:
        await watch.changed(0.2)
        await asyncio.sleep(0.2)  # as the board looks
        meter.count(watch.applied * 5 // 2)  # about two of five events change the state
    found = meter.told(seen=watch.applied, channels=len(watch.state.channels), resyncs=watch.resyncs)
    await manager.close()
    for part in working:
        part.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    return found


async def stock(port: int, events: int) -> dict[str, float]:
    done = asyncio.Event()
    seen = 0
    manager: Any = Stock(loop=asyncio.get_running_loop(), host="127.0.0.1", port=port, username="bench",
                         secret="bench", ping_delay=10**6, ping_interval=10**6)  # type: ignore[no-untyped-call]  # fmt: skip

    def heard(_manager: Any, message: Any) -> None:
        nonlocal seen
        seen += 1
        if message.get("queue") == LAST:
            done.set()

    await manager.connect()
    manager.register_event("*", heard)
    await asyncio.sleep(0.5)
    meter = Meter(events)
    manager.send_action({"Action": GO})
    while not done.is_set():
        await asyncio.sleep(0.2)
        meter.count(seen)
    found = meter.told(seen=seen)
    manager.close()
    return found


def main(name: str, port: int, events: int) -> None:
    runners: dict[str, Callable[[], dict[str, float]]] = {
        "raw": lambda: raw(port, events),
        "ours": lambda: uvloop.run(ours(port, events)),
        "stock": lambda: asyncio.run(stock(port, events)),
        "stock-uvloop": lambda: uvloop.run(stock(port, events)),
    }
    print(json.dumps(runners[name]()))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
