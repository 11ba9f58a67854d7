"""A day of the hotline as each of its people sees it: real calls, real pages (R3, R12, R17-R38)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import window
from tests.e2e.county import County, new_number
from tests.e2e.scenes import ask_for
from tests.e2e.test_survey import answer, through
from tests.e2e.window import Windows
from tests.hotline_fixture import Hotlines
from tests.pages.looks import look
from tests.pages.test_desks import move
from tests.phones import Town

browser = window.browser
pytestmark = pytest.mark.timeout(280)


@pytest.fixture
def county(hotlines: Hotlines) -> Iterator[County]:
    """A hotline that calls back at any hour, and its phones."""
    hotline = hotlines(wrapup_seconds=60, callback_hours="00:00-24:00", callback_holidays="yes", amd=False)
    hotline.start()
    with Town(limit=240) as town:
        yield County(hotline, town)


@pytest.fixture
def windows(browser: Browser, county: County) -> Iterator[Windows]:
    window.people(county.hotline)
    made = Windows(browser, county.hotline)
    yield made
    assert made.close() == []


def called_in(county: County, page: Page, caller: str) -> str:
    """The number of the ticket that the agent files, by keyboard alone, while talking with the citizen."""
    phone = county.phone("8001")
    page.goto("/agent")
    look(page, "agent-phones")
    page.get_by_label(re.compile("^8001")).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="签入全部队列").press("Enter")
    expect(page.locator("#state")).to_have_text("空闲")
    look(page, "agent-free")
    citizen = ask_for(county, "2", caller)
    ringing = phone.wait_call(20)
    expect(page.locator("#ring")).to_have_text(f"来电振铃 {caller}")
    ringing.answer()
    expect(page.locator("#ring")).to_have_text(f"通话中 {caller}")
    page.keyboard.press("F4")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    for words in ("", "张三", caller, "自来水停水三天"):
        page.keyboard.press("Tab") if words else None
        if words and words != caller:
            page.keyboard.type(words)
    page.keyboard.press("Tab")
    page.keyboard.type("狮山镇城关路居民区停水三天，请尽快恢复。")
    look(page, "agent-talking")
    page.get_by_role("button", name="受理", exact=True).press("Enter")
    expect(page.locator("main > .notice")).to_contain_text("受理：工单")
    number = re.search("[0-9]{12}", page.locator("main > .notice").inner_text())
    assert number is not None
    expect(page.locator("#ring")).to_have_text(f"通话中 {caller}")
    ringing.hangup()
    expect(page.locator("#state")).to_have_text("话后整理")
    citizen.hangup()
    page.keyboard.press("F2")
    expect(page.locator("#state")).to_have_text("空闲")
    row = county.row(caller, disposition="answered")
    assert (row["ticket_no"], row["agent"], row["queue"]) == (number[0], "8001", "request")
    return number[0]


def handled(windows: Windows, number: str) -> None:
    """The office dispatches, the unit works, the office reviews."""
    office = windows.window("office")
    look(office, "office")
    office.get_by_role("link", name=re.compile("^待派单")).click()
    office.get_by_role("link", name=number).click()
    look(office, "ticket-office")
    move(office, "派单", 承办单位="县水务局")
    water = windows.window("water")
    look(water, "unit")
    water.get_by_role("link", name=number).click()
    move(water, "签收")
    move(water, "联系群众", 说明="已电话联系，上门查看")
    look(water, "ticket-unit")
    move(water, "申请延期", 工作日数="3", 理由="管网抢修需要等待配件")
    office.goto("/office?task=extension")
    office.get_by_role("link", name=number).click()
    move(office, "裁定延期", 同意延期="是", 理由="情况属实，同意延期", 工作日数="3")
    water.reload()
    move(water, "办结", 办理结果="管道已修复，恢复供水，群众确认。")
    office.goto("/office?task=resolved")
    office.get_by_role("link", name=number).click()
    move(office, "复核", 复核通过="是")


def test_from_the_call_to_the_month(county: County, windows: Windows) -> None:
    caller = new_number()
    county.trunk  # noqa: B018 - the carrier must be there before the callback
    number = called_in(county, windows.window("agent"), caller)
    handled(windows, number)

    callback = county.trunk.wait_call(60, number=caller)
    assert callback.remote.user == "12345"
    callback.answer()
    answer(county, callback, through("1", "1", "1", "1", "1", "1"))
    callback.wait("disconnected", 20)

    citizen = windows.window()
    citizen.goto("/query")
    citizen.get_by_label("工单编号").fill(number)
    citizen.get_by_label("登记电话的后四位").fill(caller[-4:])
    citizen.get_by_role("button", name="查询").click()
    expect(citizen.locator("#progress")).to_contain_text(number)
    look(citizen, "query")
    shown = county.hotline.json("ticket", "show", number)
    assert (shown["satisfied"], shown["phone"]) == (1, caller)

    leader = windows.window("boss")
    for path in ("/figures", "/figures/topics", "/bulletin", "/ranking", "/reports?period=month"):
        leader.goto(path)
        look(leader, path[1:].partition("?")[0].replace("/", "-"))
    leader.goto("/figures?by=unit")
    expect(leader.get_by_role("rowheader", name="县水务局")).to_be_visible()
    leader.goto(f"/tickets/{number}")
    expect(leader.locator("#history ~ ol, ol.timeline")).to_contain_text("回访")
    look(leader, "ticket-leader")
