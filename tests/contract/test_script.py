"""Classic AGI as Asterisk runs it: a process, two pipes and SIGHUP; the same flow as over the other drivers."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from telephony.agi import AGIError
from telephony.call import CallerHungUp
from telephony.driver import run_flow
from telephony.fastagi import FastAGIServer
from telephony.script import ScriptAGI
from telephony.scripted import Press, ScriptedCall
from tests.contract.fake_asterisk import TRANSCRIPT, Session, environment, polite, without_timer
from tests.contract.flows import every_verb

pytestmark = pytest.mark.timeout(60)

ROOT = Path(__file__).resolve().parents[2]
FLOW = """
import sys
from telephony.script import run_script
from tests.contract.flows import {flow}
sys.exit(run_script({flow}))
"""
RELAY = "import sys; from telephony.relay import relay; sys.exit(relay('inbound', port={port}))"
IMPORTS = """
import sys
import telephony.{module}
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
LOCAL = environment().split(b"\n", 2)[2]  # a classic script is told of no network


class Process:
    """A script under a fake Asterisk."""

    def __init__(self, code: str, **more: str) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **more},
        )
        assert self._process.stdin and self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout

    def say(self, said: bytes) -> None:
        self._in.write(said)
        self._in.flush()

    def hear(self) -> str:
        """The script's next line, "" when it has closed its side."""
        line = self._out.readline().decode().rstrip("\n")
        self.lines += [line] if line else []
        return line

    def talk(self, answer: Callable[[str], bytes] = polite) -> list[str]:
        """All lines of the session."""
        while line := self.hear():
            self.say(answer(line))
        return without_timer(self.lines)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def close(self) -> None:
        self._in.close()

    def end(self) -> tuple[int, bytes]:
        """The exit status and what was written to stderr."""
        _, errors = self._process.communicate(timeout=30) if not self._in.closed else (None, self._errors())
        return self._process.wait(30), errors

    def _errors(self) -> bytes:
        assert self._process.stderr
        self._out.read()
        return self._process.stderr.read()


def script(flow: str = "every_verb") -> Process:
    process = Process(FLOW.format(flow=flow))
    process.say(LOCAL)
    return process


def test_one_flow_says_the_same_over_every_driver() -> None:
    process = script()
    classic = process.talk()
    assert process.end() == (0, b"")

    async def networked() -> list[str]:
        server = FastAGIServer({"inbound": every_verb})
        await server.start()
        try:
            return await Session(server.port).run()
        finally:
            await server.close()

    fast = asyncio.run(networked())
    call = ScriptedCall("1", "12", "", Press("#"), variables={"A": "value"})
    call.run(run_flow(call, every_verb))
    assert classic == fast == call.lines == TRANSCRIPT


@pytest.mark.parametrize("step", range(1, len(TRANSCRIPT) + 2))
def test_asterisk_closing_the_pipes_at_any_step_is_quiet(step: int) -> None:
    process = script()
    for _ in range(step):
        line = process.hear()
        process.say(polite(line))
    process.hear()
    process.close()
    assert process.end() == (0, b"")
    assert without_timer(process.lines) == TRANSCRIPT[: len(without_timer(process.lines))]


@pytest.mark.parametrize(
    "reply",
    [
        b"HANGUP\n",
        b"HANGUP\n511 Command Not Permitted on a dead channel or intercept routine\n",
        b"511 Command Not Permitted on a dead channel or intercept routine\n",
        b"200 result=-1 (hangup) endpos=0\n",
    ],
)
def test_a_dead_channel_is_quiet(reply: bytes) -> None:
    process = script()
    lines = process.talk(lambda line: reply if "ask" in line else polite(line))
    assert lines == TRANSCRIPT[:5]
    assert process.end() == (0, b"")


def test_sighup_ends_the_flow_at_its_next_step() -> None:
    process = script()
    while "WAIT" not in process.hear():
        process.say(polite(process.lines[-1]))
    process.signal(signal.SIGHUP)
    process.say(b"200 result=-1\n")
    assert process.hear() == ""
    assert process.end() == (0, b"")
    assert without_timer(process.lines) == TRANSCRIPT[:4]


def test_no_environment_is_quiet_and_a_bad_one_is_not() -> None:
    process = Process(FLOW.format(flow="every_verb"))
    process.close()
    assert process.end() == (0, b"")
    process = Process(FLOW.format(flow="every_verb"))
    process.say(b"nonsense\n\n")
    assert process.end()[0] == 1


def test_one_line_520_does_not_spin() -> None:
    process = script()
    process.talk(lambda _line: b"520 Invalid command syntax.  Proper usage not available.\n")
    status, errors = process.end()
    assert status == 1
    assert b"flow failed" in errors
    assert b"Traceback" not in errors


def test_a_flow_that_fails_tells_why_and_sets_nothing() -> None:
    process = script("fails")
    lines = process.talk()
    status, errors = process.end()
    assert status == 1
    assert b"spoilt" in errors
    assert lines == []


def test_replies_byte_by_byte() -> None:
    process = script()
    while line := process.hear():
        for byte in polite(line):
            process.say(bytes([byte]))
    assert without_timer(process.lines) == TRANSCRIPT


class Served:
    """A FastAGI server on a thread with its own loop, for a relay to find."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Served:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self.server = FastAGIServer({"inbound": every_verb})
        await self.server.start()
        self._ready.set()
        await self._stop.wait()
        await self.server.close(5)


def test_a_relayed_session_is_the_same() -> None:
    with Served() as served:
        process = Process(RELAY.format(port=served.server.port))
        process.say(LOCAL)
        assert process.talk() == TRANSCRIPT
        assert process.end() == (0, b"")


def test_the_relay_passes_on_a_hang_up(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Served() as served:
        process = Process(RELAY.format(port=served.server.port))
        process.say(LOCAL)
        while "WAIT" not in process.hear():
            process.say(polite(process.lines[-1]))
        process.signal(signal.SIGHUP)
        assert process.hear() == ""
        assert process.end() == (0, b"")
    assert "outcome=hung up" in caplog.text


def test_the_relay_passes_on_closed_pipes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Served() as served:
        process = Process(RELAY.format(port=served.server.port))
        process.say(LOCAL)
        process.hear()
        process.close()
        assert process.end() == (0, b"")
    assert "outcome=hung up" in caplog.text


def test_a_relay_without_a_service_ends_at_once_and_says_nothing() -> None:
    with Served() as served:
        port = served.server.port
    process = Process("import sys; from telephony.relay import relay; sys.exit(relay('x'))", HOTLINE_AGI_PORT=str(port))
    assert process.hear() == ""
    assert process.end() == (1, b"")


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("script", {"asyncio", "sqlalchemy", "aiohttp", "panoramisk", "logging", "vosk", "speech", "store"}),
        ("relay", {"asyncio", "typing", "dataclasses", "asterisk", "logging"}),
    ],
)
def test_a_script_imports_little(module: str, never: set[str]) -> None:
    # -S: an editable install brings modules of its own into every process
    code = f"import sys; sys.path[:] = {[*sys.path, str(ROOT)]!r}\n" + IMPORTS.format(module=module)
    found = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, check=True, cwd=ROOT, text=True)
    assert set(found.stdout.split()).isdisjoint(never)


def test_pyst2s_own_verbs_work_with_our_quoting() -> None:
    heard: list[str] = []
    ours, theirs = os.pipe(), os.pipe()

    def asterisk() -> None:
        os.write(ours[1], LOCAL)
        for reply in (b"200 result=50 endpos=1\n", b"200 result=1\n", b'200 result=1 (a "b")\n', b"200 result=\n"):
            heard.append(os.read(theirs[0], 4096).decode())
            os.write(ours[1], reply)

    channel = threading.Thread(target=asterisk)
    channel.start()
    before = signal.getsignal(signal.SIGHUP)
    try:
        agi = ScriptAGI(ours[0], theirs[1])
        assert agi.stream_file("a", "12") == "2"
        agi.set_variable("A", 'x "y" \\z')
        assert agi.get_variable("A") == 'a "b"'
        assert agi.get_data("ask", 1000, 2) == ""
        with pytest.raises(AGIError):
            agi.set_variable("A", "x\nHANGUP")
    finally:
        channel.join()
        signal.signal(signal.SIGHUP, before)
        for end in (*ours, *theirs):
            os.close(end)
    assert heard[1] == 'SET VARIABLE "A" "x \\"y\\" \\\\z"\n'


def test_pyst2s_own_verbs_end_with_the_call() -> None:
    ours, theirs = os.pipe(), os.pipe()
    os.write(ours[1], LOCAL)
    os.close(ours[1])
    before = signal.getsignal(signal.SIGHUP)
    try:
        agi = ScriptAGI(ours[0], theirs[1])
        with pytest.raises(CallerHungUp):
            agi.answer()
    finally:
        signal.signal(signal.SIGHUP, before)
        for end in (ours[0], *theirs):
            os.close(end)
