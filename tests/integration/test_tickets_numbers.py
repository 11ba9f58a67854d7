"""Ticket numbers: twelve digits, unique under concurrency."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import insert

from store.engine import Store
from tickets.numbers import MOST_A_DAY, NumbersUsedUp, next_number
from tickets.tables import SequenceRow

DAY = date(2026, 3, 1)


def test_numbers_are_the_date_and_a_sequence(store: Store) -> None:
    with store.begin() as session:
        assert next_number(session, DAY) == "260301000001"
        assert next_number(session, DAY) == "260301000002"
        assert next_number(session, date(2026, 3, 2)) == "260302000001"


def test_numbers_are_unique_and_without_gaps_under_concurrency(store: Store) -> None:
    def take(_worker: int) -> list[str]:
        taken = []
        for _ in range(15):
            with store.begin() as session:
                taken.append(next_number(session, DAY))
        return taken

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for taken in pool.map(take, range(8)) for number in taken]
    assert sorted(numbers) == [f"260301{n:06d}" for n in range(1, 121)]


def test_a_day_has_a_last_number(store: Store) -> None:
    with store.begin() as session:
        session.execute(insert(SequenceRow).values(day="260301", last=MOST_A_DAY))
    with pytest.raises(NumbersUsedUp), store.begin() as session:
        next_number(session, DAY)
