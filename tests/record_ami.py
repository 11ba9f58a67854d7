"""`python -m tests.record_ami [SCENE ...]`: what Asterisk's manager says while real calls go on, into tests/data/ami/.

A recording is JSON lines: events as the account `monitor` is told them, unfiltered; {"Event": "Resync"} where a link
began; {"Event": "Asked"} with the answers to the queries made then; {"Event": "Check"} with those made when nothing
moved: whoever has followed the events must know the same. The numbers are those of the tests' phones.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callqueue.live import control
from callqueue.live.control import Listening
from callqueue.live.query import ask
from callqueue.live.state import EVENTS, QUERIES
from telephony.ami import connect
from telephony.ami_link import parse
from tests.e2e.county import County, new_number
from tests.e2e.scenes import another_trunk, answered, ask_for
from tests.hotline_fixture import Hotline, eventually
from tests.phones import Call, Phone, Town
from tests.phones.wire import PhoneError

FOLDER = Path(__file__).parent / "data" / "ami"
_QUIET = 1.0  # seconds without an event: nothing moves


class Recorder:
    """Follows the manager of one hotline: a thread reads every event on one link, questions are asked on another."""

    def __init__(self, hotline: Hotline) -> None:
        self._hotline = hotline
        self.lines: list[dict[str, Any]] = []
        self._answers: dict[str, list[dict[str, str]]] = {}
        self._last = time.monotonic()
        self._number = 0
        self._asked: dict[str, Any] = {}
        self._asking = socket.socket()
        self._open()

    def _open(self) -> None:
        hearing = self._login("monitor", self._hotline.passwords["ami_monitor"], "on")
        self._asking = self._login("hotline", self._hotline.passwords["ami"], "off")
        self.lines.append({"Event": "Resync"})
        for link in (hearing, self._asking):
            threading.Thread(target=self._read, args=(link,), daemon=True).start()
        self._ask("Asked")

    def _login(self, name: str, secret: str, events: str) -> socket.socket:
        link = socket.create_connection(("127.0.0.1", self._hotline.settings.ami_port), 5)
        link.settimeout(None)
        _send(link, {"Action": "Login", "Username": name, "Secret": secret, "Events": events})
        return link

    def _read(self, link: socket.socket) -> None:
        buffer = b""
        home = str(self._hotline.home).encode()
        while data := _received(link):
            *frames, buffer = (buffer + data).replace(home, b"HOME").split(b"\r\n\r\n")
            for frame in frames:
                self._take(parse(frame))

    def _take(self, message: dict[str, str]) -> None:
        if number := message.get("ActionID"):
            self._answers.setdefault(number, []).append(message)
        elif "Event" in message:
            if message["Event"] in EVENTS:
                self._last = time.monotonic()
            self.lines.append(message)

    def _ask(self, kind: str) -> None:
        answers = []
        for action in QUERIES:
            self._number += 1
            number = f"q{self._number}"
            _send(self._asking, {"Action": action, "ActionID": number})
            eventually(lambda number=number: _complete(self._answers.get(number, [])), 10, action)  # type: ignore[misc]
            answers += self._answers[number][1:-1]
        self._asked = {"Event": kind, "At": time.time(), "Answers": answers}
        self.lines.append(self._asked)

    def check(self) -> None:
        """Notes what Asterisk says of itself, once nothing has moved for a while."""
        self._last = time.monotonic()  # what was just done has yet to be told
        for _attempt in range(10):
            eventually(lambda: time.monotonic() - self._last > _QUIET, 20, "nothing moves")
            before = self._last
            self._ask("Check")
            time.sleep(_QUIET)
            if self._last == before:
                return
            self.lines = [line for line in self.lines if line is not self._asked]
        raise AssertionError("something always moves")

    def again(self) -> None:
        """Connects once more, after Asterisk has gone."""
        self._open()

    def save(self, name: str) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in self.lines) + "\n"
        (FOLDER / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _send(link: socket.socket, headers: dict[str, str]) -> None:
    link.sendall("".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n")


def _received(link: socket.socket) -> bytes:
    try:
        return link.recv(65536)
    except OSError:
        return b""


def _complete(messages: list[dict[str, str]]) -> bool:
    return bool(messages) and messages[-1].get("EventList") == "Complete"


# -- the scenes ------------------------------------------------------------------------------------


def plain(county: County, check: Callable[[], None]) -> None:
    """Two wait, one is answered, one gives up; pauses and log-outs between."""
    agent = county.agent("8001")
    check()
    call, talking = answered(county, agent, new_number())
    others = [ask_for(county, "2", new_number()), ask_for(county, "1", new_number(), trunk=another_trunk(county))]
    third = ask_for(county, "2", new_number(), trunk=another_trunk(county))
    check()
    others[0].hangup()
    check()
    talking.hangup()
    second = agent.wait_call(15)
    second.answer()
    call.wait("disconnected", 30)
    check()
    for one in (others[1], third):
        if one.state != "disconnected":
            one.hangup()
    check()
    county.dial_code(agent, "*132")
    check()
    county.dial_code(agent, "*14")
    county.dial_code(agent, "*12")


def blind(county: County, check: Callable[[], None]) -> None:
    agent, second = county.agent("8001"), county.phone("8002")
    call, talking = answered(county, agent, new_number())
    check()
    talking.transfer("8002")
    answering = second.wait_call(10)
    answering.answer()
    check()
    call.hangup()


def attended(county: County, check: Callable[[], None]) -> None:
    agent, second = county.agent("8001"), county.phone("8002")
    call, talking = answered(county, agent, new_number())
    talking.hold()
    consulting = agent.call("8002")
    answering = second.wait_call(10)
    answering.answer()
    consulting.wait("confirmed")
    check()
    talking.attended(consulting)
    check()
    call.hangup()


def attended_by_keys(county: County, check: Callable[[], None]) -> None:
    agent, second = county.agent("8001"), county.phone("8002")
    call, talking = answered(county, agent, new_number())
    talking.dtmf("*2")
    talking.hears(county.sound("transfer_number"), 8)
    talking.dtmf("8002")
    answering = second.wait_call(10)
    answering.answer()
    check()
    talking.hangup()
    check()
    call.hangup()


def three_party(county: County, check: Callable[[], None]) -> None:
    agent = county.agent("8001")
    county.desk.auto_answer()
    call = ask_for(county, "9", new_number())
    call.hears(county.sound("emergency_which"), 8, seconds=1)
    call.dtmf("1")
    talking = agent.wait_call(15)
    talking.answer()
    check()
    call.hangup()
    talking.wait("disconnected", 20)


def three_party_by_agent(county: County, check: Callable[[], None]) -> None:
    agent = county.agent("8001")
    county.desk.auto_answer()
    call, talking = answered(county, agent, new_number())
    county.meet(call, talking)
    talking.dtmf("#1")
    county.desk.wait_call(15)
    check()
    call.hangup()


def hold(county: County, check: Callable[[], None]) -> None:
    call, talking = answered(county, county.agent("8001"), new_number())
    talking.hold()
    check()
    talking.unhold()
    check()
    call.hangup()


def ring_no_answer(county: County, check: Callable[[], None]) -> None:
    agents = county.agents("8001", "8002")
    call = ask_for(county, "1", new_number())
    def ringing() -> Call | None:
        return next((call for phone in agents.values() for call in phone.calls if call.incoming), None)

    first = county.town.wait_until(ringing, 10, "a ring at any agent's phone")
    first.wait("disconnected", 10)
    county.town.rest(2.0)
    check()
    call.hangup()


def abandons(county: County, check: Callable[[], None]) -> None:
    agent = county.agent("8001")
    call = ask_for(county, "1", new_number())
    agent.wait_call(15)
    call.hangup()


def unplugged(county: County, check: Callable[[], None]) -> None:
    """One telephone goes while it is free, one in the middle of a call."""
    agents = county.agents("8001", "8002")
    agents["8002"].unregister()
    check()
    call, _talking = answered(county, agents["8001"], new_number())
    agents["8001"].worker.leaving = True  # its end is what is wanted
    os.kill(agents["8001"].worker.pid, signal.SIGKILL)
    county.town.rest(1.0)
    check()
    call.hangup()


def spied(county: County, check: Callable[[], None]) -> None:
    """A supervisor listens, then joins in, then takes the caller over."""
    agent, boss = county.agent("8001"), county.phone("8101")
    call, talking = answered(county, agent, new_number())
    check()
    for how in (Listening.LISTEN, Listening.BARGE):
        listening = _joins(county, boss, how)
        check()
        listening.hangup()
    _joins(county, boss, Listening.TAKE)
    talking.wait("disconnected", 10)
    check()
    call.hangup()


def _joins(county: County, boss: Phone, how: Listening) -> Call:
    async def ring() -> None:
        port, secret = county.hotline.settings.ami_port, county.hotline.passwords["ami"]
        async with connect("127.0.0.1", port, "hotline", secret) as manager:
            await control.join(manager, await ask(manager), "8001", "8101", how)

    asyncio.run(ring())
    listening = boss.wait_call(10)
    listening.answer()
    listening.wait("confirmed")
    return listening


def restart(county: County, check: Callable[[], None]) -> None:
    agent = county.agent("8001")
    answered(county, agent, new_number())
    check()


SCENES = {scene.__name__.replace("_", "-"): scene for scene in (
    plain, blind, attended, attended_by_keys, three_party, three_party_by_agent, hold, ring_no_answer, abandons,
    unplugged, spied, restart,
)}


def record(hotline: Hotline, name: str) -> None:
    """Plays one scene and writes what was said."""
    with Town(limit=120) as town:
        county = County(hotline, town)
        recorder = Recorder(hotline)
        try:
            SCENES[name](county, recorder.check)
            if name == "restart":
                hotline.cli("core restart now")
                eventually(lambda: _up_again(recorder), 40, "Asterisk again")
        finally:
            county.close()
    recorder.check()
    recorder.save(name)
    print(f"{name}: {len(recorder.lines)} lines")


def _up_again(recorder: Recorder) -> bool:
    try:
        recorder.again()
    except (OSError, AssertionError):
        time.sleep(0.5)
        return False
    return True


def main(names: list[str]) -> None:
    hotline = Hotline(wrapup_seconds=1, agent_ring_seconds=3, queue_announce_seconds=60)
    try:
        hotline.start()
        for name in names or list(SCENES):
            try:
                record(hotline, name)
            except (AssertionError, PhoneError) as error:  # the others are still recorded
                print(f"{name}: not recorded: {error}", file=sys.stderr)
    finally:
        hotline.close()


if __name__ == "__main__":
    main(sys.argv[1:])
