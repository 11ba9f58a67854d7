"""A site of its own (store and pages, no Asterisk) and a real Chromium that looks at it."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

import console.tables  # registers the tables
from console import accounts
from console.page import Services
from console.replying import with_headers
from console.route import Means
from console.sessions import Policy
from console.site import Site
from store.base import Base
from store.engine import Store
from tickets.access import Role
from tickets.duties import start_catalogue

PASSWORD = "a long enough password"
PEOPLE = (
    ("agent", "agent", ""), ("office", "county_admin", ""), ("water", "unit_handler", "swj"),
    ("police", "unit_handler", "gaj"), ("boss", "supervisor", ""), ("auditor", "auditor", ""), ("admin", "admin", ""),
)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
_SECONDS = 10_000  # milliseconds that Playwright waits for anything


class Desk:
    """The running site. `store` is its database; `base` its address."""

    def __init__(self, folder: Path, **policy: Any) -> None:
        assert console.tables.SessionRow.metadata is Base.metadata
        self.store = Store(f"sqlite:///{folder / 'hotline.db'}")
        Base.metadata.create_all(self.store.engine)
        with self.store.begin() as session:
            start_catalogue(session)
            for name, role, unit in PEOPLE:
                accounts.add(session, name, [Role(role)], PASSWORD, unit)
        self.services = Services(
            self.store, folder / "attachments", policy=Policy(**policy), more={"means": Means()}
        )
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.site, self.runner, self.base = self.do(self._start())

    async def _start(self) -> tuple[Site, web.AppRunner, str]:
        site = Site(self.services)
        application = web.Application(middlewares=[with_headers])
        site.mount(application)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return site, runner, f"http://127.0.0.1:{runner.addresses[0][1]}"

    def do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def close(self) -> None:
        """Ends everything."""
        self.do(self.runner.cleanup())
        self.site.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.store.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A site for the tests of a module."""
    made = Desk(tmp_path_factory.mktemp("desk"), idle=timedelta(minutes=30))
    yield made
    made.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "the tests of the pages need Chromium: apt-get install chromium fonts-noto-cjk"
    expect.set_options(timeout=_SECONDS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield launched
        launched.close()


class Tab:
    """A browser of one person; `faults` are what its console complained of."""

    def __init__(self, browser: Browser, base: str, width: int = 1366, height: int = 768) -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=base, viewport={"width": width, "height": height}, locale="zh-CN", accept_downloads=True
        )
        self.context.set_default_timeout(_SECONDS)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def log_in(self, name: str, password: str = PASSWORD) -> Page:
        """The account's first page; of a supervisor, whose floor few of these tests have, the account's own."""
        self.page.goto("/login?back=/account" if name == "boss" else "/login")
        self.page.get_by_label("账号").fill(name)
        self.page.get_by_label("口令").fill(password)
        self.page.get_by_role("button", name="登录").click()
        return self.page


@pytest.fixture
def tabs(browser: Browser, desk: Desk) -> Iterator[Any]:
    """Makes tabs; at the end none of their consoles may have complained."""
    made: list[Tab] = []

    def make(**size: int) -> Tab:
        made.append(Tab(browser, desk.base, **size))
        return made[-1]

    yield make
    faults = [fault for tab in made for fault in tab.faults]
    for tab in made:
        tab.context.close()
    # A refused form answers 4xx, which Chromium notes in its console; everything else is a fault.
    assert [fault for fault in faults if "the server responded with a status of 4" not in fault] == []
