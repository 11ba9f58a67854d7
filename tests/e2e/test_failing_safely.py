"""The caller is served whatever happens to our software, and the ledger makes up for what it missed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator

import pytest

from tests.e2e.county import County, new_number
from tests.e2e.scenes import hears_all
from tests.hotline_fixture import Hotline, Hotlines, eventually
from tests.phones import Town


@pytest.fixture
def own(hotlines: Hotlines) -> Iterator[County]:
    """A county with a hotline of its own, to be broken."""
    hotline = hotlines(wrapup_seconds=1)
    hotline.start()
    with Town(limit=240) as town:
        made = County(hotline, town)
        yield made
        made.close()


def test_every_python_process_dead(own: County) -> None:
    """Greeting, danger key and agent by the dialplan alone; afterwards the ledger has the calls."""
    hotline = own.hotline
    agent = own.agent("8001")
    own.desk.auto_answer(0.1)
    for part in ("supervisor", "service"):
        os.kill(hotline.pid(part), signal.SIGKILL)
    served, endangered = new_number(), new_number()
    assert_served_by_the_dialplan(own, agent, served)
    call = own.citizen(caller=endangered)
    call.hears(own.sound("danger"), 10)
    call.dtmf("9")
    call.hears(own.sound("emergency_which"), 8)
    call.dtmf("1")
    own.desk.wait_call(5, number="110")
    call.hears(own.sound("emergency_connected"), 8)
    call.hangup()
    hotline.stop()  # what is left of it: Asterisk
    hotline.start()
    assert own.row(served, disposition="answered")["agent"] == "8001"
    row = own.row(endangered, disposition="emergency")
    assert row["emergencies"][0]["service"] == "110"
    assert [(step["at"], step["key"]) for step in row["path"]][1:] == [("greeting", "9"), ("danger", "1")]


def assert_served_by_the_dialplan(county: County, agent: object, caller: str) -> None:
    """A citizen's call is greeted, told that it is recorded, and answered although no flow runs."""
    call = county.citizen(caller=caller)
    hears_all(county, call, "greeting", "recorded")
    talking = agent.wait_call(25)  # type: ignore[attr-defined]
    talking.answer()
    county.meet(call, talking)
    talking.hangup()
    call.wait("disconnected", 60)


def test_service_stopped_while_its_socket_still_accepts(own: County) -> None:
    """SIGSTOP: new calls are served as the heartbeat grows old; one in a flow is handed on by Asterisk's timeout."""
    hotline = own.hotline
    agent = own.agent("8001")
    supervisor = hotline.pid("supervisor")
    service = hotline.pid("service")
    in_flow = own.citizen(caller=new_number())
    in_flow.hears(own.sound("greeting"), 8)
    os.kill(supervisor, signal.SIGSTOP)  # else it would soon replace the stopped service
    os.kill(service, signal.SIGSTOP)
    try:
        heard = in_flow.hears(own.sound("to_agent"), 60)
        assert heard.sure
        in_flow.hangup()
        assert_served_by_the_dialplan(own, agent, new_number())
    finally:
        os.kill(service, signal.SIGCONT)
        os.kill(supervisor, signal.SIGCONT)


def test_supervisor_replaces_a_stopped_service(own: County) -> None:
    hotline = own.hotline
    before = hotline.pid("service")
    os.kill(before, signal.SIGSTOP)
    eventually(lambda: hotline.pid("service") not in (before, 0), 30, "another service")
    call = own.citizen()
    eventually(lambda: hotline.json("status")["parts"]["service"]["state"] == "up", 20)
    call.hangup()
    again = own.citizen()
    again.hears(own.sound("main_menu"), 15)
    again.hangup()


def test_database_locked(own: County) -> None:
    """With the database locked the caller still reaches an agent, and the ledger is complete afterwards."""
    hotline = own.hotline
    agent = own.agent("8001")
    caller = new_number()
    lock = sqlite3.connect(hotline.home / "hotline.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        time.sleep(4)  # until the heartbeat has told
        assert_served_by_the_dialplan(own, agent, caller)
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    row = own.row(caller, disposition="answered")
    assert any(step["at"] == "fallback" for step in row["path"]) or row["agent"] == "8001"


def test_ten_calls_while_the_service_is_killed(own: County) -> None:
    """Every call is in the ledger with the right times, whatever it was doing when the service died."""
    hotline = own.hotline
    callers = [new_number() for _ in range(10)]
    calls = own.citizens(callers)
    calls[0].hears(own.sound("greeting"), 8)
    os.kill(hotline.pid("service"), signal.SIGKILL)
    own.town.rest(2)
    for call in calls:
        call.hangup()
    rows = [own.row(caller) for caller in callers]
    for call, row in zip(calls, rows, strict=True):
        lasted = call.times["disconnected"] - call.times["confirmed"]
        assert abs(seconds_between(row["answered_at"], row["ended_at"]) - lasted) < 0.5
    assert len({row["call_id"] for row in rows}) == 10
    assert all(row["disposition"] != "open" for row in rows)


def seconds_between(first: str, last: str) -> float:
    from datetime import datetime

    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


BAD_SESSIONS = [
    b"",  # connect and close
    b"agi_request: x",  # half an environment, half-closed
    b"\x00\xff\xfe" * 1000 + b"\n\n",
    b"agi_network_script: inbound\n" + b"x" * 65536 + b"\n\n",
    b"agi_network_script: nothing\n\n",
    b"agi_network_script: inbound\n\n" + b"200 result=\n" * 50,
    b"agi_network_script: inbound\n\nHANGUP\n",
    b"y" * 65536,
]


def test_malformed_agi_never_stops_the_server(own: County) -> None:
    hotline = own.hotline
    port = hotline.settings.agi_port
    held = [send_bad(port, body, close=False) for body in BAD_SESSIONS]
    for body in BAD_SESSIONS:
        send_bad(port, body, close=True)
    call = own.citizen()
    call.hears(own.sound("main_menu"), 15)
    call.hangup()
    for one in held:
        one.close()
    log = (hotline.home / "log" / "service.log").read_text()
    assert "Traceback" not in log


def send_bad(port: int, body: bytes, close: bool) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    with contextlib.suppress(OSError):  # the server may refuse before all is sent; that is an answer too
        connection.sendall(body)
    if close:
        connection.close()
    return connection


def test_asterisk_restarts(own: County) -> None:
    """The service reconnects by itself and says so; telephones that noticed nothing ring at once (R10)."""
    hotline = own.hotline
    caller = new_number()
    call = own.citizen(caller=caller)
    agent = own.agent("8001")
    before = hotline.json("status")["parts"]
    os.kill(before["asterisk"]["pid"], signal.SIGKILL)

    def again_up() -> bool:  # however short it was away: each start and each login is counted
        parts = hotline.json("status")["parts"]
        restarted = parts["asterisk"].get("restarts", 0) > before["asterisk"]["restarts"]
        return restarted and parts["ami"]["state"] == "up" and parts["ami"]["logins"] > before["ami"]["logins"]

    eventually(again_up, 40, "Asterisk and AMI up again")
    del call
    again = own.citizen()
    again.hears(own.sound("main_menu"), 15)
    again.dtmf("0")
    talking = agent.wait_call(15)
    talking.answer()
    own.meet(again, talking)
    again.hangup()
    assert own.row(caller)["disposition"] == "interrupted"


def test_a_hang_up_at_any_step_leaves_nothing(own: County) -> None:
    """No error in a log, no channel, no open file (R11: complete all the same)."""
    hotline = own.hotline
    service = hotline.pid("service")
    own.citizen().hangup()
    eventually(lambda: "0 active channels" in hotline.cli("core show channels count"), 10)
    before = len(os.listdir(f"/proc/{service}/fd"))
    callers = [new_number() for _ in range(8)]
    for index, caller in enumerate(callers):
        call = own.citizen(caller=caller)
        own.town.rest(0.4 * index)
        call.hangup()
    eventually(lambda: "0 active channels" in hotline.cli("core show channels count"), 10)
    eventually(lambda: len(os.listdir(f"/proc/{service}/fd")) <= before + 2, 10, "files closed")
    for caller in callers:
        assert own.row(caller)["disposition"] == "abandoned-menu"
    assert warnings_of(hotline) == []
    assert "Traceback" not in (hotline.home / "log" / "service.log").read_text()


def warnings_of(hotline: Hotline) -> list[str]:
    lines = (hotline.home / "log" / "messages").read_text().splitlines()
    return [line for line in lines if " WARNING[" in line or " ERROR[" in line]
