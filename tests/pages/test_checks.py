"""The pages of the office's sample (R34, R37) and of the figures of callbacks, with their exports."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect
from sqlalchemy import delete, update

from callback_survey import sampling
from callback_survey.hand_tables import CheckRow, DrawRow
from callback_survey.tables import AnswerRow, AttemptRow
from store.base import now
from tests.pages.calls_desk import Reader, equip
from tests.pages.conftest import Desk
from tests.reviewed import reviewed
from tickets.access import Action, Actor, Role
from tickets.records import TICKETS
from tickets.service import act
from tickets.tables import TicketUnitRow
from tickets.terms import Part, State

UNIT = Actor("swj-handler", Role.UNIT_HANDLER, "swj")
_PHONES = (str(13900020000 + number) for number in itertools.count())


@pytest.fixture
def drawn(desk: Desk) -> Iterator[tuple[list[Any], str]]:
    """What was dialled; and a ticket in the sample, whose citizen told the machine that the unit has not called."""
    dialled = equip(desk)
    number = reviewed(desk.store, next(_PHONES))
    with desk.store.begin() as session:
        session.execute(
            update(TICKETS).where(TICKETS.c.number == number).values(lead_unit="swj", state=State.SIGNED)
        )
        session.add(TicketUnitRow(number=number, unit="swj", part=Part.LEAD))
        act(session, number, Action.CONTACT, by=UNIT)
        sampling.draw(session, now().date(), 100, now())
        channel = f"survey-{number}-1"
        session.add(AttemptRow(channel=channel, ticket=number, number=1, phone="13900000001", call=channel,
                               started_at=now(), dialled_at=now(), outcome="surveyed"))  # fmt: skip
        for question, value, by in (("contacted", "no", "key"), ("satisfied", "4", "speech")):
            session.add(AnswerRow(call_id=channel, ticket=number, question=question, attempt=channel,
                                  questionnaire="callback", version="1", value=value, by=by, heard="", file="",
                                  at=now()))  # fmt: skip
    yield dialled, number
    with desk.store.begin() as session:
        for table in (CheckRow, DrawRow, AnswerRow, AttemptRow):
            session.execute(delete(table))
        # Without a number it is in no sample of the next test.
        session.execute(update(TICKETS).where(TICKETS.c.number == number).values(phone=""))


def test_r34_the_office_asks_and_the_system_compares(desk: Desk, drawn: Any, tabs: Any) -> None:
    dialled, number = drawn
    page = tabs(width=390, height=844).log_in("boss")
    page.goto("/checks")
    expect(page.get_by_role("row", name=number)).to_contain_text("县水务局")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("row", name=number).get_by_role("link").first.click()
    page.get_by_label("坐席").select_option("8002")
    page.get_by_role("button", name="呼叫群众").click()
    expect(page.get_by_role("status")).to_contain_text("正在呼叫坐席话机 8002")
    assert [one["Channel"] for one in dialled] == ["PJSIP/8002"]
    page.get_by_role("group", name="是否联系上").get_by_label("联系上", exact=True).check()
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("填写每一项回答")
    page.get_by_role("group", name="承办单位是否与您联系？").get_by_label("未联系").check()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("与承办单位所报不一致")
    page.get_by_label("状态").select_option("done")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_role("row", name=number)).to_contain_text("不一致")


def test_no_unit_sees_what_is_drawn(desk: Desk, drawn: Any) -> None:
    for name in ("water", "agent"):
        reader = Reader(desk, name)
        assert 'href="/checks"' not in reader.html
        for path in ("/checks", "/checks/1", "/callbacks/figures", "/callbacks/figures.csv"):
            reader.open(path)
            assert reader.status == 403
    reader = Reader(desk, "office")
    for path in ("/checks/0", "/checks/999999", "/checks/x", "/callbacks/figures.pdf"):
        reader.open(path)
        assert reader.status == 404


def test_the_figures_of_callbacks_and_their_exports(desk: Desk, drawn: Any, tabs: Any) -> None:
    reader = Reader(desk, "office")
    text = reader.open("/callbacks/figures")
    for shown in ("已拨打 1", "有人接听 1", "对办理结果是否满意？ 不满意 0 1 0 0", "县水务局 1 0 0.0% 0.0% 至 79.3%",
                  "县水务局 1 0 1 1 0.0%", "县水务局 联系群众 1 0 0 —"):  # fmt: skip
        assert shown in text
    reader.open("/callbacks/figures?since=2026-01-02&until=2026-01-01")
    assert reader.status == 422
    with reader.opener.open(f"{desk.base}/callbacks/figures.csv") as answer:
        table = list(csv.reader(io.StringIO(answer.read().decode("utf-8-sig"))))
    assert ["按承办单位的满意率", "县水务局", "1", "0.0", "0.0", "0.7935"] in table
    assert ["称未联系，台账没有通话", "县水务局", "1", "", "", ""] in table
    assert ["每题的回答", "对办理结果是否满意？ 不满意（语音）", "1", "", "", ""] in table
    with reader.opener.open(f"{desk.base}/callbacks/figures.xlsx") as answer:
        sheet = load_workbook(io.BytesIO(answer.read())).active
        assert sheet is not None
    assert [str(value) for value in next(sheet.iter_rows(values_only=True))] == table[0]
    assert sheet.max_row == len(table)
    page = tabs(width=390, height=844).log_in("office")
    page.goto("/callbacks/figures")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
