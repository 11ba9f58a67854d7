"""Lists of callers to be called back: every order in whole pages, each filter, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from callqueue.missed_listing import Sort, Sought, listed
from callqueue.tables import MissedRow
from store.base import LOCAL
from store.engine import Store
from tests.stores import database_url, postgres_server, store

__all__ = ["database_url", "postgres_server", "store"]

NOON = datetime(2026, 11, 10, 12, 0, tzinfo=LOCAL)


@pytest.fixture
def waiting(store: Store) -> Store:
    """Thirty tasks, of which a third is closed; many are due, and have called, as others do."""
    with store.begin() as session:
        for n in range(30):
            phone, state = f"139000000{n:02d}", "closed" if n % 3 == 0 else "open"
            at = NOON + timedelta(minutes=n * 7 % 5)
            session.add(MissedRow(
                phone=phone, open_phone=phone if state == "open" else None, state=state, first_at=at, last_at=at,
                queue="yi" if n % 4 == 0 else "consult", calls=n % 3, due_at=NOON + timedelta(minutes=n * 11 % 4),
                assignee="8001" if n % 5 == 0 else "", attempts=0, closed_by="", reason="",
            ))  # fmt: skip
    return store


def everything(store: Store, sought: Sought, size: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        with store.reading() as session:
            page, after = listed(session, sought, size, after)
        assert len(page) == size or after is None
        rows += page
    return rows


ORDERS: dict[Sort, tuple[Callable[[dict[str, Any]], Any], bool]] = {
    Sort.DUE: (lambda row: (row["due_at"], row["id"]), False),
    Sort.LATEST: (lambda row: (row["last_at"], row["id"]), True),
    Sort.CALLS: (lambda row: (row["calls"], row["id"]), True),
}


def test_every_order_comes_in_whole_pages(waiting: Store) -> None:
    """Nothing twice and nothing left out, also where many are alike."""
    for sort, (key, down) in ORDERS.items():
        for size in (1, 4, 30, 50):
            rows = everything(waiting, Sought("", sort=sort), size)
            assert len(rows) == len({row["id"] for row in rows}) == 30
            assert rows == sorted(rows, key=key, reverse=down)


def test_each_filter_gives_what_it_says(waiting: Store) -> None:
    rows = everything(waiting, Sought(""), 50)
    for sought, holds in (
        (Sought(), lambda row: row["state"] == "open"),
        (Sought("closed"), lambda row: row["state"] == "closed"),
        (Sought("", assignee="8001"), lambda row: row["assignee"] == "8001"),
        (Sought("", queue="yi"), lambda row: row["queue"] == "yi"),
        (Sought("", phone="13900000007"), lambda row: row["phone"] == "13900000007"),
        (Sought("open", "8001", "yi"), lambda row: row["phone"] == "13900000020"),
    ):
        found = everything(waiting, sought, 3)
        assert {row["id"] for row in found} == {row["id"] for row in rows if holds(row)}


def test_open_ones_come_as_they_are_due_and_others_as_they_called() -> None:
    assert [Sought().order, Sought("closed").order, Sought("").order] == [Sort.DUE, Sort.LATEST, Sort.LATEST]
    assert Sought("closed", sort=Sort.CALLS).order == Sort.CALLS
