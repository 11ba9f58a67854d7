"""Fixtures shared by all tests, and a loud word when the phone tests could not run."""

from __future__ import annotations

import importlib.util
from typing import Any

from hypothesis import HealthCheck, settings

from tests.hotline_fixture import hotline, hotlines, pytest_runtest_makereport
from tests.stores import database_url, postgres_server, store

__all__ = ["database_url", "hotline", "hotlines", "postgres_server", "pytest_runtest_makereport", "store"]

# No test depends on how fast the machine is; what a property's own settings say stays.
settings.register_profile("any-speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-speed")

NO_PHONES = (
    "the e2e tests were NOT run: their SIP phones (pjsua2-python) have no wheel for this Python. "
    "Make .venv with Python 3.11 or 3.12 to run them."
)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if importlib.util.find_spec("pjsua2") is None:
        terminalreporter.write_sep("=", NO_PHONES, red=True)
