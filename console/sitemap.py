"""The one table of the pages: mounted, allowed, shown in the menu and put on record from here."""

from __future__ import annotations

from console import entry, supervisor
from console.page import Page
from console.push import Feed
from console.sessions import Stage
from tickets.access import Action

_ANY = (Stage.CODE, Stage.PASSWORD, Stage.ENROL)
_ENTRY = (
    Page("GET", "/", None, "首页", entry.landing, "landing.html", public=True),
    Page("GET", "/login", None, "登录", entry.login_page, "login.html", public=True),
    Page("POST", "/login", None, "登录", entry.login, again="/login", public=True, slow=True),
    Page("GET", "/login/code", None, "两步验证", entry.code_page, "code.html", stages=(Stage.CODE,)),
    Page("POST", "/login/code", None, "两步验证", entry.code, again="/login/code", stages=(Stage.CODE,)),
    Page("POST", "/logout", None, "退出", entry.logout, stages=_ANY),
    Page("GET", "/home", None, "首页", entry.home),
    Page("GET", "/account", None, "我的账号", entry.own_page, "account.html"),
    Page("GET", "/account/password", None, "修改口令", entry.password_page, "password.html",
         stages=(Stage.PASSWORD,)),
    Page("POST", "/account/password", None, "修改口令", entry.password, again="/account/password",
         stages=(Stage.PASSWORD,), slow=True),
    Page("GET", "/account/second-factor", None, "两步验证设置", entry.second_factor_page, "second_factor.html",
         stages=(Stage.ENROL,)),
    Page("POST", "/account/second-factor", None, "两步验证设置", entry.enrol, again="/account/second-factor",
         stages=(Stage.ENROL,)),
)
_SUPERVISOR = (
    Page("GET", "/supervisor", Action.FLOOR_READ, "现场监控", supervisor.page, "supervisor.html", menu="现场监控"),
    Page("POST", "/supervisor/{what}/{of}", Action.FLOOR, "现场操作", supervisor.do, "supervisor_done.html"),
)
PAGES: tuple[Page, ...] = (*_ENTRY, *_SUPERVISOR)
FEEDS: tuple[Feed, ...] = (Feed("/supervisor/feed", Action.FLOOR_READ, talk=supervisor.talk),)
