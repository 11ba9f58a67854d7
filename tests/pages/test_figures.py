"""Statistics, hot topics, ranking and bulletin in a browser: the hand-counted month, by who may see what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from docx import Document
from playwright.sync_api import Browser, Page, expect

from console import accounts, desk_bulletin, desk_figures, desk_ranking
from figures import snapshots
from figures.core import FIGURES
from figures.ranking import Terms
from figures.snapshots import Policy
from tests.counted import HAND, HOUSING, OCTOBER, WATER, at, fill_only, ticket
from tests.pages.conftest import PASSWORD, Desk, Tab
from tests.pages.test_lists import rows
from tickets import narrowing
from tickets.access import Actor, Role

NOW = at("11-10 09:00")
SEPTEMBER = OCTOBER.before()
MONTH = "since=2026-10-01&until=2026-10-31"
OFFICE = Actor("office", Role.COUNTY_ADMIN)


@pytest.fixture(scope="module", autouse=True)
def tenth_of_november() -> Iterator[None]:
    """The day from which the month was counted by hand."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (desk_figures, desk_ranking, desk_bulletin, narrowing):
            patch.setattr(module, "now", lambda: NOW)
        yield


@pytest.fixture(scope="module")
def filled(desk: Desk) -> Desk:
    """The month, six tickets more in its September with a word in common, and two accounts."""
    with desk.store.begin() as session:
        fill_only(session)
        session.add_all(
            ticket(n, "09-10 09:00", subject="电梯故障", body="李某某 13800000001", matter="0204")
            for n in range(31, 37)
        )
        accounts.add(session, "county", [Role.LEADER], PASSWORD)
        accounts.add(session, "housing", [Role.UNIT_LEADER], PASSWORD, HOUSING)
    return desk


def tile(page: Page, label: str) -> str:
    return page.get_by_label("主要指标").locator(".tile", has_text=label).locator(".figure").inner_text()


def test_the_month_in_figures_and_the_tickets_behind_them(filled: Desk, browser: Browser) -> None:
    """Every number of the page is the hand's; one leads to as many tickets."""
    tab = Tab(browser, filled.base)
    page = tab.log_in("office")
    page.goto(f"/figures?{MONTH}")
    expect(page.locator("h1")).to_have_text("统计分析")
    expect(page.locator("figure .drawing svg")).to_have_count(2)
    assert tile(page, "受理量") == str(HAND["accepted"])
    assert tile(page, "按时办结率") == f"{HAND['on_time_pct']}%"
    assert tile(page, "满意率") == f"{HAND['satisfied_pct']}%"
    unit = page.get_by_role("region", name="按承办单位").get_by_role("row", name="县水务局")
    assert unit.locator("td").first.inner_text() == "4"
    unit.get_by_role("link", name="4", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("工单")
    expect(page.locator(".head .hint")).to_have_text("共 4 件")
    expect(page.locator("main tbody tr")).to_have_count(4)
    page.go_back()
    page.select_option("#f-by", "matter")
    page.wait_for_url("**by=matter**")
    page.get_by_role("region", name="按事项").get_by_role("link", name="供水供电").click()
    expect(page.get_by_role("region", name="按事项").locator("tbody th")).to_have_count(1)
    page.goto("/figures/help")
    expect(page.get_by_role("row", name="满意率 满意量 ÷ 满意评价量", exact=True)).to_be_visible()
    assert tab.faults == []


def test_the_figures_come_out_as_they_are_shown(filled: Desk, browser: Browser) -> None:
    """Every figure of the month, its days and its units; a unit's own alone."""
    found = rows(Tab(browser, filled.base).log_in("office"), f"/figures?{MONTH}")
    names = [one.label + ("（%）" if one.of else "") for one in FIGURES]
    assert list(found[0]) == ["表", "名称", *names]
    whole = dict(zip([one.name for one in FIGURES], found[1][2:], strict=True))
    assert {name: whole[name] for name in HAND} == {
        name: "" if value is None else str(value) for name, value in HAND.items()
    }
    assert [row[0] for row in found[3:34]] == ["日"] * 31
    assert [row[2] for row in found[34:] if row[:2] == ("承办单位", "县水务局")] == ["4"]
    mine = rows(Tab(browser, filled.base).log_in("housing"), f"/figures?{MONTH}&by=unit")
    assert {row[1] for row in mine[34:]} == {"县住房和城乡建设局"}


def test_a_unit_sees_its_own_figures_alone(filled: Desk, browser: Browser) -> None:
    page = Tab(browser, filled.base).log_in("housing")
    page.goto(f"/figures?{MONTH}")
    assert tile(page, "受理量") == "3"
    expect(page.locator("#f-unit")).to_have_count(0)
    assert page.goto(f"/figures?{MONTH}&unit={WATER}").status == 403  # type: ignore[union-attr]
    assert page.goto(f"/tickets?{MONTH}&figure=returned").status == 403  # type: ignore[union-attr]
    for path in ("/figures/topics", "/bulletin", "/bulletin.xlsx"):
        assert page.goto(path).status == 403  # type: ignore[union-attr]


def test_hot_topics_lead_to_their_tickets(filled: Desk, browser: Browser) -> None:
    page = Tab(browser, filled.base).log_in("boss")
    page.goto("/figures/topics?since=2026-09-01&until=2026-09-30")
    row = page.get_by_role("region", name="热点词").get_by_role("row", name="电梯故障")
    expect(row).to_contain_text("明显上升")
    row.get_by_role("link", name="6", exact=True).click()
    expect(page.locator("h1")).to_have_text("工单 · 含“电梯故障”")
    expect(page.locator("main tbody tr")).to_have_count(6)
    page.goto(f"/figures/topics?{MONTH}")
    assert "贪污" not in page.locator("main").inner_text()


def test_a_ranking_is_frozen_appealed_ruled_on_and_published(filled: Desk, browser: Browser) -> None:
    page = Tab(browser, filled.base).log_in("office")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/ranking?{MONTH}")
    page.get_by_role("button", name="固化排名").click()
    expect(page.get_by_role("status")).to_contain_text("已固化")
    address = page.url
    expect(page.get_by_role("region", name="排名").locator("tbody tr")).to_have_count(2)
    unit = Tab(browser, filled.base).log_in("housing")
    unit.goto(address)
    expect(unit.get_by_role("region", name="排名").locator("tbody tr")).to_have_count(1)
    unit.get_by_label("申诉理由").fill("群众电话停机")
    unit.get_by_role("button", name="提交申诉").click()
    expect(unit.get_by_role("status")).to_contain_text("已提交")
    expect(unit.get_by_label("申诉理由")).to_have_count(0)
    page.goto(address)
    page.get_by_label("申诉成立").check()
    page.get_by_label("裁定说明").fill("核实属实")
    page.get_by_role("button", name="裁定").click()
    expect(page.get_by_role("region", name="排名")).to_contain_text("申诉成立")
    expect(page.get_by_role("button", name="发布排名")).to_have_count(0)  # the days for appeals are not over


def test_a_leader_reads_the_month(filled: Desk, browser: Browser) -> None:
    tab = Tab(browser, filled.base, 390, 844)
    page = tab.log_in("county")
    page.wait_for_url("**/bulletin")
    page.goto("/bulletin?month=2026-10")
    expect(page.locator("h1")).to_have_text("武定县12345政府服务热线运行月报（2026年10月）")
    expect(page.locator("main")).to_contain_text(f"受理{HAND['accepted']}件")
    assert page.locator("figure .drawing svg").count() >= 4
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    text = page.locator("main").inner_text()
    assert not [secret for secret in ("王小明", "13800000001", "贪污", "李某某") if secret in text]
    expect(page.get_by_role("button", name="加入月报")).to_have_count(0)
    for form in ("Excel", "Word", "网页"):
        with page.expect_download() as saved:
            page.get_by_role("link", name=f"导出 {form}" if form != "网页" else "导出网页").click()
        assert saved.value.path().stat().st_size > 5_000
        if form == "Word":
            told = Document(str(saved.value.path()))
            assert HAND["accepted"] in {int(row.cells[1].text) for row in told.tables[0].rows[1:3]}
    assert tab.faults == []


def test_the_office_adds_what_a_third_party_found(filled: Desk, browser: Browser) -> None:
    page = Tab(browser, filled.base).log_in("office")
    page.goto("/bulletin?month=2026-10")
    page.get_by_label("题目").fill("第三方评估")
    page.get_by_label("来源").fill("某研究机构")
    page.get_by_label("内容").fill("总体满意率百分之八十七")
    page.get_by_role("button", name="加入月报").click()
    expect(page.get_by_role("region", name="第三方评估与说明").first).to_contain_text("百分之八十七")
    page.get_by_role("button", name="删去 第三方评估").click()
    expect(page.get_by_role("status")).to_contain_text("删去")
    page.goto("/bulletin?month=2099-01")
    expect(page.locator("main")).to_contain_text("还没有开始")


def test_a_published_ranking_is_in_the_bulletin(filled: Desk, browser: Browser) -> None:
    with filled.store.begin() as session:
        number = snapshots.freeze(session, SEPTEMBER, OFFICE, NOW, Policy(Terms(least=1)))
        snapshots.publish(session, number, OFFICE, NOW + timedelta(days=8))
    page = Tab(browser, filled.base).log_in("county")
    page.goto("/bulletin?month=2026-09")
    expect(page.get_by_role("region", name="承办单位排名")).to_contain_text("县水务局")
