"""The page of the run of callbacks: its figures, pausing it, and that it follows by itself (R36)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, update

from callback_survey.schedule_tables import CallbackRow, PauseRow
from callback_survey.tables import AnswerRow, AttemptRow
from console.desk_callbacks import feed
from console.page import Services
from console.push import Listener
from store.base import now
from store.engine import Store
from tests.pages.calls_desk import Reader, equip
from tests.pages.conftest import Desk
from tests.reviewed import reviewed

PHONES = ("13900000001", "13900000002", "13900000003", "13900000004", "13900000005")


def attempt(ticket: str, outcome: str) -> AttemptRow:
    channel = f"survey-{ticket}-1"
    return AttemptRow(channel=channel, ticket=ticket, number=1, phone=PHONES[0], call=channel, started_at=now(),
                      dialled_at=now(), outcome=outcome)


def answer(ticket: str, question: str, value: str, by: str) -> AnswerRow:
    channel = f"survey-{ticket}-1"
    return AnswerRow(call_id=channel, ticket=ticket, question=question, attempt=channel, questionnaire="callback",
                     version="1", value=value, by=by, heard="", file="", at=now())


@pytest.fixture
def run(desk: Desk) -> Iterator[tuple[str, ...]]:
    """Callbacks: done, in progress, due now, due in three days, with a person."""
    equip(desk)
    numbers = tuple(reviewed(desk.store, phone) for phone in PHONES)
    done, going, _due, later, people = numbers
    values: dict[str, dict[str, Any]] = {
        done: {"stage": "done"}, going: {"stage": "calling"}, later: {"due_at": now() + timedelta(days=3)},
        people: {"stage": "people", "why": "unreached"},
    }
    with desk.store.begin() as session:
        for number, changed in values.items():
            session.execute(update(CallbackRow).where(CallbackRow.ticket == number).values(**changed))
        session.add_all([attempt(done, "surveyed"), attempt(going, ""), attempt(people, "no-answer")])
        session.add_all([answer(done, "satisfied", "2", "speech"), answer(going, "contacted", "no", "key")])
    yield numbers
    with desk.store.begin() as session:
        for table in (AttemptRow, AnswerRow, CallbackRow, PauseRow):
            session.execute(delete(table))


def test_the_page_shows_the_run_and_no_number_of_a_citizen(desk: Desk, run: tuple[str, ...]) -> None:
    reader = Reader(desk, "office")
    text = reader.open("/callbacks")
    assert reader.status == 200
    for shown in (
        "已拨打 3", "有人接听 1", "完成回访 1", "无人接听 1", "进行中 1", "今日应办 4 件，已办 2 件（50%）",
        "回访占用 1 路，上限 20 路", "中继现用 3 路，共 30 路，其中 10 路留给来电",
        f"{run[0]} 对办理结果是否满意？ 满意 语音", f"{run[1]} 承办单位是否与您联系？ 未联系 按键",
        f"{run[4]} 多次未联系上",
    ):  # fmt: skip
        assert shown in text
    waiting = text[text.index("接下来拨打"):text.index("待人工回访（")]
    assert waiting.index(run[2]) < waiting.index(run[3])
    assert not any(phone in reader.html for phone in PHONES)


def test_the_run_is_paused_and_resumed_by_forms_of_our_own_only(desk: Desk, run: tuple[str, ...]) -> None:
    reader = Reader(desk, "boss")
    reader.open("/callbacks")
    assert "已暂停拨打，正在进行的通话会打完" in reader.send("/callbacks/pause")
    assert "boss 于" in reader.text and "继续拨打" in reader.text
    with desk.store.reading() as session:
        assert session.get_one(PauseRow, "trunk").by == "boss"
    reader.send("/callbacks/resume", token="of-another-site")
    assert reader.status == 403
    reader.open("/callbacks")
    assert "正常拨打" in reader.send("/callbacks/resume")
    with desk.store.reading() as session:
        assert session.get(PauseRow, "trunk") is None


def test_r36_out_of_the_calling_hours_the_page_says_when_dialling_begins(desk: Desk, run: tuple[str, ...]) -> None:
    equip(desk, timedelta(days=1))
    text = Reader(desk, "boss").open("/callbacks")
    assert f"现在不在呼叫时段 {now() + timedelta(days=1):%Y-%m-%d}" in text and "正常拨打" not in text


def test_who_may_not_sees_no_run_and_stops_none(desk: Desk, run: tuple[str, ...]) -> None:
    reader = Reader(desk, "agent")
    assert 'href="/callbacks"' not in reader.html and 'href="/missed"' in reader.html
    for path in ("/callbacks", "/callbacks/feed"):
        reader.open(path)
        assert reader.status == 403
    reader.send("/callbacks/pause")
    assert reader.status == 403
    with desk.store.reading() as session:
        assert session.get(PauseRow, "trunk") is None


def test_a_feed_says_that_it_cannot_look(desk: Desk, run: tuple[str, ...], tmp_path: Path) -> None:
    """Without its tables the database gives nothing; with them the whole is told first, then when it was looked at."""
    empty = Store(f"sqlite:///{tmp_path / 'empty.db'}")

    async def first(services: Services) -> list[str]:
        messages = feed(cast(Listener, SimpleNamespace(services=services)))
        told = [(await anext(messages)).event]
        told += [(await anext(messages)).event] if told == ["shown"] else []
        await messages.aclose()
        return told

    assert desk.do(first(replace(desk.services, store=empty))) == ["late"]
    assert desk.do(first(desk.services)) == ["shown", "at"]
    empty.close()


def test_an_open_page_follows_by_itself_and_fits_a_telephone(desk: Desk, run: tuple[str, ...], tabs: Any) -> None:
    page = tabs(width=390, height=844).log_in("boss")
    page.goto("/callbacks")
    expect(page.get_by_label("今日进度")).to_have_attribute("value", "2")
    page.get_by_role("button", name="暂停拨打").focus()
    with desk.store.begin() as session:
        session.execute(update(CallbackRow).where(CallbackRow.ticket == run[2]).values(stage="done"))
        session.add(answer(run[2], "solved", "yes", "web"))
    expect(page.get_by_label("今日进度")).to_have_attribute("value", "3")
    expect(page.get_by_role("table", name="今日回答")).to_contain_text("已解决")
    expect(page.get_by_role("button", name="暂停拨打")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="暂停拨打").click()
    expect(page.get_by_role("heading", name="已暂停拨打")).to_be_visible()
