"""The page of figures: the numbers counted by hand, charts that are drawn, and what each figure means."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Browser, expect
from sqlalchemy import delete

from callqueue.tables import CallRow
from store.base import now
from tests.pages.calls_desk import Reader
from tests.pages.conftest import Desk, Tab
from tests.unit.test_figures import CALLS, HAND, copy

DAY = "since=2026-07-06&until=2026-07-06"


def fill(desk: Desk) -> None:
    with desk.store.begin() as session:
        session.add_all(map(copy, CALLS))


def test_the_day_in_charts_and_a_table(desk: Desk, browser: Browser) -> None:
    fill(desk)
    tab = Tab(browser, desk.base)
    page = tab.log_in("boss")
    page.goto(f"/reports?{DAY}&period=quarter")
    expect(page.locator("h1")).to_have_text("话务报表")
    expect(page.locator("figure .drawing svg")).to_have_count(2)
    total = page.get_by_role("region", name="合计")
    heads = total.locator("thead th").all_inner_texts()
    cells = dict(zip(heads, total.locator("tbody td").all_inner_texts(), strict=True))
    assert cells["请求人工量"] == str(HAND["offered"])
    assert cells["接通率"] == f"{HAND['connection_pct']}%"
    assert cells["等待P90"] == f"{HAND['wait_p90']} 秒"
    assert cells["平均话后整理"] == "—"
    rows = page.get_by_role("region", name="按时段").locator("tbody th").all_inner_texts()
    assert rows == [f"2026-07-06 {clock}" for clock in ("08:00", "08:15", "08:30", "09:00")]
    page.select_option("#f-by", "queue")
    page.wait_for_url("**by=queue**")
    groups = page.get_by_role("region", name="合计").locator("tbody th").all_inner_texts()
    assert groups == ["—", "consult", "request", "yi"]
    page.goto("/reports/help")
    expect(page.get_by_role("row", name="接通率 人工接通量 ÷ 请求人工量", exact=True)).to_be_visible()
    assert tab.faults == []


def test_what_cannot_be_shown_is_said(desk: Desk, browser: Browser) -> None:
    page = Tab(browser, desk.base).log_in("boss")
    page.goto("/reports?since=2026-07-06&until=2026-07-01")
    expect(page.locator("main")).to_contain_text("起止日期")
    page.goto("/reports?since=2020-01-01&until=2020-01-01")
    expect(page.locator("main")).to_contain_text("这段时间没有通话")
    page = Tab(browser, desk.base).log_in("agent")
    assert page.goto("/reports").status == 403  # type: ignore[union-attr]


def test_the_figures_are_saved_as_files(desk: Desk) -> None:
    reader = Reader(desk, "boss")
    reader.open(f"/reports?{DAY}&period=quarter&by=queue")
    assert "/reports/file/xlsx?since=2026-07-06&amp;until=2026-07-06&amp;period=quarter&amp;by=queue" in reader.html
    reader.open("/reports/file/csv?since=2020-01-01&until=2020-01-01")
    assert reader.html.lstrip("\ufeff").startswith("period,of,inbound,") and reader.status == 200
    reader.open("/reports/file/pdf")
    assert reader.status == 404


def test_agents_are_planned_from_the_past_and_from_what_would_be(desk: Desk) -> None:
    began = next(row for row in CALLS if row.queued_at is not None).started_at
    weeks = (now().date() - began.date()).days // 7 if now() > began else 0
    shift = timedelta(weeks=weeks - (0 if now().weekday() != began.weekday() else 1))
    rows = []
    for number, row in enumerate(map(copy, CALLS)):
        row.call_id = f"staffing-{number}"
        for name in ("started_at", "answered_at", "ended_at", "queued_at", "agent_at"):
            moment = getattr(row, name)
            setattr(row, name, moment and moment + shift)
        rows.append(row)
    try:
        with desk.store.begin() as session:
            session.add_all(rows)
        reader = Reader(desk, "boss")
        usual = reader.open("/reports/staffing?weeks=1")
        assert "Erlang C" in usual and "08:00" in usual and "+" not in usual.split("每小时所需坐席（排班）")[1]
        otherwise = reader.open("/reports/staffing?weeks=1&growth=900&handling=600")
        assert "+" in otherwise.split("每小时所需坐席（排班）")[1]
        assert "应为1至52" in reader.open("/reports/staffing?weeks=0") and reader.status == 422
    finally:
        with desk.store.begin() as session:
            session.execute(delete(CallRow).where(CallRow.call_id.startswith("staffing-")))
