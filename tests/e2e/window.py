"""A real Chromium at a real hotline: accounts, log-ins, and pages that must not complain."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from console import accounts
from store.engine import Store
from tests.hotline_fixture import Hotline
from tests.pages.conftest import FLAGS, PASSWORD, PEOPLE, Tab
from tickets.access import Role
from tickets.duties import start_catalogue

_SECONDS = 15_000  # milliseconds that Playwright waits for anything: calls go on beside it


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, gone with the module: its event loop must not outlive it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "the tests of the pages need Chromium: apt-get install chromium fonts-noto-cjk"
    expect.set_options(timeout=_SECONDS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield launched
        launched.close()


def people(hotline: Hotline) -> None:
    """The accounts of tests/pages and the units, towns and matters that come with the package."""
    store = Store(hotline.settings.database)
    with store.reading() as session:
        known = {one["name"] for one in accounts.listed(session)}
    for name, role, unit in PEOPLE if not known else ():
        with store.begin() as session:  # a password takes a while to hash, and the hotline writes, too
            if not known:
                start_catalogue(session)
            known.add(name)
            accounts.add(session, name, [Role(role)], PASSWORD, unit)
    store.close()


class Windows:
    """Browsers of people at one hotline."""

    def __init__(self, browser: Browser, hotline: Hotline) -> None:
        self.hotline = hotline
        self._browser = browser
        self._tabs: list[Tab] = []

    def window(self, name: str = "") -> Page:
        """A browser, logged in when a name is given."""
        tab = Tab(self._browser, f"http://127.0.0.1:{self.hotline.settings.http_port}")
        tab.context.set_default_timeout(_SECONDS)
        self._tabs.append(tab)
        return tab.log_in(name) if name else tab.page

    def close(self) -> list[str]:
        """What the consoles complained of."""
        faults = [fault for tab in self._tabs for fault in tab.faults]
        for tab in self._tabs:
            tab.context.close()
        return faults
