"""The agent's page beside a real softphone: the page drives, the phone speaks (R6, R10)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import scenes, window
from tests.e2e.county import DESK_HZ, County, new_number
from tests.e2e.scenes import SECOND_AGENT_HZ, ask_for, speak
from tests.e2e.window import Windows
from tests.hotline_fixture import Hotline
from tests.phones import Call, Phone

browser = window.browser
nothing_left = scenes.nothing_left
pytestmark = pytest.mark.usefixtures("staffed", "nothing_left")


@pytest.fixture(scope="module")
def staffed(quick_hotline: Hotline) -> None:
    """The hotline's accounts are made before any log is watched: passwords take a while."""
    window.people(quick_hotline)


@pytest.fixture
def windows(browser: Browser, county: County) -> Iterator[Windows]:
    """Browsers at the hotline of `county`; at the end none of their consoles may have complained."""
    made = Windows(browser, county.hotline)
    yield made
    assert made.close() == []


@pytest.fixture
def seat(windows: Windows, county: County) -> tuple[Page, Phone]:
    """The page and the softphone of the agent at 8001, in every queue."""
    phone = county.phone("8001")
    county._agents["8001"] = phone
    page = windows.window("agent")
    page.goto("/agent")
    if page.get_by_text("登录话机").count():
        page.get_by_label(re.compile("^8001")).check()
        page.get_by_role("button", name="登录").click()
    page.get_by_role("button", name="签入全部队列").click()
    expect(page.locator("#state")).to_have_text("空闲")
    return page, phone


def joined(county: County, page: Page, phone: Phone) -> tuple[str, Call, Call]:
    """A citizen and the agent in a call, as the page shows it: the number, both calls."""
    caller = new_number()
    citizen = ask_for(county, "1", caller)
    ringing = phone.wait_call(20)
    expect(page.locator("#ring")).to_have_text(f"来电振铃 {caller}")
    ringing.answer()
    expect(page.locator("#ring")).to_have_text(f"通话中 {caller}")
    return caller, citizen, ringing


def test_consult_and_come_back(county: County, seat: tuple[Page, Phone]) -> None:
    page, phone = seat
    caller, citizen, talking = joined(county, page, phone)
    county.meet(citizen, talking)
    second = county.phone("8002")
    to = page.get_by_label("转接或咨询的坐席号、电话号码")
    to.fill("8002")
    page.get_by_role("button", name="咨询").click()
    asked = second.wait_call(15)
    asked.answer()
    expect(page.locator("#ring")).to_contain_text("咨询中，群众等候")
    speak(county, asked, SECOND_AGENT_HZ, talking)
    page.get_by_role("button", name="回到群众").click()
    asked.wait("disconnected", 10)
    expect(page.locator("#ring")).to_have_text(f"通话中 {caller}")
    page.get_by_role("button", name="咨询").click()  # at once, and once more
    again = second.wait_call(15)
    again.answer()
    expect(page.locator("#ring")).to_contain_text("咨询中，群众等候")
    again.hangup()
    expect(page.locator("#ring")).to_have_text(f"通话中 {caller}")
    county.meet(citizen, talking)
    citizen.hangup()
    talking.wait("disconnected", 10)
    row = county.row(caller, disposition="answered")
    assert [share["agent"] for share in row["agents"]] == ["8001"]


def test_consult_and_hand_over(county: County, seat: tuple[Page, Phone]) -> None:
    page, phone = seat
    caller, citizen, talking = joined(county, page, phone)
    county.meet(citizen, talking)
    second = county.phone("8002")
    page.get_by_label("转接或咨询的坐席号、电话号码").fill("8002")
    page.get_by_role("button", name="咨询").click()
    asked = second.wait_call(15)
    asked.answer()
    speak(county, asked, SECOND_AGENT_HZ, talking)
    page.get_by_role("button", name="完成转接").click()
    talking.wait("disconnected", 10)
    speak(county, asked, SECOND_AGENT_HZ, citizen)
    citizen.hangup()
    row = county.row(caller, disposition="answered")
    assert [share["agent"] for share in row["agents"]] == ["8001", "8002"]


def test_a_citizen_is_sent_on_to_a_number_outside(county: County, seat: tuple[Page, Phone]) -> None:
    page, phone = seat
    caller, citizen, talking = joined(county, page, phone)
    county.meet(citizen, talking)
    outside = new_number()
    page.get_by_label("转接或咨询的坐席号、电话号码").fill(outside)
    page.get_by_role("button", name="转接").click()
    unit = county.trunk.wait_call(15, number=outside)
    assert unit.remote.user == "12345"
    unit.answer()
    talking.wait("disconnected", 10)
    county.meet(citizen, unit)
    unit.hangup()
    citizen.hears(county.sound("rating"), 20)
    citizen.hangup()
    row = county.row(caller, disposition="answered")
    assert row["agent"] == "8001"


def test_one_key_brings_the_emergency_desk(county: County, seat: tuple[Page, Phone]) -> None:
    """R6: three parties, the agent stays."""
    page, phone = seat
    desk = county.desk
    caller, citizen, talking = joined(county, page, phone)
    county.meet(citizen, talking)
    page.keyboard.press("Control+Alt+2")
    ringing = desk.wait_call(15)
    assert ringing.number == "119"
    ringing.answer()
    expect(page.locator("#ring")).to_contain_text("119", timeout=15_000)
    expect(page.locator("#ring")).to_contain_text(caller)
    speak(county, ringing, DESK_HZ, citizen)
    speak(county, ringing, DESK_HZ, talking)
    page.get_by_role("button", name="挂断").click()
    talking.wait("disconnected", 10)
    citizen.hangup()
    row = county.row(caller, disposition="emergency")
    assert [(one["service"], one["by"], one["outcome"]) for one in row["emergencies"]] == [("119", "agent", "answered")]


def test_a_second_desk_comes_into_the_room_and_nobody_leaves_it(county: County, seat: tuple[Page, Phone]) -> None:
    """R6: the first desk is busy, or both are needed; the agent stays in any case."""
    page, phone = seat
    desk = county.desk
    caller, citizen, talking = joined(county, page, phone)
    county.meet(citizen, talking)
    page.keyboard.press("Control+Alt+4")
    first = desk.wait_call(15, number="122")
    first.answer()
    speak(county, first, DESK_HZ, citizen)
    page.keyboard.press("Control+Alt+3")
    second = desk.wait_call(15, number="120")
    assert second.remote.user == caller
    second.answer()
    expect(page.locator("#ring")).to_contain_text("120", timeout=15_000)
    county.town.rest(3)
    assert [one.state for one in (citizen, talking, first, second)] == ["confirmed"] * 4
    speak(county, second, DESK_HZ, talking)
    page.get_by_role("button", name="挂断").click()
    talking.wait("disconnected", 10)
    citizen.hangup()
    row = county.row(caller, disposition="emergency")
    known = [(one["service"], one["outcome"]) for one in row["emergencies"]]
    assert known == [("122", "answered"), ("120", "answered")]


def test_a_citizen_is_called_by_click(county: County, seat: tuple[Page, Phone]) -> None:
    page, phone = seat
    number = new_number()
    page.get_by_label("电话号码", exact=True).fill(number)
    page.get_by_role("button", name="拨打", exact=True).click()
    own = phone.wait_call(15)
    own.answer()
    ringing = county.trunk.wait_call(15, number=number)
    assert ringing.remote.user == "12345"
    expect(page.locator("#ring")).to_contain_text(f"正在呼叫 {number}")
    ringing.answer()
    expect(page.locator("#ring")).to_have_text(f"通话中 {number}")
    county.meet(ringing, own)
    page.get_by_role("button", name="挂断").click()
    ringing.wait("disconnected", 10)
    row = county.row("8001", dialled=number)
    assert (row["direction"], row["disposition"]) == ("outbound", "answered")
