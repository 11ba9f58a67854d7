"""The heartbeat is touched only while the database answers in time; the ledger's importer goes on after failures."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from callqueue.errors import CallQueueError
from hotline.beat import Heartbeat, probe
from hotline.importer import Importer
from hotline.memory import Remembered
from store.engine import Store


def beating(file: Path, check: Callable[[], None], limit: float = 5.0) -> tuple[bool, Heartbeat]:
    heartbeat = Heartbeat(file, check, limit)
    return asyncio.run(heartbeat.beat()), heartbeat


def test_a_database_that_answers_gives_a_beat(tmp_path: Path) -> None:
    well, heartbeat = beating(tmp_path / "beat", lambda: None)
    assert well and heartbeat.reason == ""
    assert (tmp_path / "beat").exists()


def test_a_database_that_fails_gives_none_and_its_reason_names_no_server(tmp_path: Path) -> None:
    def away() -> None:
        raise OperationalError("SELECT 1", {}, Exception('connection to server at "db.example" failed'))

    well, heartbeat = beating(tmp_path / "beat", away)
    assert not well and heartbeat.reason == "OperationalError"
    assert not (tmp_path / "beat").exists()


def test_a_locked_database_gives_none(tmp_path: Path) -> None:
    def locked() -> None:
        raise OperationalError("BEGIN", {}, Exception("database is locked"))

    well, heartbeat = beating(tmp_path / "beat", locked)
    assert not well and heartbeat.reason == "locked"


def test_a_database_that_hangs_gives_none_and_is_asked_once(tmp_path: Path) -> None:
    asked: list[int] = []
    go = threading.Event()

    def hang() -> None:
        asked.append(1)
        go.wait(30)

    async def three_times() -> Heartbeat:
        heartbeat = Heartbeat(tmp_path / "beat", hang, 0.01)
        assert [await heartbeat.beat() for _ in range(3)] == [False, False, False]
        assert heartbeat.reason == "no answer within 0.01 s"
        go.set()
        while not await heartbeat.beat():
            pass
        return heartbeat

    heartbeat = asyncio.run(three_times())
    assert heartbeat.reason == "" and len(asked) == 1, "one probe hangs, no second one joins it"


def test_the_file_goes_when_the_service_ends(tmp_path: Path) -> None:
    async def live_and_end() -> None:
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()

        def check() -> None:
            loop.call_soon_threadsafe(asked.set)

        task = asyncio.ensure_future(Heartbeat(tmp_path / "beat", check).run())
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(live_and_end())
    assert not (tmp_path / "beat").exists()


def test_the_probe_finds_a_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    holder, other = Store(url), Store(url)
    probe(other)
    with holder.begin() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(OperationalError, match="locked"):
            probe(other)
    probe(other)


def test_an_importer_that_fails_says_why_and_goes_on() -> None:
    outcomes: list[Exception | None] = [None, CallQueueError("x"), OSError("y"), None]
    seldom: list[int] = []

    def step() -> None:
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome

    importer = Importer(step, lambda: seldom.append(1))
    assert [importer.round() for _ in range(2)] == [True, False]
    assert importer.reason == "CallQueueError"
    assert [importer.round() for _ in range(2)] == [False, True]
    assert importer.reason == "" and seldom == [1]


def test_an_unknown_fault_of_the_importer_is_not_hidden() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Importer(broken).round()


def test_what_is_remembered_is_read_in_a_transaction(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'hotline.db'}")
    remembered: Remembered[frozenset[str]] = Remembered("x", store, lambda _session: frozenset({"1"}), frozenset())
    assert remembered.value == frozenset()
    assert remembered.read() == {"1"}
