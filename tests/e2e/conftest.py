"""One hotline for all scenarios that need nothing special, with a short wrap-up so that they need not wait."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator

import pytest

from tests.conftest import NO_PHONES
from tests.e2e.county import County
from tests.hotline_fixture import Hotline
from tests.phones import Town

if importlib.util.find_spec("pjsua2") is None:
    # tests/conftest.py says aloud what was not run; CI may not go on without it.
    if os.environ.get("CI"):
        raise pytest.UsageError(NO_PHONES)
    collect_ignore_glob = ["test_*.py"]



@pytest.fixture(scope="session")
def quick_hotline() -> Iterator[Hotline]:
    """The default settings, but for a wrap-up of one second, frequent announcements, calls soon made again and no quiet
    hours.
    """
    special = {"missed_from_hour": 0, "missed_until_hour": 24, "kept_again_seconds": 1, "amd": False}
    made = Hotline(wrapup_seconds=1, queue_announce_seconds=10, **special)
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture
def county(quick_hotline: Hotline) -> Iterator[County]:
    """The phones of one test around the shared hotline."""
    with Town(limit=240) as town:
        made = County(quick_hotline, town)
        try:
            yield made
        finally:
            made.close()
