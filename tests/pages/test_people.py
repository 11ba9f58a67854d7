"""The pages of callbacks by people: the list, the call, what came of it, the form of a visit (R37, R39)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, update

from callback_survey.hand_tables import HandCallRow
from callback_survey.schedule_tables import CallbackRow
from callback_survey.settling import conclude
from console import accounts
from store.base import now
from tests.pages.calls_desk import Reader, equip
from tests.pages.conftest import PASSWORD, Desk
from tests.reviewed import reviewed
from tickets.access import Role
from tickets.deadlines import DEFAULT
from tickets.records import TICKETS
from tickets.service import get
from tickets.tables import TicketUnitRow
from tickets.terms import CallbackBy, Part

_PHONES = (str(13900010000 + number) for number in itertools.count())
UNHAPPY = {"contacted": "yes", "solved": "no", "truthful": "yes", "satisfied": "5"}
GOOD = {"contacted": "yes", "solved": "yes", "truthful": "yes", "satisfied": "2"}


@pytest.fixture(scope="module")
def liaison(desk: Desk) -> str:
    """The liaison (负责人) of the water bureau."""
    with desk.store.begin() as session:
        accounts.add(session, "liaison", [Role.UNIT_LIAISON], PASSWORD, "swj")
    return "liaison"


@pytest.fixture
def people(desk: Desk, liaison: str) -> Iterator[tuple[list[Mapping[str, str]], tuple[str, ...]]]:
    """What was dialled; and tickets: unhappy with the water bureau, unhappy with the police, not reached by machine."""
    dialled = equip(desk)
    numbers = tuple(reviewed(desk.store, next(_PHONES), "水管漏水") for _ in range(3))
    with desk.store.begin() as session:
        for number, unit in zip(numbers, ("swj", "gaj", "swj"), strict=True):
            session.execute(update(TICKETS).where(TICKETS.c.number == number).values(lead_unit=unit))
            session.add(TicketUnitRow(number=number, unit=unit, part=Part.LEAD))
        for number in numbers:
            if number != numbers[2]:
                conclude(session, number, UNHAPPY, CallbackBy.AUTO, DEFAULT, now())
            why = "unreached" if number == numbers[2] else "unhappy"
            session.execute(
                update(CallbackRow).where(CallbackRow.ticket == number).values(stage="people", why=why, due_at=now())
            )
    yield dialled, numbers
    with desk.store.begin() as session:
        for table in (HandCallRow, CallbackRow):
            session.execute(delete(table))


def test_r37_the_office_sees_all_the_unit_its_own_unhappy_citizens(desk: Desk, people: Any) -> None:
    _, (water, police, unreached) = people
    office = Reader(desk, "office")
    text = office.open("/people")
    for number, why, said in ((water, "不满意", "非常不满意"), (police, "不满意", "非常不满意"),
                              (unreached, "多次未联系上", "—")):  # fmt: skip
        assert f"{number} 水管漏水 {why}" in text and said in text
    assert police not in office.open("/people?unit=swj")
    unit = Reader(desk, "liaison")
    text = unit.open("/people")
    assert water in text and police not in text and unreached not in text
    for path in (f"/people/{police}", "/people?unit=gaj"):
        unit.open(path)
        assert unit.status in (403, 404)
    handler = Reader(desk, "water")
    handler.open("/people")
    assert handler.status == 403


def test_r37_a_call_rings_the_agent_and_its_result_moves_the_ticket(desk: Desk, people: Any) -> None:
    dialled, (water, *_) = people
    reader = Reader(desk, "office")
    reader.open(f"/people/{water}")
    assert "正在呼叫坐席话机 8001" in reader.send(f"/people/{water}/call", agent="8001")
    with desk.store.reading() as session:
        phone = get(session, water).phone
    assert [(one["ChannelId"], one["Channel"], one["Exten"]) for one in dialled] == [
        (f"hand-{water}-1", "PJSIP/8001", phone)
    ]
    text = reader.send(f"/people/{water}/record", means="person", result="reached", satisfied="2")
    assert reader.status == 422 and "已回访的要填写每一项回答" in text
    text = reader.send(f"/people/{water}/record", means="person", result="reached", note="已修好", **GOOD)
    assert f"工单 {water} 的回访已登记" in text
    with desk.store.reading() as session:
        ticket = get(session, water)
    assert (ticket.satisfied, ticket.callback_by) == (2, CallbackBy.PERSON)
    text = reader.open(f"/tickets/{water}")
    assert "人工回访" in text and "说明 已修好" in text
    reader.open(f"/people/{water}")
    assert reader.status == 404


def test_r39_a_visit_is_filled_in_by_keyboard_on_a_narrow_screen(desk: Desk, people: Any, tabs: Any) -> None:
    _, (water, *_) = people
    page = tabs(width=390, height=844).log_in("liaison")
    page.goto("/people")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name=water).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="打印当面回访登记表").click()
    expect(page.get_by_role("row", name="群众签字")).to_be_visible()
    expect(page.get_by_role("row", name="承办单位 县水务局")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="返回").click()
    expect(page.get_by_label("坐席")).to_have_count(0)
    page.get_by_label("当面回访", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_role("combobox", name="结果").select_option(label="已回访")
    for group, choice in (("承办单位是否与您联系？", "已联系"), ("问题是否解决？", "已解决"),
                          ("答复情况是否属实？", "属实"), ("对办理结果是否满意？", "满意")):  # fmt: skip
        page.get_by_role("group", name=group).get_by_label(choice, exact=True).check()
    page.get_by_label("地点").fill("狮山镇文化路 1 号")
    page.get_by_label("会同人员").fill("热线办 小李")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("回访已登记")
    page.goto(f"/tickets/{water}")
    expect(page.get_by_role("region", name="回访", exact=True)).to_contain_text("热线办 小李")
    with desk.store.reading() as session:
        ticket = get(session, water)
    assert (ticket.callback_by, ticket.satisfied) == (CallbackBy.VISIT, 5)
