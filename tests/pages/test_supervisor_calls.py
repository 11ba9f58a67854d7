"""The supervisor's page in a real Chromium while real telephones call a real hotline: what it shows, what is heard."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from console import accounts
from console.tables import AuditRow
from store.engine import Store
from tests.e2e.county import AGENT_HZ, CITIZEN_HZ, County, new_number
from tests.e2e.scenes import another_trunk, answered, ask_for, speak
from tests.hotline_fixture import Hotline, eventually
from tests.pages.conftest import PASSWORD, Tab
from tests.phones import Call, Town, audio
from tickets.access import Role

if not os.environ.get("CI"):  # there these tests may not be left out
    pytest.importorskip("pjsua2", reason="no SIP phones for this Python")

pytestmark = pytest.mark.asterisk
UNHEARD_HZ, WHISPER_HZ, BARGE_HZ, TAKE_HZ = 450, 900, 1400, 2000  # in which the supervisor speaks


@pytest.fixture(scope="module")
def floor_hotline() -> Iterator[Hotline]:
    """A hotline with a supervisor's account, which alerts when more than nobody waits."""
    made = Hotline(wrapup_seconds=2, queue_announce_seconds=60, alert_waiting=0)
    try:
        made.start()
        store = Store(made.settings.database)
        with store.begin() as session:
            accounts.add(session, "boss", [Role.SUPERVISOR], PASSWORD)
        store.close()
        yield made
    finally:
        made.close()


@pytest.fixture
def county(floor_hotline: Hotline) -> Iterator[County]:
    with Town(limit=240) as town:
        made = County(floor_hotline, town)
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def page(browser: Browser, floor_hotline: Hotline) -> Iterator[Page]:
    """The supervisor's page, current; at the end its console must not have complained."""
    tab = Tab(browser, f"http://127.0.0.1:{floor_hotline.settings.http_port}")
    shown = tab.log_in("boss")
    shown.goto("/supervisor")
    expect(shown.locator("#standing")).to_have_text("数据实时更新")
    yield shown
    tab.context.close()
    assert tab.faults == []


class Program:
    """Another program that is told of calls and alerts: `told` holds the facts by kind of event."""

    def __init__(self) -> None:
        self.told: dict[str, list[dict[str, Any]]] = {}
        told = self.told

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                told.setdefault(body["type"], []).append(body["data"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def program(floor_hotline: Hotline) -> Iterator[Program]:
    made = Program()
    added = floor_hotline.json("webhooks", "add", made.url)
    time.sleep(2.5)  # the service looks every second whom it has to tell
    yield made
    floor_hotline.ok("webhooks", "remove", str(added["id"]))
    made.close()


def row(page: Page, number: str) -> Locator:
    return page.locator("#agents tbody tr", has_text=number)


def test_the_wallboard_shows_a_call_from_the_queue_to_its_end(county: County, page: Page, program: Program) -> None:
    """And the webhooks tell of it: from the live view while it goes on, from the ledger when it is over."""
    agent = county.agent("8001")
    expect(row(page, "8001")).to_contain_text("空闲")
    caller = new_number()
    call = ask_for(county, "1", caller)
    ringing = agent.wait_call(15)
    expect(page.locator("#t-waiting")).to_have_text("1")
    expect(page.locator("#waiting")).to_contain_text(caller)
    expect(page.locator("#waiting")).to_contain_text("问候语 1")
    expect(page.locator("#alerts")).to_contain_text("咨询队列排队人数超过 0 人")
    expect(row(page, "8001")).to_contain_text("振铃")
    ringing.answer()
    expect(row(page, "8001")).to_contain_text("通话中")
    expect(row(page, "8001")).to_contain_text(f"{caller}（咨询）")
    expect(page.locator("#t-waiting")).to_have_text("0")
    expect(page.locator("#alerts li")).to_have_count(0)
    ringing.hold()
    expect(row(page, "8001")).to_contain_text("保持中")
    ringing.unhold()
    call.hangup()
    expect(row(page, "8001")).to_contain_text(re.compile("话后整理|空闲"))
    # The ledger has closed the call, and the figures of the day are those of this one call.
    expect(page.locator("#t-rate")).to_have_text("100%", timeout=45_000)
    expect(page.locator("#t-rate-of")).to_have_text("1 / 1 个来电")
    kinds = {"alert.begun", "alert.over", "call.waiting", "call.answered", "call.ended"}

    def told_all() -> bool:
        return set(program.told) == kinds and caller in {one["caller"] for one in program.told["call.ended"]}

    eventually(told_all, 20, "every event told")
    assert [one["words"] for one in program.told["alert.begun"]] == ["咨询队列排队人数超过 0 人"]
    # The agent's *11 was a call, too.
    [ended] = [one for one in program.told["call.ended"] if one["direction"] == "inbound"]
    assert (ended["caller"], ended["disposition"], ended["agent"]) == (caller, "answered", "8001")
    for kind in ("call.waiting", "call.answered"):
        assert [(one["call"], one["queue"]) for one in program.told[kind]] == [(ended["call_id"], "consult")], kind
    logged = county.hotline.json("webhooks", "log", "--stage", "done")
    assert {one["event"] for one in logged} == kinds


def places_of(page: Page) -> list[str]:
    """Who waits, as the page has it: place, queue and number."""
    rows = page.locator("#waiting tbody tr").all()
    return [" ".join(row.locator("td").nth(cell).inner_text() for cell in range(3)) for row in rows]


def pressed(page: Page, what: str) -> None:
    page.get_by_role("button", name=what).click()
    expect(page.locator("#told")).to_have_text(f"已执行：{what}")


def test_callers_are_put_in_front_moved_to_another_queue_and_hung_up(
    county: County, page: Page, floor_hotline: Hotline
) -> None:
    """In the queues themselves, not only on the page: who is next is who rings at the agent's phone (R10)."""
    agent, yi = county.agent("8001"), county.agent("8002")
    for number, queue in (("8001", "consult"), ("8002", "yi")):
        page.select_option("#target", queue)
        pressed(page, f"{number} 移入所选队列")
    pressed(page, "8001 暂停")
    one, two, three, four = callers = [new_number() for _ in range(4)]
    calls = {}
    for caller in callers:
        line = another_trunk(county)
        calls[caller] = ask_for(county, "1", caller, trunk=line)
        expect(page.locator("#waiting")).to_contain_text(caller)
    for caller in (three, four):
        pressed(page, f"{caller} 置顶")
        expect(page.locator("#waiting tbody tr").first).to_contain_text(caller)
        county.town.rest(1.0)  # who is put in front within the same second stands behind
    assert places_of(page) == [f"{place} 咨询 {who}" for place, who in enumerate((four, three, one, two), 1)]
    page.once("dialog", lambda question: question.accept())
    pressed(page, f"{two} 挂断")
    calls[two].wait("disconnected")
    page.select_option("#target", "yi")
    pressed(page, f"{one} 转队列")
    moved = yi.wait_call(10)
    assert moved.remote.user == one
    moved.answer()
    county.meet(calls[one], moved)
    pressed(page, "8001 取消暂停")
    for caller in (four, three):
        talking = agent.wait_call(15)
        assert talking.remote.user == caller
        talking.answer()
        county.meet(calls[caller], talking)
        calls[caller].hangup()
    calls[one].hangup()
    row = county.row(one, disposition="answered")
    assert (row["queue"], row["agent"]) == ("yi", "8002")
    assert county.row(two)["disposition"] == "abandoned-queue"


def joined(county: County, page: Page, boss: Any, what: str) -> Call:
    """The call of the supervisor's telephone after the page's button was pressed."""
    page.get_by_role("button", name=f"8001 {what}").click()
    expect(page.locator("#told")).to_have_text(f"已执行：8001 {what}")
    call: Call = boss.wait_call(10)
    call.answer()
    call.wait("confirmed")
    return call


def says(county: County, call: Call, hertz: int) -> float:
    """When the call began to speak for a second."""
    begun = time.monotonic()
    call.play(county.tone(hertz, 1.0))
    county.town.rest(1.5)
    return begun


def test_who_is_heard_while_a_supervisor_listens_whispers_barges_and_takes_over(
    county: County, page: Page, floor_hotline: Hotline
) -> None:
    agent, boss = county.agent("8001"), county.phone("8101")
    call, talking = answered(county, agent, new_number())
    county.meet(call, talking)
    listening = joined(county, page, boss, "监听")
    expect(row(page, "8001")).to_contain_text("监听中")
    speak(county, call, CITIZEN_HZ, listening)
    speak(county, talking, AGENT_HZ, listening)
    says(county, listening, UNHEARD_HZ)
    listening.hangup()
    whispering = joined(county, page, boss, "密语")
    talking.hears_tone(WHISPER_HZ, since=says(county, whispering, WHISPER_HZ))
    whispering.hangup()
    barging = joined(county, page, boss, "强插")
    begun = says(county, barging, BARGE_HZ)
    for one in (call, talking):
        one.hears_tone(BARGE_HZ, since=begun)
    speak(county, call, CITIZEN_HZ, barging)
    barging.hangup()
    taking = joined(county, page, boss, "接管")
    talking.wait("disconnected", 10)
    speak(county, call, CITIZEN_HZ, taking)
    speak(county, taking, TAKE_HZ, call)
    call.hangup()
    taking.wait("disconnected", 10)
    assert not audio.has_tone(call.heard(), UNHEARD_HZ) and not audio.has_tone(talking.heard(), UNHEARD_HZ)
    assert not audio.has_tone(call.heard(), WHISPER_HZ), "a whisper is for the agent alone"
    how = ("listen", "whisper", "barge", "take")
    store = Store(floor_hotline.settings.database)
    with store.reading() as session:
        done = [row.detail["of"] for row in session.query(AuditRow).filter_by(action="floor").order_by(AuditRow.id)]
    store.close()
    assert [one for one in done if one[0] in how] == [[what, "8001"] for what in how]
