"""Logging in: password, first password, second factor, forms that are not ours, sessions that end."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from typing import Any

import pyotp
from playwright.sync_api import expect
from sqlalchemy import select, update

from console import accounts
from console.tables import AccountRow, AuditRow, SessionRow
from store.base import now
from tests.pages.conftest import PASSWORD, Desk
from tickets.access import Role


def test_log_in_and_out(desk: Desk, tabs: Any) -> None:
    tab = tabs()
    page = tab.log_in("auditor")
    expect(page.get_by_role("link", name="auditor")).to_be_visible()
    cookie = next(one for one in tab.context.cookies() if one["name"] == "hotline_session")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)
    with desk.store.reading() as session:
        assert cookie["value"] not in list(session.scalars(select(SessionRow.hash)))
        assert session.scalar(select(AuditRow.status).where(AuditRow.account == "auditor", AuditRow.action == "login"))
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_text("已退出登录")).to_be_visible()
    page.goto("/account")
    assert "/login?back=" in page.url


def test_a_wrong_password_is_said_and_the_fifth_locks(desk: Desk, tabs: Any) -> None:
    with desk.store.begin() as session:
        accounts.add(session, "guessed", [Role.AUDITOR], PASSWORD)
    tab = tabs()
    for _turn in range(5):
        page = tab.log_in("guessed", "wrong password")
        expect(page.get_by_role("alert")).to_have_text("账号或口令不对")
        assert page.get_by_label("账号").input_value() == "guessed" and page.get_by_label("口令").input_value() == ""
    page = tab.log_in("guessed")
    expect(page.get_by_role("alert")).to_contain_text("锁定")
    page = tabs().log_in("admin")
    page.goto("/accounts?q=guessed")
    expect(page.get_by_role("row").filter(has_text="guessed")).to_contain_text("锁定至")
    with desk.store.begin() as session:
        session.execute(update(AccountRow).values(locked_until=now()))
    page.reload()
    expect(page.get_by_role("row").filter(has_text="guessed")).not_to_contain_text("锁定")


def test_the_first_password_is_changed_before_anything_else(desk: Desk, tabs: Any) -> None:
    with desk.store.begin() as session:
        accounts.add(session, "fresh", [Role.AUDITOR], "first password", first=True)
    page = tabs().log_in("fresh", "first password")
    expect(page.get_by_role("heading", name="修改口令")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_role("heading", name="修改口令")).to_be_visible()
    page.get_by_label("现在的口令").fill("first password")
    for name in ("新口令", "再输一次新口令"):
        page.get_by_label(name, exact=True).or_(page.get_by_label(re.compile(f"^{name}"))).first.fill("1234567890")
    page.get_by_role("button", name="修改口令").click()
    expect(page.get_by_role("alert")).to_contain_text("太容易猜到")
    page.get_by_label("现在的口令").fill("first password")
    for name in ("新口令", "再输一次新口令"):
        page.get_by_label(name, exact=True).or_(page.get_by_label(re.compile(f"^{name}"))).first.fill("second password")
    page.get_by_role("button", name="修改口令").click()
    expect(page.get_by_role("status")).to_contain_text("口令已修改")
    expect(tabs().log_in("fresh", "second password").get_by_role("link", name="fresh")).to_be_visible()


def test_the_second_factor_is_set_up_asked_for_and_taken_once(desk: Desk, tabs: Any) -> None:
    with desk.store.begin() as session:
        accounts.add(session, "careful", [Role.AUDITOR], PASSWORD)
    page = tabs().log_in("careful")
    page.goto("/account/second-factor")
    secret = page.locator("code.secret").inner_text()
    code = pyotp.TOTP(secret).now()
    page.get_by_label("验证码").fill(code)
    page.get_by_role("button", name="启用").click()
    expect(page.get_by_role("status")).to_contain_text("两步验证已启用")
    page = tabs().log_in("careful")
    expect(page.get_by_role("heading", name="两步验证")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_role("heading", name="两步验证")).to_be_visible()
    page.get_by_label("验证码").fill(code)
    page.get_by_role("button", name="验证").click()
    expect(page.get_by_role("alert")).to_contain_text("已经用过")
    with desk.store.begin() as session:
        session.execute(update(AccountRow).where(AccountRow.name == "careful").values(totp_last=0))
    page.get_by_label("验证码").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="验证").click()
    expect(page.get_by_role("link", name="careful")).to_be_visible()


def test_a_form_of_another_site_is_refused(desk: Desk, tabs: Any) -> None:
    tab = tabs()
    tab.log_in("office")
    session = next(one["value"] for one in tab.context.cookies() if one["name"] == "hotline_session")
    for headers, body in (({"Origin": "https://evil.example"}, b"form_token=x"), ({}, b"form_token=x"), ({}, b"")):
        request = urllib.request.Request(
            f"{desk.base}/logout", body, {"Cookie": f"hotline_session={session}", **headers}, method="POST"
        )
        try:
            urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as error:
            assert error.code == 403
        else:
            raise AssertionError("taken")
    page = tab.page
    page.goto("/account")
    expect(page.get_by_role("link", name="office")).to_be_visible()


def test_a_login_leads_to_no_other_site(tabs: Any) -> None:
    tab = tabs()
    tab.page.goto("/login?back=//evil.example/")
    tab.page.get_by_label("账号").fill("boss")
    tab.page.get_by_label("口令").fill(PASSWORD)
    tab.page.get_by_role("button", name="登录").click()
    expect(tab.page.get_by_role("heading", name="12345 政府服务热线")).to_be_visible()


def test_the_keyboard_alone_logs_in(tabs: Any) -> None:
    page = tabs().page
    page.goto("/login")
    page.keyboard.type("agent")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="agent")).to_be_visible()


def test_every_answer_has_the_headers_that_keep_browsers_safe(desk: Desk) -> None:
    with urllib.request.urlopen(f"{desk.base}/login", timeout=10) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Cache-Control"] == "no-store"
        text = answer.read().decode()
    assert "<script>" not in text and " style=" not in text
