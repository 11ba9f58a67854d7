"""Fixtures shared by all tests."""

from tests.hotline_fixture import hotline, hotlines, pytest_runtest_makereport
from tests.stores import database_url, postgres_server, store

__all__ = ["database_url", "hotline", "hotlines", "postgres_server", "pytest_runtest_makereport", "store"]
