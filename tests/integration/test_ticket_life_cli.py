"""The same life by `hotline ticket ...`: the real program, one process a step, SQLite and PostgreSQL."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.hotline_fixture import Hotline, Hotlines

STEPS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("dispatch", ("--unit", "swj", "--by", "office"), "dispatched"),
    ("return", ("--reason", "该路段由供电局负责，不属我单位"), "returned"),
    ("rule", ("--no-upheld", "--reason", "属水务局职责"), "dispatched"),
    ("sign", (), "signed"),
    ("contact", ("--reason", "已电话联系群众"), "contacted"),
    ("extend", ("--days", "5", "--reason", "要更换主管道"), "contacted"),
    ("decide", ("--granted", "--reason", "同意"), "contacted"),
    ("resolve", ("--result", "已恢复供水"), "resolved"),
    ("supervise", ("--reason", "热点", "--level", "key"), "resolved"),
    ("review", ("--passed",), "reviewed"),
    ("reopen", ("--reason", "又停水了"), "reopened"),
)
NEW = ("--subject", "自来水停水", "--body", "城关路停水三天", "--type", "help", "--matter", "0301")


@pytest.fixture
def hotline(hotlines: Hotlines, database_url: str) -> Hotline:
    """A hotline's home with its database; nothing of it runs."""
    made = hotlines(database_url=database_url)
    made.ok("db", "upgrade")
    made.ok("units", "start")
    return made


def new(hotline: Hotline, phone: str, *words: str) -> str:
    return str(hotline.json("ticket", "new", *NEW, "--phone", phone, *words)["number"])


def test_a_life_by_command(hotline: Hotline) -> None:
    """R12: new, accept, dispatch, return, rule, sign, contact, extend, resolve, supervise, review, reopen, history."""
    number = new(hotline, "13800000001")
    assert hotline.json("ticket", "accept", number)["state"] == "accepted"
    for command, words, state in STEPS:
        assert hotline.json("ticket", command, number, *words)["state"] == state, command
    events = hotline.json("ticket", "history", number)["events"]
    assert [event["action"] for event in events] == ["create", "accept", *(step[0] for step in STEPS)]
    assert events[2]["author"] == "office" and events[-1]["state_to"] == "reopened"


def test_refuse_merge_and_what_is_impossible(hotline: Hotline) -> None:
    """R6-R9, R41; a refusal ends with 1, says why, and changes nothing."""
    first, second = new(hotline, "13800000001", "--accept"), new(hotline, "13800000002")
    assert hotline.json("ticket", "refuse", second, "--scope", "N1")["state"] == "refused"
    third = hotline.json("ticket", "new", "--subject", "还是停水", "--type", "help")["number"]
    assert hotline.json("ticket", "merge", third, "--into", first)["merged_into"] == first
    for words, kind in (
        (("sign", first), "Impossible"), (("dispatch", first, "--unit", "nobody"), "Invalid"),
        (("dispatch", first, "--unit", "swj", "--role", "agent"), "Forbidden"), (("show", "000000000000"), "NotFound"),
        (("accept", first, "--version", "1"), "Conflict"),
    ):
        assert refused(hotline, *words)["type"] == kind
    assert hotline.json("ticket", "show", first)["state"] == "accepted"


def refused(hotline: Hotline, *words: str) -> Any:
    done = hotline.run("ticket", *words, "--json")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    return json.loads(done.stdout)["error"]


def test_accounts_by_command(hotline: Hotline) -> None:
    """R17-R19: a password and a token are shown once, and lists show neither."""
    made = hotline.json("accounts", "add", "clerk", "--role", "unit_handler", "--unit", "swj")
    token = hotline.json("accounts", "token", "clerk", "--days", "7")["token"]
    listed = hotline.ok("accounts", "list")
    assert "clerk  unit_handler  swj  token api until" in listed
    assert made["password"] not in listed and token not in listed
    assert hotline.json("accounts", "passwd", "clerk")["password"] != made["password"]
    hotline.ok("accounts", "disable", "clerk")
    assert "disabled" in hotline.ok("accounts", "list")
    for words in (
        ("add", "clerk", "--role", "agent"), ("token", "nobody"), ("revoke", "clerk", "--label", "x"),
        ("add", "x", "--role", "unit_leader"), ("token", "clerk", "--days", "0"),
    ):
        done = hotline.run("accounts", *words)
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, words
