"""Danger (R1, R6): one key in every state, the desk hears the caller within two seconds, an agent comes and stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.county import AGENT_HZ, CITIZEN_HZ, DESK_HZ, County, new_number
from tests.hotline_fixture import Hotlines, eventually
from tests.phones import Call, Town, audio

WITHIN = 2.0


def press_danger(county: County, call: Call, service_key: str) -> float:
    """When the service's key was pressed, after the danger key and the question."""
    call.dtmf("9")
    call.hears(county.sound("emergency_which"), 8)
    return call.dtmf(service_key)


@pytest.mark.parametrize(
    ("state", "key", "service"),
    [("greeting", "1", "110"), ("main_menu", "2", "119"), ("queue", "3", "120"), ("voicemail", "4", "122")],
)
def test_r6_one_key_in_every_state(county: County, state: str, key: str, service: str) -> None:
    county.desk.auto_answer(0.1)
    caller = new_number()
    call = reach(county, caller, state)
    pressed = press_danger(county, call, key)
    call.play(county.tone(CITIZEN_HZ), repeat=True)
    desk = county.desk.wait_call(5, number=service)
    assert desk.remote.user == caller  # the desk sees who needs help
    assert desk.hears_tone(CITIZEN_HZ) - pressed < WITHIN
    call.stop()
    call.hears(county.sound("emergency_connected"), 8)
    desk.play(county.tone(DESK_HZ), repeat=True)
    call.hears_tone(DESK_HZ)
    call.hangup()
    county.row(caller, disposition="emergency")
    record = eventually(lambda: rung(county, caller), 10, "a record of when the desk rang")
    assert (record["service"], record["outcome"], record["caller"]) == (service, "answered", caller)
    stamps = [record[name] for name in ("pressed_at", "calling_at", "ringing_at", "answered_at")]
    assert stamps == sorted(stamps)


def rung(county: County, caller: str) -> dict[str, Any] | None:
    """The emergency record of the call, once it tells when the desk rang: after the desk's own leg is over."""
    record: dict[str, Any] = county.row(caller)["emergencies"][0]
    return record if record["ringing_at"] else None


def reach(county: County, caller: str, state: str) -> Call:
    """A citizen's call in the state."""
    if state == "queue":  # an agent is there but never answers
        county.agent("8001").auto_ignore()
    call = county.citizen(caller=caller)
    if state == "main_menu":
        call.hears(county.sound("main_menu"), 15)
    if state == "queue":
        call.dtmf("1")
        waiting = "PJSIP/trunk"
        county.town.wait_until(lambda: waiting in county.hotline.cli("queue show consult"), 15, "in the queue")
    if state == "voicemail":  # nobody is logged in, so the overflow leads there
        call.dtmf("1")
        call.hears(county.sound("voicemail"), 30)
    return call


def test_an_agent_joins_and_stays_when_the_desk_has_gone(county: County) -> None:
    county.desk.auto_answer(0.1)
    agent = county.agent("8001")
    caller = new_number()
    call = county.citizen(caller=caller)
    press_danger(county, call, "1")
    companion = agent.wait_call(10)
    companion.answer()
    desk = county.desk.wait_call(5, number="110")
    county.meet(call, companion)
    desk.hangup()
    county.town.rest(1)
    assert companion.state == call.state == "confirmed"
    county.meet(call, companion)
    call.hangup()
    companion.wait("disconnected", 5)
    row = county.row(caller, disposition="emergency")
    assert row["emergencies"][0]["agent_joined_at"] and row["agent"] == "8001"
    assert row["recordings"]


@pytest.mark.parametrize("how", ["busy", "no answer"])
def test_a_desk_that_does_not_take_the_call(county: County, how: str) -> None:
    """The caller hears which number to dial and gets the next agent before everyone else (weight of the queue)."""
    if how == "busy":
        county.desk.auto_reject(486)
    else:
        county.desk.auto_ignore()
    agent = county.agent("8001")
    caller = new_number()
    call = county.citizen(caller=caller)
    press_danger(county, call, "2")
    companion = agent.wait_call(10)
    companion.answer()
    call.hears(county.sound("emergency_failed_before"), 25)
    call.hears(county.sound("service_119"), 10)
    county.meet(call, companion)
    call.hangup()
    row = county.row(caller)
    record = row["emergencies"][0]
    assert record["outcome"] == ("busy" if how == "busy" else "no-answer")
    assert how == "busy" or record["pressed_at"] < record["calling_at"] < record["ringing_at"] < record["ended_at"]
    assert row["agent"] == "8001"


def test_whoever_waits_for_the_agent_after_a_busy_desk_is_not_told_that_it_is_being_called(county: County) -> None:
    county.desk.auto_reject(486)
    caller = new_number()
    call = county.citizen(caller=caller)
    press_danger(county, call, "2")
    failed = call.hears(county.sound("emergency_failed_after"), 12)
    call.hears(county.sound("emergency_hold"), 12, after=failed.offset)
    agent = county.agent("8001")
    companion = agent.wait_call(10)
    companion.answer()
    county.meet(call, companion)
    assert not audio.find(call.heard(), county.sound("emergency_119"), start=failed.offset).sure
    call.hangup()


@pytest.mark.parametrize("by", ["caller", "agent"])
def test_nobody_is_left_alone_in_the_room(county: County, by: str) -> None:
    """The desk stays when the agent has gone; when both have, the call is over."""
    county.desk.auto_answer(0.1)
    agent = county.agent("8001")
    caller = new_number()
    call = county.citizen(caller=caller)
    if by == "caller":
        press_danger(county, call, "1")
    else:
        call.dtmf("1")
    companion = agent.wait_call(15)
    companion.answer()
    if by == "agent":
        county.meet(call, companion)
        companion.dtmf("#1")
    desk = county.desk.wait_call(8, number="110")
    county.meet(call, companion)
    companion.hangup()
    county.meet(call, desk)
    desk.hangup()
    call.wait("disconnected", 8)
    assert audio.find(call.heard(), county.sound("goodbye"), seconds=1).sure
    assert county.row(caller)["emergencies"][0]["outcome"] == "answered"


def test_who_was_helped_is_not_held_for_an_agent_when_nobody_is_at_a_phone(county: County) -> None:
    county.desk.auto_answer(0.1)
    caller = new_number()
    call = county.citizen(caller=caller)
    press_danger(county, call, "3")
    desk = county.desk.wait_call(8, number="120")
    county.meet(call, desk)
    desk.hangup()
    call.wait("disconnected", 8)
    assert audio.find(call.heard(), county.sound("goodbye"), seconds=1).sure
    assert not audio.find(call.heard(), county.sound("emergency_hold"), seconds=1).sure
    assert county.row(caller)["emergencies"][0]["outcome"] == "answered"


def test_no_peer_is_set(hotlines: Hotlines) -> None:
    """Nothing rings anywhere; the caller is told the number and an agent comes."""
    hotline = hotlines(emergency_peer="", wrapup_seconds=1)
    hotline.start()
    with Town(limit=120) as town:
        county = County(hotline, town)
        agent = county.agent("8001")
        caller = new_number()
        call = county.citizen(caller=caller)
        press_danger(county, call, "3")
        companion = agent.wait_call(10)
        companion.answer()
        call.hears(county.sound("emergency_failed_before"), 15)
        county.meet(call, companion)
        call.hangup()
        assert county.row(caller)["emergencies"][0]["outcome"] == "failed"


def test_before_everyone_else(county: County) -> None:
    """One agent, one caller waiting longer: the one in danger is served first."""
    agent = county.agent("8001")
    county.desk.auto_reject(486)
    busy = county.citizen()
    busy.dtmf("1")
    talking = agent.wait_call(15)
    talking.answer()
    waiting = county.citizen()
    waiting.dtmf("1")
    waiting.hears(county.sound("queue_next"), 25)
    endangered = new_number()
    call = county.citizen(caller=endangered)
    press_danger(county, call, "1")
    call.hears(county.sound("emergency_failed_before"), 15)
    talking.hangup()
    following = agent.wait_call(15)
    assert following.remote.user == endangered
    following.answer()
    county.meet(call, following)
    for one in (call, waiting, busy):
        one.hangup()


def test_not_sure_goes_to_the_next_agent(county: County) -> None:
    agent = county.agent("8001")
    caller = new_number()
    call = county.citizen(caller=caller)
    press_danger(county, call, "0")
    companion = agent.wait_call(15)
    companion.answer()
    county.meet(call, companion)
    companion.hangup()
    call.hangup()
    assert county.row(caller)["queue"] == "danger"


@pytest.mark.parametrize(("key", "service"), [("#1", "110"), ("#2", "119"), ("#3", "120"), ("#4", "122")])
def test_the_agents_key_makes_a_three_party_call(county: County, key: str, service: str) -> None:
    county.desk.auto_answer(0.1)
    agent = county.agent("8001")
    caller = new_number()
    call = county.citizen(caller=caller)
    call.dtmf("1")
    talking = agent.wait_call(15)
    talking.answer()
    county.meet(call, talking)
    pressed = talking.dtmf(key)
    call.play(county.tone(CITIZEN_HZ), repeat=True)
    desk = county.desk.wait_call(6, number=service)
    assert desk.hears_tone(CITIZEN_HZ) - pressed < WITHIN
    call.stop()
    talking.play(county.tone(AGENT_HZ), repeat=True)
    desk.hears_tone(AGENT_HZ)
    talking.stop()
    desk.play(county.tone(DESK_HZ), repeat=True)
    talking.hears_tone(DESK_HZ)
    call.hears_tone(DESK_HZ)
    assert talking.state == "confirmed"
    call.hangup()
    row = county.row(caller)
    record = row["emergencies"][0]
    assert (record["service"], record["by"], row["agent"]) == (service, "agent", "8001")
