"""Fixtures shared by all tests."""

from tests.hotline_fixture import hotline, hotlines, pytest_runtest_makereport

__all__ = ["hotline", "hotlines", "pytest_runtest_makereport"]
