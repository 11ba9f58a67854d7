"""What pages are told: whoever opens at any moment, and follows the changes, sees the floor as it is."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqueue.live import view
from callqueue.live.query import built
from callqueue.live.state import State
from callqueue.live.watch import Watch
from console.push import Hub
from console.supervisor import TOPIC
from hotline.board import Board, Thresholds
from hotline.floor import Floor
from hotline.posting import Posting
from hotline.settings import load
from store.engine import Store
from telephony.ami import Manager

QUEUES = ("consult", "request")
KEYS = {"agents": "number", "queues": "name", "trunks": "name"}


class Stage:
    """The board over a state that the test changes."""

    def __init__(self, store: Store) -> None:
        manager = Manager("127.0.0.1", 1, "nobody", "")
        self.watch = Watch(manager)
        self.state: State = built(({"Event": "QueueParams", "Queue": name} for name in QUEUES), time.time())
        self.watch.state = self.state
        self.hub = Hub()
        self.floor = Floor(load({}), manager, self.watch)
        threads = ThreadPoolExecutor(1)
        limits = Thresholds(10**6, 10**6, 0)
        self.board = Board(self.floor, self.watch, self.hub, store, threads, limits, Posting(store, threads))

    def change(self, caller: str, agent: str, joins: bool) -> None:
        name = "QueueCallerJoin" if joins else "QueueCallerLeave"
        self.state.apply({"Event": name, "Queue": QUEUES[int(caller) % 2], "Uniqueid": caller, "Position": "1"})
        self.state.apply({"Event": "DeviceStateChange", "Device": f"PJSIP/{agent}", "State": "NOT_INUSE"})
        self.state.apply({"Event": "QueueMemberAdded" if joins else "QueueMemberRemoved", "Queue": "consult",
                          "Interface": f"PJSIP/{agent}", "MemberName": agent, "Status": "1"})  # fmt: skip


class Page:
    """What supervisor.js knows."""

    def __init__(self, whole: str) -> None:
        self.rows: dict[str, dict[str, Any]] = {kind: {} for kind in KEYS}
        self.alerts: list[str] = []
        self.hear(whole)

    def hear(self, text: str) -> None:
        told = json.loads(text)
        for kind, key in KEYS.items():
            self.rows[kind].update({row[key]: row for row in told.get(kind, ())})
        self.alerts = told.get("alerts", self.alerts)


_STEP = st.tuples(st.sampled_from("1234"), st.sampled_from(["8001", "8002"]), st.booleans(), st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.lists(_STEP, max_size=15), st.integers(0, 15))
def test_who_opens_between_two_changes_misses_none(steps: list[tuple[str, str, bool, bool]], opened: int) -> None:
    async def run() -> None:
        store = Store("sqlite://")
        stage = Stage(store)
        page: Page | None = None
        with stage.hub.subscribed(TOPIC) as queue:
            for number, (caller, agent, joins, tells) in enumerate(steps):
                if number == opened:
                    while not queue.empty():
                        queue.get_nowait()
                    page = Page(stage.floor.whole())
                stage.change(caller, agent, joins)
                if tells:
                    await stage.board.tell()
            if page is None:
                return
            await stage.board.tell()
            while not queue.empty():
                message = queue.get_nowait()
                assert message is not None
                page.hear(message.data)
        seen = json.loads(json.dumps(stage.floor.look()))
        for kind, key in KEYS.items():
            assert page.rows[kind] == {row[key]: row for row in seen[kind]}, kind
        store.close()

    asyncio.run(run())


def test_other_threads_look_by_way_of_the_loop_which_changes_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dict that changes while it is gone through raises."""
    looked: list[int] = []
    seats = view.seats

    def noted(*given: Any) -> list[view.Seat]:
        looked.append(threading.get_ident())
        return seats(*given)

    monkeypatch.setattr(view, "seats", noted)

    async def run() -> None:
        stage = Stage(Store("sqlite://"))
        following = asyncio.ensure_future(stage.watch.run())
        await asyncio.sleep(0)
        seen = await asyncio.to_thread(stage.floor.look)
        assert seen == {**stage.floor.look(), "at": seen["at"]}
        assert looked == [threading.get_ident()] * 2
        following.cancel()

    asyncio.run(run())
