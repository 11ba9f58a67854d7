"""The agent's page in a real Chromium, over the real watch and desk; Asterisk is played (R3-R9)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from callqueue.tables import MissedCallRow, MissedRow
from console import accounts, push
from console.tables import AuditRow, SessionRow
from store.base import now
from tests.pages.conftest import PASSWORD, Desk
from tests.pages.played import Stage
from tickets.access import Actor, Role
from tickets.intake import draft_from_call
from tickets.knowledge import articles
from tickets.knowledge.links import grounds_of
from tickets.records import TICKETS

CITIZEN = "13900000002"


class Visit:
    """A citizen's visit by way of the queue `consult` to the phone 8001."""

    def __init__(self, stage: Stage, caller: str = CITIZEN) -> None:
        began = time.time()
        self.id, self._phone, self._stage = f"{began:.0f}.{int(began * 1000) % 1000}1", f"{began:.0f}.9", stage
        facts = f"HOTLINE_CALL_ID={self.id}"
        self._citizen = {"Channel": "PJSIP/trunk-7", "Uniqueid": self.id, "Linkedid": self.id, "ChannelStateDesc": "Up",
                         "CallerIDNum": caller,
                         "ChanVariable": f"{facts}\nHOTLINE_QUEUE=consult\nHOTLINE_PATH=greeting:1.main:2"}
        self._agent = {"Channel": "PJSIP/8001-8", "Uniqueid": self._phone, "Linkedid": self.id, "CallerIDNum": "8001",
                       "ChanVariable": facts}

    def ring(self) -> None:
        self._stage.say("Newstate", self._citizen)
        self._stage.say("Newstate", self._agent, ChannelStateDesc="Ringing")

    def answer(self) -> None:
        self._stage.say("Newstate", self._agent, ChannelStateDesc="Up")
        self._stage.say("BridgeEnter", self._citizen, BridgeUniqueid="b")
        self._stage.say("BridgeEnter", self._agent, BridgeUniqueid="b", ChannelStateDesc="Up")

    def end(self) -> None:
        for channel in (self._agent, self._citizen):
            self._stage.say("Hangup", channel)
        self._stage.say("QueueMemberStatus", Queue="consult", MemberName="8001", Interface="PJSIP/8001", Status="1",
                        Paused="0", LastCall=f"{time.time():.0f}")


@pytest.fixture
def stage(desk: Desk) -> Iterator[Stage]:
    made = Stage(desk)
    yield made
    made.close()


@pytest.fixture
def seated(tabs: Any, stage: Stage) -> Page:
    """The page of the agent at 8001."""
    page: Page = tabs().log_in("agent")
    page.goto("/agent")
    if page.get_by_role("button", name="登录").count():
        page.get_by_label(re.compile("^8001")).check()
        page.get_by_role("button", name="登录").click()
    expect(page.locator("#state")).to_have_text("空闲")
    return page


def test_a_phone_belongs_to_one_agent(seated: Page, tabs: Any, desk: Desk) -> None:
    expect(seated.get_by_label("坐席状态")).to_contain_text("8001")
    with desk.store.begin() as session:
        accounts.add(session, "agent2", [Role.AGENT], PASSWORD)
    other = tabs().log_in("agent2")
    other.goto("/agent")
    expect(other.get_by_text("agent 使用中")).to_be_visible()
    other.get_by_label(re.compile("^8001")).check()
    other.get_by_role("button", name="登录").click()
    expect(other.get_by_role("alert")).to_have_text("话机 8001 正由 agent 使用")
    other.get_by_label(re.compile("^8002")).check()
    other.get_by_role("button", name="登录").click()
    expect(other.get_by_role("status").first).to_contain_text("已登录话机 8002")


def test_the_page_pops_when_it_rings_and_the_ticket_is_filed_while_talking(
    seated: Page, stage: Stage, desk: Desk
) -> None:
    visit = Visit(stage)
    visit.ring()
    expect(seated.locator("#ring")).to_have_text(f"来电振铃 {CITIZEN}")
    assert "来电" in seated.title()
    expect(seated.get_by_role("heading", name=f"来电 {CITIZEN} 老年人")).to_be_visible()
    expect(seated.locator("#work")).to_contain_text("问候语按 1 → 主菜单按 2")
    expect(seated.get_by_role("button", name="110")).to_be_hidden()
    visit.answer()
    expect(seated.locator("#ring")).to_have_text(f"通话中 {CITIZEN}")
    seated.keyboard.press("F4")
    expect(seated.get_by_label("诉求类型")).to_be_focused()
    seated.get_by_label("诉求类型").select_option(label="求助")
    seated.get_by_label("标题").fill("停水三天")
    seated.get_by_label("内容").fill("狮山镇停水三天，请尽快恢复。")
    seated.reload()
    expect(seated.locator("#ring")).to_have_text(f"通话中 {CITIZEN}")
    expect(seated.get_by_label("标题")).to_have_value("停水三天")
    seated.get_by_role("button", name="受理", exact=True).click()
    expect(seated.locator("main > .notice")).to_contain_text("受理：工单")
    expect(seated.locator("#ring")).to_have_text(f"通话中 {CITIZEN}")
    with desk.store.reading() as session:
        row = session.execute(select(TICKETS).where(TICKETS.c.source_key == f"phone:{visit.id}")).one()
        entry = session.scalars(select(AuditRow).where(AuditRow.action == "accept")).all()[-1]
    assert (row.state, row.subject, row.phone, row.agent, row.queue) == (
        "accepted", "停水三天", CITIZEN, "8001", "consult",
    )  # fmt: skip
    assert entry.detail["tickets"] == [row.number]
    visit.end()
    expect(seated.locator("#state")).to_have_text("话后整理")
    expect(seated.locator("#lasting")).to_contain_text("还剩")
    seated.reload()
    expect(seated.locator("#work")).to_contain_text(row.number)


def test_a_refusal_says_where_to_go_and_works_after_the_call(seated: Page, stage: Stage, desk: Desk) -> None:
    """N1 to N4 (R6-R9), in the wrap-up, when the ledger has added the recording meanwhile."""
    visit = Visit(stage, "13900000003")
    visit.ring()
    visit.answer()
    expect(seated.locator("#ring")).to_have_text("通话中 13900000003")
    visit.end()
    expect(seated.locator("#line")).to_be_hidden()
    with desk.store.begin() as session:
        draft_from_call(session, call_id=visit.id, caller="13900000003", line="12345", queue="consult", agent="8001",
                        started_at=now(), kind="answered", recordings=["a.wav"])  # fmt: skip
    seated.get_by_label("标题").fill("法院判决")
    seated.get_by_text("不予受理", exact=True).click()
    seated.get_by_role("button", name="不予受理并告知去向").click()
    expect(seated.locator("main > .problem")).to_contain_text("不予受理情形")
    expect(seated.get_by_label("标题")).to_have_value("法院判决")
    seated.locator("[name=scope]").select_option("N3")
    seated.get_by_role("button", name="不予受理并告知去向").click()
    expect(seated.locator("main > .notice")).to_contain_text("请告知群众：此事不属12345受理范围")
    with desk.store.reading() as session:
        row = session.execute(select(TICKETS).where(TICKETS.c.source_key == f"phone:{visit.id}")).one()
    assert (row.state, row.subject, row.scope) == ("refused", "法院判决", "N3")


def test_what_was_said_goes_with_its_moment_and_an_own_call_is_no_incoming_one(seated: Page, stage: Stage) -> None:
    visit = Visit(stage, "13900000005")
    visit.ring()
    visit.answer()
    expect(seated.locator("#ring")).to_have_text("通话中 13900000005")
    seated.get_by_label("转接或咨询的坐席号、电话号码").fill("12345")
    seated.get_by_role("button", name="转接").click()
    expect(seated.locator("#told")).to_have_text("请填坐席号或电话号码")
    visit.end()
    expect(seated.locator("#told")).to_have_text("", timeout=10_000)
    own = {"Channel": "PJSIP/8001-9", "Uniqueid": "1795000099.1", "Linkedid": "1795000099.1", "CallerIDNum": "8001",
           "ConnectedLineNum": "13900000005"}
    stage.say("Newstate", own, ChannelStateDesc="Ringing")
    expect(seated.locator("#ring")).to_have_text("请接起话机，接起后拨打 13900000005")
    stage.say("Hangup", own)
    expect(seated.locator("#line")).to_be_hidden()


def test_what_an_agent_does_is_sent_to_asterisk_and_on_record(seated: Page, stage: Stage, desk: Desk) -> None:
    visit = Visit(stage, "13900000004")
    visit.ring()
    visit.answer()
    expect(seated.locator("#ring")).to_have_text("通话中 13900000004")
    seated.get_by_label("转接或咨询的坐席号、电话号码").fill("8002")
    seated.get_by_role("button", name="咨询").click()
    expect(seated.locator("#told")).to_contain_text("群众在听音乐等候")
    assert stage.manager.sent[-1] == {
        "Action": "Atxfer", "Channel": "PJSIP/8001-8", "Context": "transfer", "Exten": "8002",
    }  # fmt: skip
    seated.get_by_role("button", name="转接").click()
    expect(seated.locator("#told")).to_have_text("已转接")
    assert stage.manager.sent[-1]["Action"] == "BlindTransfer"
    seated.keyboard.press("Control+Alt+2")
    expect(seated.locator("#told")).to_have_text("正在接入紧急台")
    sent = stage.manager.sent[-1]
    assert sent["Channel"] == "Local/119@danger-page/n"
    assert "__CITIZEN=PJSIP/trunk-7,__AGENT=PJSIP/8001-8,__AGENT_NUMBER=8001" in sent["Variable"]
    seated.get_by_role("button", name="挂断").click()
    expect(seated.locator("#told")).to_have_text("您已退出通话")
    assert stage.manager.sent[-1]["Channel"] == "PJSIP/8001-8"
    visit.end()
    seated.get_by_role("button", name="回拨 13900000004").click()
    expect(seated.locator("#told")).to_contain_text("正在呼叫您的话机")
    sent = stage.manager.sent[-1]
    assert (sent["Action"], sent["Exten"]) == ("Originate", "13900000004")
    with desk.store.reading() as session:  # drafted by the click: the ledger is a little behind
        row = session.execute(select(TICKETS).where(TICKETS.c.source_key == f"phone:{visit.id}")).one()
    assert sent["Variable"] == f"HOTLINE_TICKET={row.number}"
    expect(seated.locator("#state")).to_have_text("话后整理")
    seated.keyboard.press("F2")
    expect(seated.locator("#told")).to_have_text("已就绪")
    assert [one["Action"] for one in stage.manager.sent[-3:]] == ["QueuePause", "QueueRemove", "QueueAdd"]
    with desk.store.reading() as session:
        done = session.scalars(select(AuditRow).where(AuditRow.action == "seat").order_by(AuditRow.id)).all()
    told = [(row.detail["of"], row.detail["told"]) for row in done if row.detail.get("told") and row.detail.get("of")]
    assert told[-6][0] == ["consult"]
    assert told[-6][1] == {"number": "8001", "to": "8002"}


def test_nobody_acts_on_the_call_of_another(desk: Desk, seated: Page, stage: Stage, tabs: Any) -> None:
    visit = Visit(stage, "13900000005")
    visit.ring()
    visit.answer()
    expect(seated.locator("#ring")).to_have_text("通话中 13900000005")
    with desk.store.begin() as session:
        accounts.add(session, "agent3", [Role.AGENT], PASSWORD)
    other = tabs().log_in("agent3")
    other.goto("/agent")
    other.get_by_label(re.compile("^8003")).check()
    other.get_by_role("button", name="登录").click()
    assert other.goto(f"/agent?call={visit.id}").status == 404
    assert tabs().log_in("office").goto("/agent").status == 403


def test_a_page_that_is_not_current_says_so_and_does_nothing(seated: Page, stage: Stage) -> None:
    expect(seated.locator("#standing")).to_be_hidden()
    stage.link("down")
    expect(seated.locator("#standing")).to_contain_text("数据不是最新：自")
    expect(seated.get_by_role("button", name="暂停")).to_be_disabled()
    stage.link("up")
    expect(seated.locator("#standing")).to_be_hidden()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a session still lives is looked at all the time."""
    monkeypatch.setattr(push, "_AGAIN", 0.5)


@pytest.mark.usefixtures("soon")
def test_a_session_that_has_ended_leads_to_the_log_in(seated: Page, desk: Desk) -> None:
    with desk.store.begin() as session:
        session.execute(delete(SessionRow))
    seated.wait_for_url("**/login?back=*", timeout=20_000)


@pytest.mark.parametrize("width", [1920, 1366, 390])
def test_it_fits_every_screen(seated: Page, stage: Stage, width: int) -> None:
    seated.set_viewport_size({"width": width, "height": 768})
    visit = Visit(stage)
    visit.ring()
    visit.answer()
    expect(seated.locator("#ring")).to_have_text(f"通话中 {CITIZEN}")
    assert seated.evaluate("document.documentElement.scrollWidth") <= width


def test_an_answer_is_given_from_the_knowledge_base(seated: Page, stage: Stage, desk: Desk) -> None:
    """R16: found beside the call, taken into the answer, linked to it."""
    with desk.store.begin() as session:
        code = articles.add(session, {"title": "社保卡补办", "text": "带身份证到镇便民服务中心。", "source": "县人社局",
                                      "state": "published"}, by=Actor("office", Role.COUNTY_ADMIN), at=now()).code
    visit = Visit(stage, "13900000006")
    visit.ring()
    visit.answer()
    expect(seated.locator("#ring")).to_have_text("通话中 13900000006")
    seated.get_by_label("诉求类型").select_option(label="咨询")
    seated.get_by_label("标题").fill("社保卡丢了")
    seated.get_by_label("在知识库查找").fill("社保卡")
    seated.get_by_label("在知识库查找").press("Enter")
    seated.get_by_text("社保卡补办").click()
    seated.get_by_role("button", name="用于答复").click()
    expect(seated.get_by_label("办理结果")).to_have_value("带身份证到镇便民服务中心。")
    seated.get_by_label("诉求类型").select_option("")
    seated.get_by_role("button", name="答复并办结").click()
    expect(seated.locator("main > .problem")).to_contain_text("诉求类型：受理前必须填写")
    expect(seated.get_by_label("其他条目编号")).to_have_value(f"{code}@1")  # a refusal keeps what it rests on
    seated.get_by_label("诉求类型").select_option(label="咨询")
    seated.get_by_role("button", name="答复并办结").click()
    expect(seated.locator("main > .notice")).to_contain_text("工单")
    with desk.store.reading() as session:
        row = session.execute(select(TICKETS).where(TICKETS.c.source_key == f"phone:{visit.id}")).one()
        grounds = grounds_of(session, row.number)
    assert (row.state, row.result) == ("closed", "带身份证到镇便民服务中心。")
    assert [ground.code for ground in grounds] == [code]


def test_whoever_gets_up_is_told_of_no_more_calls(seated: Page, stage: Stage, desk: Desk) -> None:
    """Also in a window that was left open: what comes next at the phone is another agent's."""
    left = seated.context.new_page()
    left.goto("/agent")
    left.get_by_role("button", name="离开话机").click()
    expect(left.get_by_text("登录话机")).to_be_visible()
    expect(seated.locator("#standing")).to_contain_text("数据不是最新", timeout=15_000)
    Visit(stage, "13900000008").ring()
    expect(left.get_by_text("登录话机")).to_be_visible()
    expect(seated.locator("#ring")).not_to_contain_text("13900000008")
    left.get_by_label(re.compile("^8001")).check()
    left.get_by_role("button", name="登录").click()
    expect(left.locator("#ring")).to_have_text("来电振铃 13900000008")


def test_a_citizen_is_called_from_the_ticket(seated: Page, stage: Stage, desk: Desk) -> None:
    with desk.store.begin() as session:
        number = draft_from_call(session, call_id="earlier", caller="13900000009", line="12345", queue="consult",
                                 agent="8001", started_at=now(), kind="answered", recordings=[])  # fmt: skip
    seated.goto(f"/tickets/{number}")
    seated.get_by_role("button", name="呼叫群众 13900000009").click()
    expect(seated.locator("main > .notice")).to_contain_text("正在呼叫您的话机")
    sent = stage.manager.sent[-1]
    assert (sent["Exten"], sent["Variable"]) == ("13900000009", f"HOTLINE_TICKET={number}")


def test_whom_an_agent_calls_with_a_ticket_open_is_noted_with_it(seated: Page, stage: Stage, desk: Desk) -> None:
    """R11: its citizen always, anybody else when the agent says so, and nobody without a ticket."""
    visit = Visit(stage, "13900000010")
    visit.ring()
    visit.answer()
    expect(seated.locator("#ring")).to_have_text("通话中 13900000010")
    visit.end()
    expect(seated.locator("#line")).to_be_hidden()
    with desk.store.begin() as session:
        number = draft_from_call(session, call_id=visit.id, caller="13900000010", line="12345", queue="consult",
                                 agent="8001", started_at=now(), kind="answered", recordings=[])  # fmt: skip
    seated.reload()
    about = seated.get_by_label(f"记入工单 {number}")
    told = []
    for phone, ticked in (("087800000001", False), ("087800000001", True), ("13900000010", False)):
        seated.get_by_label("电话号码", exact=True).fill(phone)
        about.set_checked(ticked)
        before = len(stage.manager.sent)
        with seated.expect_response(re.compile("/agent/do/dial$")):
            seated.get_by_role("button", name="拨打", exact=True).click()
        (sent,) = stage.manager.sent[before:]
        told.append(sent.get("Variable"))
    assert told == [None, f"HOTLINE_TICKET={number}", f"HOTLINE_TICKET={number}"]


def test_the_call_of_a_kept_place_has_the_ticket_of_the_call_that_asked(
    seated: Page, stage: Stage, desk: Desk
) -> None:
    phone, at = "13900000008", now()
    asked, facts = "1795000400.1", "HOTLINE_CALL_ID=1795000500.1"
    with desk.store.begin() as session:
        number = draft_from_call(session, call_id=asked, caller=phone, line="12345", queue="consult", agent="",
                                 started_at=at, kind="callback", recordings=[])  # fmt: skip
        task = MissedRow(phone=phone, open_phone=phone, state="open", queue="consult", calls=1, first_at=at, last_at=at,
                         due_at=at, assignee="", attempts=0, kept_at=at, closed_by="", reason="")  # fmt: skip
        session.add(task)
        session.flush()
        session.add(MissedCallRow(call_id=asked, task=task.id))
    place = {"Channel": f"Local/{phone}@kept-place-00000001;2", "Uniqueid": "1795000500.2", "ChannelStateDesc": "Up",
             "Linkedid": "1795000500.1", "ChanVariable": f"{facts}\nHOTLINE_QUEUE=consult"}
    half = place | {"Channel": f"{place['Channel'][:-1]}1", "Uniqueid": "1795000500.1", "CallerIDNum": "12345"}
    agent = {"Channel": "PJSIP/8001-9", "Uniqueid": "1795000501.3", "Linkedid": "1795000500.1", "CallerIDNum": "8001",
             "ChanVariable": facts}  # fmt: skip
    for one in (half, place, agent | {"ChannelStateDesc": "Up"}):
        stage.say("Newstate", one)
    for one in (place, agent | {"ChannelStateDesc": "Up"}):
        stage.say("BridgeEnter", one, BridgeUniqueid="k")
    expect(seated.locator("#ring")).to_have_text(f"正在呼叫 {phone}")
    expect(seated.get_by_role("heading", name=f"回拨 {phone}")).to_be_visible()
    expect(seated.get_by_role("heading", name=f"工单 {number}")).to_be_visible()
    for one in (agent, place, half):
        stage.say("Hangup", one)
