"""The registry, the calendar, accounts and the audit log as pages; who sees which."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.pages.conftest import Desk
from tickets.units import Unit, put_units


def test_the_calendar_shows_special_days_and_explains_a_term(tabs: Any) -> None:
    """R22, R25: the holiday is marked and pushes the term on."""
    page = tabs().log_in("auditor")
    page.goto("/calendar?month=2026-10")
    expect(page.locator("td.holiday").first).to_contain_text("国庆")
    page.get_by_label("派单日期").fill("2026-09-30")
    page.get_by_role("button", name="计算").click()
    expect(page.get_by_text("办结（15 个工作日）")).to_be_visible()
    assert page.get_by_role("row").filter(has_text="不计").count() >= 7


def test_an_admin_makes_an_account_whose_first_password_is_shown_once(tabs: Any) -> None:
    page = tabs().log_in("admin")
    page.get_by_role("link", name="账号管理").click()
    page.get_by_label("账号", exact=False).last.fill("newcomer")
    page.get_by_label("话务员").check()
    page.get_by_role("button", name="建立账号").click()
    password = page.locator("code.secret").inner_text()
    expect(tabs().log_in("newcomer", password).get_by_role("heading", name="修改口令")).to_be_visible()
    page.goto("/accounts")
    assert password not in page.content()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="停用 newcomer").click()
    expect(page.get_by_role("row").filter(has_text="newcomer")).to_contain_text("停用")


def test_the_audit_log_is_the_auditors(tabs: Any) -> None:
    page = tabs().log_in("auditor")
    page.goto("/units")
    page.goto("/audit?account=auditor")
    expect(page.get_by_text("/units").first).to_be_visible()
    agent = tabs().log_in("agent")
    agent.goto("/audit")
    expect(agent.get_by_role("alert")).to_contain_text("没有这项权限")
    assert agent.get_by_role("link", name="审计记录").count() == 0


def test_the_registry_has_pages(desk: Desk, tabs: Any) -> None:
    with desk.store.begin() as session:
        put_units(session, [Unit(f"测试单位{place}", f"zz{place:03}") for place in range(60)])
    page = tabs().log_in("auditor")
    page.goto("/units?q=测试单位")
    expect(page.get_by_text("60 个单位")).to_be_visible()
    assert page.locator("tbody tr").count() == 50
    page.get_by_role("link", name="下一页").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    expect(page.get_by_role("link", name="下一页")).to_have_count(0)
    expect(page.get_by_text("60 个单位")).to_be_visible()
    page.get_by_role("link", name="回第一页").click()
    expect(page.locator("tbody tr")).to_have_count(50)
