"""`hotline demo`, `hotline agents` and `hotline survey` on a running hotline in practice mode (no trunk)."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hotline_fixture import Hotline, eventually

pytestmark = pytest.mark.asterisk


@pytest.fixture(scope="module")
def practice() -> Iterator[Hotline]:
    """A running hotline without trunk and emergency peer."""
    made = Hotline(trunk_peer="", emergency_peer="")
    try:
        made.start()
        yield made
    finally:
        made.close()


def logged_in(hotline: Hotline) -> list[str]:
    return [seat["number"] for seat in hotline.json("agents", "list") if seat["queues"]]


def towns(hotline: Hotline) -> list[int]:
    """The processes of the demo's Asterisk."""
    found = []
    for name in os.listdir("/proc"):
        try:
            line = Path(f"/proc/{name}/cmdline").read_bytes()
        except OSError:
            continue
        if f"{hotline.home}/demo/".encode() in line:
            found.append(int(name))
    return found


def test_the_demo_shows_a_call_a_ticket_and_a_callback(practice: Hotline) -> None:
    """The main job in a minute: call, ledger, ticket, rating, callback, answers; nothing is left behind."""
    told = practice.ok("demo", timeout=240)
    order = [
        "both telephones are registered", "8008 dialled *11", "citizen dials 12345", "12345 answers", "presses 1",
        "agent 8008 rings", "agent 8008 answers", "both speak", "8008 hangs up", "asked to rate", "call is over",
        "the ledger has the call", "draft of a ticket", "calls the citizen back", "the citizen answers",
        "identity: yes", "satisfied: 1", "ended: surveyed", "the answers", "logged out",
    ]
    places = [told.find(step) for step in order]
    assert -1 not in places, [step for step, place in zip(order, places, strict=True) if place < 0]
    assert places == sorted(places)
    timed = [line for line in told.splitlines() if any(step in line for step in order)]
    assert all(re.match(r" *\d+\.\d s  ", line) for line in timed)
    assert logged_in(practice) == [] and towns(practice) == []
    assert not (practice.home / "demo").exists()
    assert (practice.home / "demo.wav").stat().st_mode & 0o077 == 0
    (call,) = [row for row in practice.json("calls", "list") if row["direction"] == "inbound"]
    assert (call["disposition"], call["agent"], call["rating"]) == ("answered", "8008", 1)
    ticket = practice.json("ticket", "show", call["ticket_no"])
    assert (ticket["state"], ticket["call_id"]) == ("draft", call["call_id"])
    survey = practice.json("survey", "show", call["ticket_no"])
    (attempt,) = survey["attempts"]
    assert attempt["outcome"] == "surveyed"
    assert [one["question"] for one in attempt["answers"]] == [
        "identity", "consent", "contacted", "solved", "truthful", "satisfied",
    ]
    assert [one["value"] for one in survey["ratings"]] == ["1"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_puts_everything_back(practice: Hotline, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "hotline.cli", "demo"]
    with subprocess.Popen(
        command, env=practice.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout and demo.stderr
        assert any("logged in to the queues" in line for line in iter(demo.stdout.readline, ""))
        demo.send_signal(number)
        assert demo.wait(30) == 130
        assert demo.stderr.read().endswith("hotline: interrupted\n")
    assert towns(practice) == [] and not (practice.home / "demo").exists()
    assert logged_in(practice) == []
    eventually(lambda: "No objects found" in practice.cli("pjsip show contacts"), 40, "no telephone is left registered")


def test_the_demo_takes_no_agents_calls(practice: Hotline) -> None:
    practice.ok("agents", "login", "8001", "--queue", "consult")
    try:
        done = practice.run("demo")
    finally:
        practice.ok("agents", "logout", "8001")
    assert done.returncode == 1 and "8001" in done.stderr and done.stderr.count("\n") == 1
    assert towns(practice) == []


def test_agents_log_in_pause_and_log_out(practice: Hotline) -> None:
    """R18: by command, as by feature code; the password is shown only when asked for."""

    def seat() -> dict[str, object]:
        rows: list[dict[str, object]] = practice.json("agents", "list")
        return next(row for row in rows if row["number"] == "8002")

    assert "password" not in seat()
    secret = practice.json("agents", "list", "--with-secrets")[1]["password"]
    phones = {row["number"]: row for row in practice.json("agents", "phones", "--with-secrets")}
    assert phones["8002"]["password"] == secret and {"8101", "citizen"} < phones.keys()
    assert all("password" not in row for row in practice.json("agents", "phones"))
    assert secret == practice.passwords["8002"] and len(secret) >= 20
    practice.ok("agents", "login", "8002")
    assert len(seat()["queues"]) == 7  # type: ignore[arg-type]
    practice.ok("agents", "pause", "8002", "--reason", "meal")
    assert seat()["reason"] == "meal"
    practice.ok("agents", "unpause", "8002")
    assert seat()["reason"] == ""
    practice.ok("agents", "wrapup", "8002")
    assert seat()["reason"] == "wrap-up"
    practice.ok("agents", "logout", "8002")
    assert seat()["queues"] == []
    done = practice.run("agents", "pause", "8002", "--reason", "rest")
    assert done.returncode == 1 and "log the agent in first" in done.stderr


def test_a_citizen_who_cannot_be_reached(practice: Hotline) -> None:
    """The attempt and its failure are on record, and the next attempt is free."""
    made = practice.ok("ticket", "new", "--phone", "13800000002", "--subject", "路灯不亮", "--body", "三天了", "--json")
    number = re.search(r"\d{12}", made)
    assert number
    done = practice.run("survey", "run", number[0])
    assert done.returncode == 1
    (attempt,) = practice.json("survey", "show", number[0])["attempts"]
    assert attempt["outcome"] in ("failed", "no-answer") and attempt["ended_at"]


def test_a_ticket_that_does_not_exist_is_told_in_one_line(practice: Hotline) -> None:
    done = practice.run("survey", "run", "991231000001")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "991231000001" in done.stderr
