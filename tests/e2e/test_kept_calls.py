"""What can happen in the call that a kept place ends in: handed on, danger by each side; and a key that was lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e import scenes
from tests.e2e.county import AGENT_HZ, CITIZEN_HZ, DESK_HZ, County, new_number
from tests.e2e.scenes import SECOND_AGENT_HZ, ask_for, speak
from tests.hotline_fixture import eventually
from tests.phones import Call, Phone, audio

nothing_left = scenes.nothing_left
pytestmark = pytest.mark.usefixtures("nothing_left")


def paused(county: County) -> Phone:
    """The agent at 8001, whom no call reaches yet."""
    agent = county.agent("8001")
    county.hotline.cli("queue pause member PJSIP/8001")
    return agent


def ready(county: County) -> None:
    county.hotline.cli("queue unpause member PJSIP/8001")


def called_back(county: County, keeps: str) -> tuple[Call, Call]:
    """The citizen's phone, which rings, and the call of the agent at 8001, whose turn has come."""
    county.trunk  # noqa: B018 - the carrier must be there before it is called
    agent = paused(county)
    call = ask_for(county, "1", keeps)
    county.town.wait_until(lambda: "PJSIP/trunk" in county.hotline.cli("queue show consult"), 15, "in the queue")
    call.dtmf("1")
    call.hears(county.sound("queue_callback_done"), 10)
    call.wait("disconnected")
    ready(county)
    reserved = agent.wait_call(20)
    assert reserved.remote.user == keeps
    reserved.answer()
    return county.trunk.wait_call(20, number=keeps), reserved


def row_of(county: County, keeps: str) -> dict[str, Any]:
    """The ledger's row of the call back, once it is over and has its ticket."""

    def found() -> str:
        rows = county.hotline.json("calls", "list", "--caller", keeps)
        done = [row for row in rows if row["direction"] == "callback" and row["ended_at"] and row["ticket_no"]]
        assert len(done) <= 1, done
        return str(done[0]["call_id"]) if done else ""

    row: dict[str, Any] = county.hotline.json("calls", "show", eventually(found, 30, f"the call back of {keeps}"))
    return row


def three(county: County, citizen: Call, agent: Call, desk: Call) -> None:
    """Each of the three hears the others."""
    speak(county, citizen, CITIZEN_HZ, desk)
    agent.hears_tone(CITIZEN_HZ)
    speak(county, desk, DESK_HZ, citizen)
    agent.hears_tone(DESK_HZ)
    speak(county, agent, AGENT_HZ, desk)
    citizen.hears_tone(AGENT_HZ)


def test_it_is_handed_on_and_the_next_agent_brings_the_emergency_desk(county: County) -> None:
    """R6: both agents are in the ledger with their times, the recordings on the ticket of the call that asked."""
    county.desk.auto_answer(0.1)
    second = county.phone("8002")
    keeps = new_number()
    citizen, talking = called_back(county, keeps)
    citizen.answer()
    citizen.hears(county.sound("agent_number_after"), 30)
    county.meet(citizen, talking)
    talking.dtmf("*2")
    talking.hears(county.sound("transfer_number"), 8)
    talking.dtmf("8002")
    asked = second.wait_call(10)
    asked.answer()
    asked.wait("confirmed")
    speak(county, talking, AGENT_HZ, asked)
    talking.hangup()
    speak(county, asked, SECOND_AGENT_HZ, citizen)
    speak(county, citizen, CITIZEN_HZ, asked)
    asked.dtmf("#2")
    desk = county.desk.wait_call(8, number="119")
    assert desk.remote.user == keeps
    three(county, citizen, asked, desk)
    desk.hangup()
    county.meet(citizen, asked)
    asked.hangup()
    citizen.hangup()
    row = row_of(county, keeps)
    assert (row["disposition"], row["queue"], row["transfers"]) == ("emergency", "consult", 1)
    assert [share["agent"] for share in row["agents"]] == ["8001", "8002"]
    assert all(share["talk_s"] > 0.5 for share in row["agents"])
    (record,) = row["emergencies"]
    assert (record["service"], record["by"], record["agent"], record["outcome"]) == ("119", "agent", "8002", "answered")
    files = [made["file"] for made in row["recordings"]]
    heard = [audio.load(scenes.recording(county.hotline, file)) for file in files]
    assert audio.has_tone(heard[0], AGENT_HZ) and audio.has_tone(heard[-1], DESK_HZ)
    ticket = county.hotline.json("ticket", "show", row["ticket_no"])
    assert (ticket["phone"], ticket["recordings"]) == (keeps, files)


def test_r6_nine_is_danger_while_the_citizen_hears_who_calls(county: County) -> None:
    """The agent who is there stays; no other one is called."""
    county.desk.auto_answer(0.1)
    keeps = new_number()
    citizen, talking = called_back(county, keeps)
    citizen.answer()
    citizen.hears(county.sound("callback_intro"), 10, seconds=1)
    citizen.dtmf("9")
    citizen.hears(county.sound("emergency_which"), 8)
    citizen.dtmf("3")
    desk = county.desk.wait_call(8, number="120")
    assert desk.remote.user == keeps
    three(county, citizen, talking, desk)
    desk.hangup()
    county.meet(citizen, talking)
    citizen.hangup()
    talking.wait("disconnected", 10)
    row = row_of(county, keeps)
    assert (row["disposition"], [share["agent"] for share in row["agents"]]) == ("emergency", ["8001"])
    (record,) = row["emergencies"]
    expected = ("120", "caller", "8001", "answered")
    assert tuple(record[name] for name in ("service", "by", "agent", "outcome")) == expected
    assert record["pressed_at"] < record["calling_at"] < record["answered_at"]


def test_r6_a_nine_that_asterisk_loses_is_asked_for_again_and_silence_is_danger(county: County) -> None:
    """asterisk/asterisk#543: a key pressed while a place behind the first is announced arrives as none."""
    paused(county)
    first = ask_for(county, "1", new_number())
    first.hears(county.sound("to_agent"), 10)
    caller = new_number()
    second = ask_for(county, "1", caller)
    second.hears(county.sound("queue_position_before"), 20, seconds=0.6)
    second.dtmf("9")
    second.hears(county.sound("queue_danger"), 3, seconds=1)
    second.hears(county.sound("emergency_which"), 30)
    for call in (first, second):
        call.hangup()
    row = county.row(caller, disposition="emergency-missed")
    assert [(one["by"], one["outcome"]) for one in row["emergencies"]] == [("caller", "abandoned")]
