"""Asterisk as it is played for the pages that follow it: one agent logged in to one queue, events on demand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from callqueue.live.state import EVENTS
from callqueue.live.watch import Watch
from console.route import Means
from hotline.agent_desk import AgentDesk
from hotline.board import Board, Thresholds
from hotline.floor import Floor
from hotline.posting import Posting
from hotline.settings import load
from telephony.ami import RESYNC, Events, Reply
from tests.pages.conftest import Desk

CALLER = {"Channel": "PJSIP/trunk-1", "Uniqueid": "1795000000.1", "ChannelStateDesc": "Up",
          "CallerIDNum": "13900000001", "ChanVariable": "HOTLINE_PATH=greeting:1"}  # fmt: skip


class PlayedManager:
    """Asterisk with one agent logged in to the queue `consult`; `sent` is every action."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {"state": "up", "since": time.time()}
        self.feed = Events(EVENTS, 1000, lambda _events: None)
        self.feed.put({"Event": RESYNC, "Gap": "0"})
        self.sent: list[Mapping[str, str]] = []

    def events(self, *_names: str) -> Events:
        return self.feed

    async def listing(self, headers: Mapping[str, str], /) -> list[dict[str, str]]:
        if headers["Action"] == "QueueStatus":
            return [{"Event": "QueueParams", "Queue": "consult"}, {"Event": "QueueParams", "Queue": "yi"}, member()]
        if headers["Action"] == "PJSIPShowEndpoints":
            return [{"Event": "EndpointList", "ObjectName": name, "DeviceState": "Not in use"}
                    for name in ("8001", "8002", "8101", "trunk")]
        return []

    async def action(self, headers: Mapping[str, str], /) -> Reply:
        self.sent.append(headers)
        return Reply(True, "", {})


def member(**facts: str) -> dict[str, str]:
    return {"Event": "QueueMember", "Queue": "consult", "Name": "8001", "Location": "PJSIP/8001", "Status": "1",
            "Paused": "0", **facts}


class Stage:
    """The parts under the page of `desk`."""

    def __init__(self, desk: Desk) -> None:
        self.manager: Any = PlayedManager()
        self._desk = desk
        desk.do(self._start())

    async def _start(self) -> None:
        desk = self._desk
        watch = Watch(self.manager)
        floor = Floor(load({}), self.manager, watch)
        floor.start()
        elderly = ["13900000002"]
        seats = AgentDesk(load({}), self.manager, watch, elderly.__contains__)
        object.__setattr__(desk.services, "more", {"floor": floor, "means": Means(desk=seats)})
        limits = Thresholds(waiting=1, seconds=600, rate=95)
        threads = ThreadPoolExecutor(1)
        board = Board(floor, watch, desk.site.hub, desk.store, threads, limits, Posting(desk.store, threads))
        self._tasks = [asyncio.ensure_future(part.run()) for part in (watch, board)]
        self._tasks.append(asyncio.ensure_future(seats.run(desk.site.hub)))

    def say(self, name: str, *parts: Mapping[str, str], **facts: str) -> None:
        """Asterisk says an event."""
        event = {"Event": name, "Timestamp": f"{time.time():.6f}", **{k: v for part in parts for k, v in part.items()}}
        self._desk.loop.call_soon_threadsafe(self.manager.feed.put, event | facts)

    def join(self, number: int) -> None:
        self.say("Newstate", CALLER, Uniqueid=f"1795000000.{number}")
        self.say("QueueCallerJoin", CALLER, Queue="consult", Uniqueid=f"1795000000.{number}", Position=str(number))

    def link(self, standing: str) -> None:
        self.manager.state = {"state": standing, "since": time.time()}

    def close(self) -> None:
        for task in self._tasks:
            self._desk.loop.call_soon_threadsafe(task.cancel)
