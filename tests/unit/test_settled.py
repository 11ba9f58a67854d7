"""Once the service is up, no page opens the dictionary and no search for garbage goes through all of it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from figures import words
from hotline.settled import settle


@pytest.fixture
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_stays_is_not_searched_and_the_dictionary_is_open(thawed: None) -> None:
    words._cutter.cache_clear()
    many = [[] for _ in range(1_000)]
    asyncio.run(settle())
    assert gc.get_freeze_count() >= len(many)
    assert words._cutter.cache_info().currsize == 1
