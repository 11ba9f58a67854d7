"""Lists filter, sort and come out as spreadsheets that hold what is shown; the page of messages (R3)."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from channels.incoming import Message, take
from store.base import now
from tickets.access import Action, Actor, Role
from tickets.intake import Submission, receive
from tickets.service import act
from tickets.terms import Channel, RequestType


def rows(page: Page, address: str) -> list[tuple[Any, ...]]:
    """The rows of the spreadsheet behind the page's button."""
    page.goto(address)
    with page.expect_download() as saved:
        page.get_by_role("link", name="导出 Excel").click()
    with open(saved.value.path(), "rb") as file:
        book = openpyxl.load_workbook(io.BytesIO(file.read()))
    return [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]


@pytest.fixture(scope="module", autouse=True)
def came(desk: Any) -> None:
    with desk.store.begin() as session:
        for place, text in enumerate(("路灯不亮", "=1+1 井盖坏了")):
            phone = f"1380000000{place}"
            message = Message(Channel.SMS, f"m{place}", phone, now(), text, phone=phone)
            take(session, message, desk.services.folder)


def test_messages_are_listed_with_their_tickets_and_figures(tabs: Any) -> None:
    page = tabs().log_in("office")
    page.get_by_role("link", name="消息").click()
    expect(page.get_by_role("row").filter(has_text="路灯不亮").first).to_contain_text("登记为工单")
    expect(page.get_by_role("region", name="应答情况")).to_contain_text("短信")
    page.get_by_label("结果").select_option("waiting")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_role("row").filter(has_text="待发送")).to_have_count(2)
    found = rows(page, "/messages?fate=filed")
    assert found[0][0] == "时间" and [row[6] for row in found[1:]] == ["=1+1 井盖坏了", "路灯不亮"]
    assert rows(page, "/messages?fate=filed&sort=oldest")[1:] == found[:0:-1]


def test_the_registers_come_out_as_they_are_narrowed(tabs: Any) -> None:
    office = tabs().log_in("office")
    assert any("水务" in str(row) for row in rows(office, "/units?q=水务"))
    assert not any("公安" in str(row) for row in rows(office, "/units?q=水务"))
    admin = tabs().log_in("admin")
    names = [row[0] for row in rows(admin, "/accounts?q=wat")]
    assert names == ["账号", "water"]
    auditor = tabs().log_in("auditor")
    assert all(row[1] in ("账号", "admin") for row in rows(auditor, "/audit?account=admin"))


def test_the_day_of_the_office_comes_out_too(tabs: Any) -> None:
    page = tabs().log_in("office")
    found = rows(page, "/office?task=draft")
    assert len(found) == 3 and {row[1] for row in found[1:]} == {"待受理"}
    page.get_by_label("排序").select_option("old")
    expect(page).to_have_url(re.compile("sort=old"))
    turned = rows(page, page.url)
    assert turned[1:] == found[:0:-1]
    assert rows(page, "/office?task=draft&type=help")[1:] == []
    assert page.goto("/office?task=draft&sort=due").status == 422  # type: ignore[union-attr]
    water = tabs().log_in("water")
    assert water.goto("/messages").status == 403  # type: ignore[union-attr]


def test_the_audit_log_is_read_from_either_end(tabs: Any) -> None:
    auditor = tabs().log_in("auditor")
    newest = [row[0] for row in rows(auditor, "/audit")[1:]]
    assert newest == sorted(newest, reverse=True) and len(newest) > 1
    oldest = rows(auditor, "/audit?sort=oldest&action=accounts")[1:]
    assert [row[0] for row in oldest] == sorted(row[0] for row in oldest) and {row[3] for row in oldest} == {"账号管理"}
    assert rows(auditor, "/audit?until=2020-01-01")[1:] == []


def test_r26_a_unit_reads_what_it_gave_back(desk: Any, tabs: Any) -> None:
    """Also when another has the ticket now: then without a way to it."""
    handler, office = Actor("water", Role.UNIT_HANDLER, "swj"), Actor("office", Role.COUNTY_ADMIN)
    numbers = []
    for reason in ("由供电局负责，不属我单位职责", "由公路段负责，不属我单位职责"):
        with desk.store.begin() as session:
            given = Submission(Channel.WEB, now(), phone=f"1381112000{len(numbers)}", request_type=RequestType.HELP,
                               subject="路灯不亮", territory="532329-01", matter="0204")  # fmt: skip
            number = receive(session, given, office).number
            act(session, number, Action.ACCEPT, by=office)
            act(session, number, Action.DISPATCH, by=office, unit="swj")
            act(session, number, Action.RETURN, by=handler, reason=reason)
        numbers.append(number)
    with desk.store.begin() as session:
        act(session, numbers[0], Action.RULE, by=office, upheld=True, unit="zfj", reason="改派执法局办理")
    page = tabs(width=390, height=844).log_in("water")
    page.get_by_role("link", name="退回记录").click()
    gone, still = (page.get_by_role("row").filter(has_text=number) for number in numbers)
    expect(gone).to_contain_text("改派执法局办理")
    expect(gone.get_by_role("link")).to_have_count(0)
    expect(still.get_by_role("link", name=numbers[1])).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = rows(page, "/returns?ruling=upheld")
    assert [row[0] for row in found] == ["工单", numbers[0]] and found[1][7] == "同意退回"
    assert page.goto("/returns?unit=gaj").status == 403  # type: ignore[union-attr]


def test_r16_the_knowledge_base_comes_out_as_it_is_narrowed(tabs: Any) -> None:
    page = tabs().log_in("office")
    page.goto("/knowledge")
    page.get_by_role("button", name="放入起始条目").click()
    whole = rows(page, "/knowledge")
    some = rows(page, "/knowledge?q=回访")
    assert 1 < len(some) < len(whole) and some[0] == whole[0]
    assert {row[0] for row in some} < {row[0] for row in whole}
    assert rows(page, "/knowledge?state=withdrawn")[1:] == []
