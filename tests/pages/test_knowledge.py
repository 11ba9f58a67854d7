"""The knowledge base as pages (R16): searched, written, run out, and answered from on a ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from playwright.sync_api import expect

from store.base import now
from tickets.access import Actor, Role
from tickets.intake import Submission, receive
from tickets.knowledge import articles, expiry
from tickets.knowledge.links import grounds_of
from tickets.terms import Channel

OFFICE = Actor("office", Role.COUNTY_ADMIN)


def test_an_empty_knowledge_base_offers_what_is_shipped(tabs: Any) -> None:
    page = tabs().log_in("office")
    page.goto("/knowledge")
    page.get_by_role("button", name="放入起始条目").click()
    expect(page.get_by_role("row").filter(has_text="咨询类工单多久办结")).to_be_visible()


def test_an_agent_finds_and_reads_but_does_not_write(tabs: Any) -> None:
    page = tabs().log_in("agent")
    page.get_by_role("link", name="知识库").click()
    page.get_by_label("要找的字词").fill("咨询多久办结")
    page.get_by_label("要找的字词").press("Enter")
    first = page.locator("ol.hits li").first
    expect(first).to_contain_text("咨询类工单多久办结")
    expect(first.locator("mark").first).to_be_visible()
    first.get_by_role("link").click()
    expect(page.get_by_text("5个工作日内办结")).to_be_visible()
    assert page.get_by_role("link", name="修改").count() == 0
    assert page.goto("/knowledge/consult-term/edit").status == 403  # type: ignore[union-attr]


def test_the_office_writes_publishes_and_changes(tabs: Any, desk: Any) -> None:
    page = tabs().log_in("office")
    page.goto("/knowledge/new/article")
    page.get_by_label("标题").fill("蚕桑补贴怎么领")
    page.get_by_label("正文").fill("向乡镇蚕桑站申报。")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_label("正文")).to_have_value("向乡镇蚕桑站申报。")  # the source is missing: nothing is lost
    page.get_by_label("依据").fill("县蚕桑发展办法")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status")).to_contain_text("草稿")
    page.get_by_role("link", name="修改").click()
    page.get_by_label("状态").select_option("published")
    page.get_by_role("button", name="保存为第 2 版").click()
    expect(page.get_by_role("status")).to_contain_text("第 2 版：已发布")
    agent = tabs().log_in("agent")
    agent.goto("/knowledge?q=蚕桑补贴")
    expect(agent.locator("ol.hits li").first).to_contain_text("蚕桑补贴怎么领")


def test_what_runs_out_is_shown_to_the_office(tabs: Any, desk: Any) -> None:
    with desk.store.begin() as session:
        until = (now().date() + timedelta(days=5)).isoformat()
        given = {"title": "临时水价", "text": "每吨三元。", "source": "通知", "valid_until": until}
        articles.add(session, given | {"state": "published"}, by=OFFICE, at=now())
        expiry.sweep(session, now().date())
    page = tabs().log_in("office")
    page.goto("/office")
    page.get_by_role("link", name="知识库有 1 个条目即将到期或已过期").click()
    expect(page.get_by_role("row").filter(has_text="临时水价")).to_contain_text("即将到期")


def test_a_direct_answer_names_its_article(tabs: Any, desk: Any) -> None:
    """R16: the articles the subject finds are offered; what was ticked is shown on the ticket, by version."""
    with desk.store.begin() as session:
        draft = Submission(Channel.PHONE, now(), phone="13800000009", subject="投诉多久办结")
        number = receive(session, draft).number
    page = tabs().log_in("agent")
    page.goto(f"/tickets/{number}")
    page.locator("summary", has_text="话务员直接答复").click()
    form = page.locator(f'form[action="/tickets/{number}/answer"]')
    form.get_by_label("求助、投诉、举报、建议多久办结").check()
    form.get_by_label("其他条目编号").fill("working-days, query-progress")
    form.get_by_label("办理结果").fill("15个工作日。")
    form.get_by_label("诉求类型").select_option("consult")
    form.get_by_role("button").click()
    expect(page.get_by_role("heading", name="答复依据")).to_be_visible()
    with desk.store.begin() as session:
        assert {one.code for one in grounds_of(session, number)} == {"resolve-term", "working-days", "query-progress"}
    page.get_by_role("link", name="办理期限里的工作日怎么算").click()
    expect(page.get_by_text("据此答复过 1 件")).to_be_visible()
