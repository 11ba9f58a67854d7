"""Every page of every menu: it fits an office screen, a laptop and a telephone, and says what everything on it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from callback_survey.channels import Trunk
from tests.pages.conftest import PEOPLE, Desk
from tests.pages.looks import SIZES, look
from tests.pages.played import Stage
from tests.pages.test_desks import filed

FOCUS = """(one => [one.textContent.trim(), one.matches(":focus-visible"), one === document.body])(
  document.activeElement)"""


@pytest.fixture
def stage(desk: Desk, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(desk)
    more = {**desk.services.more, "trunk": Trunk("trunk", 30, 10), "agents": ("8001", "8002"), "recordings": tmp_path,
            "calling_from": lambda at: at}
    object.__setattr__(desk.services, "more", more)
    yield made
    made.close()


def menu(page: Page) -> list[str]:
    """The addresses of the account's menu."""
    found = page.get_by_role("navigation", name="主导航").get_by_role("link").all()
    return [str(link.get_attribute("href")) for link in found]


OWN = ("/account", "/account/password", "/account/second-factor")


def test_every_page_of_every_menu(desk: Desk, tabs: Any, stage: Stage) -> None:
    number = filed(desk, "自来水停水三天")
    seen: set[str] = set()
    for name in (name for name, *_ in PEOPLE):
        page = tabs().log_in(name)
        expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
        for path in [path for path in (*menu(page), f"/tickets/{number}", *OWN) if path not in seen]:
            answer = page.goto(path)
            if answer.status == 200:
                look(page, path[1:].replace("/", "-"))
                seen.add(path)
    assert {"/agent", "/office", "/unit", "/supervisor", "/knowledge", "/audit"} <= seen


def test_a_chart_narrows_after_its_window(desk: Desk, tabs: Any, stage: Stage) -> None:
    """Drawn for the widest screen first: a drawing must not keep the page as wide as it once was."""
    filed(desk, "路灯不亮")
    page = tabs().log_in("boss")
    page.goto("/figures")
    for _ in range(2):
        page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
        expect(page.locator(".drawing svg").first).to_be_visible()
        look(page, "figures-with-charts")


def test_what_a_citizen_sees(desk: Desk, tabs: Any) -> None:
    page = tabs().page
    for path in ("/", "/submit", "/query", "/login"):
        page.goto(path)
        look(page, path[1:] or "start")


def test_the_front_page_tells_functions_scope_and_procedure_r48(desk: Desk, tabs: Any) -> None:
    """R5-R9, R23-R25, R35, R48: what is taken, what is not and where to go with it, how long it may last."""
    page = tabs().page
    page.goto("/")
    main = page.locator("main")
    for words in ("政策等方面的咨询", "人民法院、仲裁机构", "2 个工作日内联系您", "咨询 5 个工作日、其他 15 个"):
        expect(main).to_contain_text(words)


def test_the_keyboard_reaches_everything_and_is_seen_there(desk: Desk, tabs: Any, stage: Stage) -> None:
    """Tab goes through the whole page in order, from the link past the menu on; what has the focus is marked."""
    number = filed(desk, "路灯不亮")
    page = tabs().log_in("office")
    page.goto(f"/tickets/{number}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到主要内容"
    reached = set[str]()
    for _ in range(200):
        page.keyboard.press("Tab")
        words, marked, left = page.evaluate(FOCUS)
        if left:
            break
        assert marked, words
        reached.add(words)
    assert {"退出", "补充登记", "并单", "督办"} <= reached
