"""The page of figures: the numbers counted by hand, charts that are drawn, and what each figure means."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

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
