"""The ledger is the same on SQLite and on PostgreSQL, and with two importers at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from callqueue.importer import Imported, Paths, import_new
from callqueue.queries import list_calls, show_call
from store.base import Base
from store.engine import Store

FOLDER = Path(__file__).parents[1] / "data" / "cel"
NAMES = sorted(path.stem for path in FOLDER.glob("*.csv"))


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Every recorded call in Asterisk's two files."""
    found = Paths(tmp_path / "cel.csv", tmp_path / "queue_log")
    found.cel.write_bytes(b"".join((FOLDER / f"{name}.csv").read_bytes() for name in NAMES))
    found.queue_log.write_bytes(b"".join((FOLDER / f"{name}.queue_log").read_bytes() for name in NAMES))
    return found


def rows(store: Store) -> list[dict[str, Any]]:
    with store.begin() as session:
        found = [show_call(session, row["call_id"]) for row in list_calls(session, limit=1000)]
    return [row for row in found if row]


@pytest.fixture
def expected(paths: Paths) -> list[dict[str, Any]]:
    """The rows on SQLite in memory."""
    plain = Store("sqlite://")
    Base.metadata.create_all(plain.engine)
    import_new(plain, paths)
    found = rows(plain)
    plain.close()
    return found


def test_the_rows_are_the_same_on_every_database(store: Store, paths: Paths, expected: list[dict[str, Any]]) -> None:
    assert import_new(store, paths).bad_lines == 0
    assert rows(store) == expected and len(expected) > 30
    assert import_new(store, paths) == Imported()


def test_two_importers_at_once_do_each_others_work_once(
    store: Store, paths: Paths, expected: list[dict[str, Any]], database_url: str
) -> None:
    other = Store(database_url)
    work: list[Callable[[], Imported]] = [lambda: import_new(store, paths), lambda: import_new(other, paths)]
    with ThreadPoolExecutor(2) as threads:
        done = [future.result() for future in [threads.submit(one) for one in work]]
    other.close()
    assert sum(one.events for one in done) == paths.cel.read_bytes().count(b"\n")
    assert rows(store) == expected
