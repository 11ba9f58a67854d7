"""The pages over a played manager: `python -m bench.floor_site PORT FOLDER`. Prints its port, ends with its input."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import uvloop
from aiohttp import web

import console.tables  # registers the tables
from bench.busy_floor import AGENTS, QUEUES
from callqueue.live.watch import Watch
from console import accounts
from console.page import Services
from console.replying import with_headers
from console.site import Site
from hotline.board import Board, Thresholds
from hotline.floor import Floor
from hotline.live import LABELS
from hotline.posting import Posting
from hotline.settings import Settings, load
from store.base import Base
from store.engine import Store
from telephony.ami import Manager
from tickets.access import Role
from tickets.duties import start_catalogue

NAME, PASSWORD = "boss", "a long enough password"


def _store(folder: Path) -> Store:
    assert console.tables.SessionRow.metadata is Base.metadata
    store = Store(f"sqlite:///{folder / 'hotline.db'}")
    Base.metadata.create_all(store.engine)
    with store.begin() as session:
        start_catalogue(session)
        accounts.add(session, NAME, [Role.SUPERVISOR], PASSWORD)
    return store


async def run(port: int, folder: Path) -> None:
    """The service's parts that the supervisors' pages need, wired as the service wires them."""
    LABELS.clear()
    LABELS.update({name: f"队列{name[-2:]}" for name in QUEUES})
    given = load({"HOTLINE_HOME": str(folder)})
    settings = Settings(given.home, dict(given.values) | {"agents": len(AGENTS)})
    store, threads = _store(folder), ThreadPoolExecutor(2)
    manager = Manager("127.0.0.1", port, "bench", "bench")
    watch = Watch(manager)
    floor = Floor(settings, manager, watch)
    floor.start()
    site = Site(Services(store, folder, more={"floor": floor}))
    board = Board(floor, watch, site.hub, store, threads, Thresholds(1000, 1000, 0), Posting(store, threads))
    application = web.Application(middlewares=[with_headers])
    site.mount(application)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    parts = [asyncio.ensure_future(part) for part in (manager.run(), watch.run(), board.run())]
    while not watch.current:
        await watch.changed(1)
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for part in parts:
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)
    await runner.cleanup()
    site.close()
    store.close()


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), Path(sys.argv[2])))
