"""`hotline up`, `status`, `doctor`, `down` with real processes and the real Asterisk (Set-up, Failing safely)."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from console.entry import PARTS
from hotline import processes
from tests.hotline_fixture import Hotline, Hotlines, eventually

pytestmark = pytest.mark.asterisk


@pytest.fixture
def own(hotlines: Hotlines) -> Hotline:
    """A hotline of the test's own, running."""
    made = hotlines()
    made.start()
    return made


def state(hotline: Hotline) -> str:
    return str(hotline.json("status")["state"])


def test_up_answers_and_down_leaves_nothing(hotlines: Hotlines) -> None:
    hotline = hotlines()
    told = hotline.ok("up", "--detach")
    steps = [line for line in told.splitlines() if line.startswith("✓")]
    assert [line.split()[1] for line in steps][:2] == ["folders", "Asterisk"] and len(steps) == 9
    assert all(line.endswith(" s") for line in steps), "each step with its seconds"
    assert f"citizen, password {hotline.passwords['citizen']}" in told
    assert f"http://127.0.0.1:{hotline.settings.http_port}/" in told
    found = hotline.json("status")
    assert found["state"] == "ready"
    parts = {"supervisor", "asterisk", "service", "agi", "ami", "database", "ledger", "callbacks", "live", "messages",
             "disk"}
    assert set(found["parts"]) == parts
    assert all(part["state"] == "up" for part in found["parts"].values())
    assert found["parts"]["asterisk"]["version"].split(".")[0].isdigit()
    pids = [found["parts"][name]["pid"] for name in ("supervisor", "asterisk", "service")]
    assert all(processes.of(pid) for pid in pids)
    hotline.stop()
    assert not any(processes.of(pid) for pid in pids)
    assert hotline.json("status")["state"] == "stopped"
    left = {path.name for path in (hotline.home / "run").iterdir()}
    assert left & {"processes.json", "heartbeat", "asterisk.ctl"} == set()


def test_a_second_up_says_that_it_runs(hotline: Hotline) -> None:
    pid = hotline.pid("asterisk")
    told = hotline.ok("up", "--detach")
    assert "running" in told.splitlines()[0] and "✓" not in told
    assert hotline.pid("asterisk") == pid


def test_a_second_start_is_quick_and_asks_no_network(hotlines: Hotlines) -> None:
    """Under ten seconds of work, whatever else the machine does; whatever reaches out fails at a dead proxy."""
    hotline = hotlines()
    hotline.start()
    hotline.stop()
    hotline.environment |= {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    before = os.times()
    told = hotline.ok("up", "--detach")
    after = os.times()
    assert after.children_user - before.children_user + after.children_system - before.children_system < 10
    steps = told.partition("\nReady")[0].splitlines()[1:]
    assert all(line.startswith("✓") for line in steps), "nothing was fetched, no step had anything to say"


def test_a_taken_port_is_named_with_its_setting(hotlines: Hotlines) -> None:
    hotline = hotlines()
    with socket.create_server(("127.0.0.1", hotline.settings.http_port)):
        done = hotline.run("up", "--detach")
        found = hotline.json("doctor")
    assert done.returncode == 1
    assert f"127.0.0.1:{hotline.settings.http_port} is taken by" in done.stderr
    assert "HOTLINE_HTTP_PORT" in done.stderr and done.stderr.count("\n") == 1
    todo = [one["do"] for one in found if one["name"] == "ports"]
    assert todo == ["stop that, or set HOTLINE_HTTP_PORT to another port"]
    assert not [one for one in found if one["name"] == "agents"], "nothing runs, so no telephone can be missing"
    assert hotline.json("status")["state"] == "stopped"


def test_a_killed_service_is_started_again(own: Hotline) -> None:
    before = own.pid("service")
    os.kill(before, signal.SIGKILL)
    eventually(lambda: state(own) == "ready" and own.pid("service") != before, 20)
    assert own.json("status")["parts"]["service"]["restarts"] == 1


def test_a_stopped_service_is_killed_and_started_again(own: Hotline) -> None:
    """SIGSTOP: its sockets still accept, so the missing sign of life must tell (guard 3)."""
    before = own.pid("service")
    os.kill(before, signal.SIGSTOP)
    eventually(lambda: state(own) == "degraded", 10, "a stale heartbeat shows at once")
    eventually(lambda: state(own) == "ready" and own.pid("service") != before, 30)
    assert processes.of(before) is None


def test_a_killed_asterisk_is_started_again_and_the_service_finds_it(own: Hotline) -> None:
    before, service = own.pid("asterisk"), own.pid("service")
    os.kill(before, signal.SIGKILL)
    eventually(lambda: state(own) == "ready" and own.pid("asterisk") != before, 40)
    found = own.json("status")["parts"]
    assert found["ami"]["logins"] == 2
    assert found["service"]["pid"] == service, "the service goes on"


def test_what_a_killed_supervisor_leaves_is_stopped_by_down(own: Hotline) -> None:
    pids = [own.pid(name) for name in ("supervisor", "asterisk", "service")]
    os.kill(pids[0], signal.SIGKILL)
    eventually(lambda: processes.of(pids[0]) is None)
    own.stop()
    assert not any(processes.of(pid) for pid in pids)


def test_up_after_a_killed_supervisor_takes_over(own: Hotline) -> None:
    before = own.pid("asterisk")
    os.kill(own.pid("supervisor"), signal.SIGKILL)
    told = own.ok("up", "--detach")
    assert "left over" in told
    assert processes.of(before) is None
    assert state(own) == "ready"


def test_a_locked_database_stops_the_heartbeat_and_not_the_service(own: Hotline) -> None:
    """The dialplan then serves callers by itself; the service is well again when its database is."""
    pid = own.pid("service")
    with sqlite3.connect(own.home / "hotline.db", isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        eventually(lambda: own.json("status")["parts"]["database"]["state"] == "down", 15)
        eventually(lambda: own.json("status")["parts"]["service"]["heartbeat_age"] > 2, 15)
        [told] = [one["what"] for one in own.json("doctor") if one["name"] == "database"]
        assert told.startswith("cannot be written:") and told.endswith("database is locked"), "no word of SQL"
        holder.execute("ROLLBACK")
    eventually(lambda: state(own) == "ready", 15)
    assert own.pid("service") == pid


def test_foreground_stops_everything_on_a_signal(hotlines: Hotlines) -> None:
    hotline = hotlines()
    command = [sys.executable, "-m", "hotline.cli", "up"]
    with subprocess.Popen(command, env=hotline.environment, stdout=subprocess.PIPE, text=True) as up:
        assert up.stdout
        lines = iter(up.stdout.readline, "")
        assert any("Ready after" in line for line in lines)
        pids = [hotline.pid(name) for name in ("asterisk", "service")]
        up.send_signal(signal.SIGINT)
        assert up.wait(30) == 0
    assert not any(processes.of(pid) for pid in pids)


def test_doctor_finds_a_healthy_hotline_healthy(hotline: Hotline) -> None:
    found = hotline.json("doctor")
    assert [one for one in found if one["level"] == "wrong"] == []
    names = {one["name"] for one in found}
    assert {"python", "disk", "privacy", "zone", "ports", "sounds", "asterisk", "service", "database"} <= names


def test_doctor_says_what_is_wrong(own: Hotline) -> None:
    (own.home / "share/sounds/zh/greeting.alaw").unlink()
    (own.home / "secrets.json").chmod(0o644)
    service, asterisk = own.pid("service"), own.pid("asterisk")
    os.kill(own.pid("supervisor"), signal.SIGSTOP)  # so that nothing is mended meanwhile
    os.kill(service, signal.SIGSTOP)
    os.kill(asterisk, signal.SIGSTOP)
    try:
        done = eventually(lambda: _wrong(own, 4), 20)
    finally:
        for pid in (asterisk, service, own.pid("supervisor")):
            os.kill(pid, signal.SIGCONT)
    told = {one["name"]: one for one in done}
    assert "secrets.json can be read by others" in told["privacy"]["what"]
    assert "greeting" in told["sounds"]["what"]
    assert "does not answer AMI" in told["asterisk"]["what"]
    assert "heartbeat" in told["service"]["what"]
    assert all(one["do"] for one in done)


def _wrong(hotline: Hotline, wanted: int) -> list[dict[str, str]]:
    found = [one for one in hotline.json("doctor") if one["level"] == "wrong"]
    return found if len(found) >= wanted else []


def test_everything_personal_is_the_owners_alone(hotline: Hotline) -> None:
    """Secrets, recordings, database, logs and configuration (security paragraph)."""
    home = hotline.home
    open_to_others = [path for path in [home, *home.rglob("*")] if not path.is_symlink() and _loose(path)]
    assert [path for path in open_to_others if path.parent == home or home / "recordings" in path.parents] == []
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def _loose(path: Path) -> bool:
    return bool(path.lstat().st_mode & 0o077) and not stat.S_ISSOCK(path.lstat().st_mode)


def test_every_part_runs_in_chinas_time_zone(hotline: Hotline) -> None:
    for part in ("asterisk", "service"):
        environment = Path(f"/proc/{hotline.pid(part)}/environ").read_bytes().split(b"\0")
        assert b"TZ=Asia/Shanghai" in environment


def test_everything_listens_on_loopback_alone(hotline: Hotline) -> None:
    """Nothing is bound beyond 127.0.0.1 unless a setting says so (UDP: the SIP port; others are a resolver's own)."""
    settings = hotline.settings
    tcp = {settings.sip_port, settings.ami_port, settings.agi_port, settings.http_port, settings.metrics_port}
    found = _listening(hotline.pid("asterisk")) | _listening(hotline.pid("service"))
    assert {port for kind, _, port in found if kind == "tcp"} == tcp
    assert {host for kind, host, port in found if kind == "tcp" or port == settings.sip_port} == {"127.0.0.1"}
    assert ("udp", "127.0.0.1", settings.sip_port) in found


def _listening(pid: int) -> set[tuple[str, str, int]]:
    """What the process listens on: kind, address, port."""
    sockets = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            row = line.split()
            if f"socket:[{row[9]}]" in sockets and (table.startswith("udp") or row[3] == "0A"):
                address, _, port = row[1].partition(":")
                host = socket.inet_ntoa(bytes.fromhex(address)[::-1]) if len(address) == 8 else address
                found.add((table[:3], host, int(port, 16)))
    return found


def test_the_console_and_the_status_api_answer(hotline: Hotline) -> None:
    base = f"http://127.0.0.1:{hotline.settings.http_port}"
    with urllib.request.urlopen(f"{base}/", timeout=5) as page:
        text = page.read().decode()
    assert "12345 政府服务热线" in text and "系统运行情况" in text
    assert not any(password in text for password in hotline.passwords.values())
    with urllib.request.urlopen(f"{base}/healthz", timeout=5) as health:
        assert health.read() == b"ok\n"
    with urllib.request.urlopen(f"{base}/api/v1/status", timeout=5) as answer:
        parts = json.loads(answer.read())["parts"]
    assert parts["database"]["state"] == "up"
    assert set(parts) <= set(PARTS), "the front page has a word for every part"
