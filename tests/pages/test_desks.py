"""A ticket's life by pages alone: the citizen, the office, the unit, the citizen again; what is masked; lists."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy import select

from console.tables import AuditRow
from store.base import now
from tests.pages.conftest import Desk
from tickets.access import Action, Actor, Role
from tickets.intake import Submission, receive
from tickets.service import act, get
from tickets.terms import Channel, RequestType, State

OFFICE = Actor("office", Role.COUNTY_ADMIN)
PHOTO = b"\xff\xd8\xff\xe0" + b"made up" * 20


def filed(desk: Desk, subject: str, unit: str = "swj", **more: Any) -> str:
    """The number of a ticket that the water bureau, or another unit, has."""
    with desk.store.begin() as session:
        given = Submission(Channel.PHONE, now(), phone="13800000002", citizen_name="李小明", subject=subject,
                           request_type=RequestType.COMPLAINT, body=f"{subject}，请李小明处理", **more)
        number = receive(session, given, OFFICE).number
        act(session, number, Action.ACCEPT, by=OFFICE)
        act(session, number, Action.DISPATCH, by=OFFICE, unit=unit)
    return number


def move(page: Page, name: str, **typed: str) -> None:
    """Opens the move's form when it is closed, fills it by labels, sends it, and reads that it was done."""
    box = page.get_by_label("办理", exact=True).locator("details").filter(
        has=page.locator("summary", has_text=re.compile(f"^{name}$"))
    )
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    for label, value in typed.items():
        if value in ("是", "否"):
            box.get_by_role("group", name=label).get_by_label(value).check()
            continue
        widget = box.get_by_label(re.compile(f"^{label}"))
        if widget.evaluate("one => one.tagName") == "SELECT":
            widget.select_option(label=value)
        else:
            widget.fill(value)
    box.get_by_role("button", name=name).click()
    expect(page.get_by_role("status")).to_have_text(f"已办理：{name}")


def test_a_life_from_the_web_form_to_the_archive(desk: Desk, tabs: Any, tmp_path: Path) -> None:
    """R3, R12, R17, R18, R20, R23, R33, R35: every hand-over is made on a page."""
    photo = tmp_path / "漏水.jpg"
    photo.write_bytes(PHOTO)
    citizen = tabs(width=390, height=844).page
    citizen.goto("/submit")
    citizen.get_by_label("类型").select_option(label="求助")
    citizen.get_by_label("标题").fill("自来水停水三天")
    citizen.get_by_label("内容").fill("狮山镇城关路居民区停水三天，请尽快恢复。")
    citizen.get_by_label("您的姓名").fill("张三")
    citizen.get_by_label("联系电话").fill("12")
    citizen.get_by_label("附件").set_input_files(photo)
    citizen.get_by_role("button", name="提交").click()
    expect(citizen.get_by_role("alert")).to_contain_text("请填写手机号")
    assert citizen.get_by_label("标题").input_value() == "自来水停水三天"
    citizen.get_by_label("联系电话").fill("13800001234")
    film = tmp_path / "录像.mp4"
    film.write_bytes(b"\0" * 21 * 1024 * 1024)
    citizen.get_by_label("附件").set_input_files(film)
    assert "录像.mp4 超过 20 MB" in citizen.get_by_label("附件").evaluate("one => one.validationMessage")
    citizen.get_by_label("附件").set_input_files(photo)
    citizen.get_by_role("button", name="提交").click()
    number = citizen.locator("strong.secret").inner_text()

    office = tabs().log_in("office")
    expect(office.get_by_role("heading", name="热线办 · 今日办理")).to_be_visible()
    office.get_by_role("link", name=re.compile("^待受理")).click()
    office.get_by_role("link", name=number).click()
    expect(office.get_by_role("link", name="漏水.jpg")).to_be_visible()
    move(office, "受理", 事项="　城区供水")
    expect(office.get_by_text(re.compile("建议：.*县水务局")).first).to_be_visible()
    move(office, "派单", 承办单位="县水务局")

    water = tabs().log_in("water")
    expect(water.get_by_role("heading", name="县水务局 · 今日办理")).to_be_visible()
    water.get_by_role("link", name=number).click()
    move(water, "签收")
    move(water, "联系群众", 说明="已电话联系，上门查看")
    move(water, "申请延期", 工作日数="3", 理由="管网抢修需要等待配件")

    office.goto("/office?task=extension")
    office.get_by_role("link", name=number).click()
    move(office, "裁定延期", 同意延期="是", 理由="情况属实，同意延期", 工作日数="3")
    water.reload()
    move(water, "办结", 办理结果="管道已修复，恢复供水，群众确认。")
    office.goto(f"/tickets/{number}")
    move(office, "复核", 复核通过="是")
    move(office, "回访", 回访方式="人工回访", 满意度="5", 属实="是")
    move(office, "归档")

    citizen.goto("/query")
    citizen.get_by_label("工单编号").fill(number)
    citizen.get_by_label("登记电话的后四位").fill("1234")
    citizen.get_by_role("button", name="查询").click()
    expect(citizen.get_by_text("已归档")).to_be_visible()
    assert "张三" not in citizen.content() and "13800001234" not in citizen.content()
    with desk.store.reading() as session:
        assert get(session, number).state == State.CLOSED


def test_wrong_digits_lock_the_query(desk: Desk, tabs: Any) -> None:
    number = filed(desk, "路灯不亮")
    page = tabs().page
    page.goto("/query")
    for digits, told in (*(("9999", "不符"),) * 5, ("0002", "失败次数过多")):
        page.get_by_label("工单编号").fill(number)
        page.get_by_label("登记电话的后四位").fill(digits)
        page.get_by_role("button", name="查询").click()
        expect(page.get_by_role("alert")).to_contain_text(told)


def test_a_confidential_ticket_hides_the_citizen_from_the_unit_complained_of(desk: Desk, tabs: Any) -> None:
    number = filed(desk, "窗口态度恶劣", confidential=True, complained_unit="swj")
    page = tabs().log_in("water")
    page.goto(f"/tickets/{number}")
    expect(page.get_by_text("保密工单")).to_be_visible()
    assert "李小明" not in page.content() and "13800000002" not in page.content()
    page.goto("/unit?task=dispatched")
    row = page.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("＊＊＊")
    assert "李小明" not in row.inner_text() and "13800000002" not in row.inner_text()
    others = filed(desk, "河道淤塞", unit="gaj")
    page.goto("/tickets")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 Excel").click()
    sheet = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active
    assert sheet is not None
    found = {line[0]: line for line in sheet.iter_rows(values_only=True)}
    assert (found[number][7], found[number][8]) == ("＊＊＊", "＊＊＊") and others not in found
    with desk.store.reading() as session:
        entry = session.scalars(select(AuditRow).where(AuditRow.action == "export", AuditRow.account == "water")).one()
    assert number in entry.detail["tickets"] and others not in entry.detail["tickets"]
    office = tabs().log_in("office")
    office.goto(f"/tickets/{number}")
    expect(office.get_by_text("13800000002")).to_be_visible()


def test_a_unit_sees_no_other_units_ticket(desk: Desk, tabs: Any) -> None:
    number = filed(desk, "河道垃圾")
    page = tabs().log_in("police")
    page.goto(f"/tickets/{number}")
    expect(page.get_by_role("heading", name="查无此项")).to_be_visible()
    page.goto("/office")
    expect(page.get_by_role("alert")).to_contain_text("没有这项权限")


def test_who_acts_on_what_somebody_changed_is_told(desk: Desk, tabs: Any) -> None:
    number = filed(desk, "水质浑浊")
    page = tabs().log_in("water")
    page.goto(f"/tickets/{number}")
    with desk.store.begin() as session:
        act(session, number, Action.URGE, by=OFFICE)
    page.get_by_role("button", name="签收").click()
    expect(page.get_by_role("alert")).to_contain_text("刷新")


def test_lists_filter_page_and_export(desk: Desk, tabs: Any) -> None:
    for turn in range(55):
        filed(desk, f"=cmd|{turn}" if turn == 54 else f"污水外溢{turn}号")
    page = tabs().log_in("office")
    page.goto("/tickets")
    page.get_by_label("状态").select_option(label="已派单")
    page.wait_for_url("**state=dispatched**")
    assert page.locator("tbody tr").count() == 50
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_role("link", name="回第一页")).to_be_visible()
    page.goto("/tickets?q=污水外溢7号")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto("/tickets?state=dispatched")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 Excel").click()
    sheet = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active
    assert sheet is not None and sheet.max_row >= 56
    subjects = {cell.value: cell.data_type for cell in sheet["G"]}
    assert subjects["=cmd|54"] == "s"
