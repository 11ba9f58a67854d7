"""Agents at softphones: log in, pause, answer, transfer, be rated; callers who wait, and who wait in vain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from asterisk_conf.render import QUEUES
from tests.e2e import scenes
from tests.e2e.county import AGENT_HZ, CITIZEN_HZ, County, new_number
from tests.e2e.scenes import SECOND_AGENT_HZ, answered, ask_for, hears_all, speak, steps
from tests.hotline_fixture import Hotline
from tests.phones import Call, Phone, Town, audio

nothing_left = scenes.nothing_left
Transfer = Callable[[County, Call, Phone], Call]
ALL_QUEUES = sorted(name for name, *_ in QUEUES)


def seat(county: County, number: str) -> dict[str, object]:
    """The agent as `hotline agents list --json` shows it."""
    return next(seat for seat in county.hotline.json("agents", "list") if seat["number"] == number)


# -- accounts, logging in, pausing ---------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_passwords_are_made_at_set_up_and_each_is_its_own(county: County) -> None:
    listed = county.hotline.json("agents", "list", "--with-secrets")
    assert [seat["number"] for seat in listed] == [str(number) for number in range(8001, 8009)]
    passwords = {seat["password"] for seat in listed}
    assert len(passwords) == 8
    assert all(len(password) >= 16 for password in passwords)
    assert not any("password" in seat for seat in county.hotline.json("agents", "list"))
    assert {seat["number"]: seat["password"] for seat in listed}.items() <= county.hotline.passwords.items()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.usefixtures("nothing_left")
def test_a_call_from_first_ring_to_rating(county: County, transport: str) -> None:
    """Agent's number told, both voices recorded, rated by key; call, ticket and recording know each other."""
    agent = county.agent("8001", transport)
    caller = new_number()
    call = ask_for(county, "1", caller)
    joined = call.pressed[0][1]
    talking = agent.wait_call(15)
    talking.answer()
    assert "TCP" in talking.headers["Via"] if transport == "tcp" else "UDP" in talking.headers["Via"]
    hears_all(county, call, "agent_number_before", "agent_number_after")
    county.meet(call, talking)
    talking.hangup()
    call.hears(county.sound("rating"), 20)
    call.dtmf("2")
    call.hears(county.sound("rating_thanks"), 8)
    call.wait("disconnected", 8)
    assert_number_told(county, call, "8001")
    row = county.row(caller, disposition="answered")
    assert (row["queue"], row["agent"], row["rating"]) == ("consult", "8001", 2)
    assert steps(row) == [("greeting", "1"), ("rating", "2")]
    assert abs(row["talk_s"] - (talking.times["disconnected"] - talking.times["confirmed"])) < 0.5
    assert row["wait_s"] < talking.times["confirmed"] - joined
    assert_recorded_and_rated(county, row, "2")


def assert_number_told(county: County, call: Call, number: str) -> None:
    """The caller has heard the agent's number."""
    said = ["agent_number_before", *(f"digits/{digit}" for digit in number), "agent_number_after"]
    begin = call.hears(county.sound(said[0]), 8).offset
    scenes.says(call, begin, [county.sound(prompt) for prompt in said])


def assert_recorded_and_rated(county: County, row: scenes.Row, value: str) -> None:
    [made] = row["recordings"]
    heard = audio.load(scenes.recording(county.hotline, made["file"]))
    assert audio.has_tone(heard, CITIZEN_HZ)
    assert audio.has_tone(heard, AGENT_HZ)
    ticket = county.hotline.json("ticket", "show", row["ticket_no"])
    assert (ticket["recordings"], ticket["rating"]) == ([made["file"]], int(value))
    [rating] = county.hotline.json("survey", "show", row["ticket_no"])["ratings"]
    assert (rating["question"], rating["value"], rating["by"]) == ("rating", value, "key")
    assert rating["call_id"] == row["call_id"]


@pytest.mark.usefixtures("nothing_left")
def test_the_feature_codes(county: County) -> None:
    """*11 in, *131 to *134 pause with a reason, *15 more wrap-up, *14 ready, *12 out; each is confirmed by voice.

    Who was left paused and logs in again takes calls."""
    phone = county.agent("8001")
    assert (seat(county, "8001")["state"], seat(county, "8001")["queues"]) == ("free", ALL_QUEUES)
    reasons = {"*131": "rest", "*132": "meal", "*133": "training", "*134": "paperwork", "*15": "wrap-up"}
    for code, reason in reasons.items():
        call = county.dial_code(phone, code)
        assert audio.find(call.heard(), county.sound("agent_paused")).sure
        if code != "*15":
            assert audio.find(call.heard(), county.sound(f"pause_reason_{code[-1]}")).sure
        assert (seat(county, "8001")["state"], seat(county, "8001")["reason"]) == ("paused", reason)
    assert audio.find(county.dial_code(phone, "*14").heard(), county.sound("agent_unpaused")).sure
    assert (seat(county, "8001")["state"], seat(county, "8001")["reason"]) == ("free", "")
    county.dial_code(phone, "*132")
    assert audio.find(county.dial_code(phone, "*11").heard(), county.sound("agent_logged_in")).sure
    assert (seat(county, "8001")["state"], seat(county, "8001")["queues"]) == ("free", ALL_QUEUES)
    assert audio.find(county.dial_code(phone, "*12").heard(), county.sound("agent_logged_out")).sure
    assert (seat(county, "8001")["state"], seat(county, "8001")["queues"]) == ("logged-out", [])


def test_a_code_that_cannot_be_carried_out_is_said_to_have_failed(county: County) -> None:
    """Ready, while logged in to nothing."""
    assert audio.find(county.dial_code(county.phone("8001"), "*14").heard(), county.sound("agent_failed")).sure


@pytest.mark.usefixtures("nothing_left")
def test_the_same_by_command(county: County) -> None:
    """hotline agents login, pause, unpause, wrapup, logout."""
    county.phone("8002")
    told = county.hotline.ok
    assert seat(county, "8002")["state"] == "logged-out"
    told("agents", "login", "8002", "--queue", "consult", "--queue", "yi")
    assert (seat(county, "8002")["state"], seat(county, "8002")["queues"]) == ("free", ["consult", "yi"])
    told("agents", "pause", "8002", "--reason", "training")
    assert (seat(county, "8002")["state"], seat(county, "8002")["reason"]) == ("paused", "training")
    told("agents", "unpause", "8002")
    assert seat(county, "8002")["state"] == "free"
    told("agents", "wrapup", "8002")
    assert seat(county, "8002")["reason"] == "wrap-up"
    told("agents", "logout", "8002")
    assert (seat(county, "8002")["state"], seat(county, "8002")["queues"]) == ("logged-out", [])
    assert county.hotline.run("agents", "login", "8099").returncode == 1


@pytest.mark.usefixtures("nothing_left")
def test_a_paused_agent_gets_no_call(county: County) -> None:
    agent = county.agent("8001")
    county.dial_code(agent, "*132")
    caller = new_number()
    call = ask_for(county, "1", caller)
    call.hears(county.sound("queue_next"), 40)
    assert not any(ringing.incoming for ringing in agent.calls)
    county.dial_code(agent, "*14")
    talking = agent.wait_call(10)
    talking.answer()
    county.meet(call, talking)
    call.hangup()
    row = county.row(caller, disposition="answered")
    assert 0 < talking.times["confirmed"] - call.pressed[0][1] - row["wait_s"] < 4  # to_agent is said before


# -- transfer ------------------------------------------------------------------------------------


def refer_attended(county: County, talking: Call, second: Phone) -> Call:
    """The softphone's own attended transfer: REFER with Replaces (RFC 3891)."""
    talking.hold()
    consulting = talking.phone.call("8002")
    answering = second.wait_call(10)
    answering.answer()
    consulting.wait("confirmed")
    speak(county, consulting, AGENT_HZ, answering)
    assert talking.attended(consulting) in (200, 202, 0)
    return answering


def refer_blind(county: County, talking: Call, second: Phone) -> Call:
    """The softphone's own blind transfer (RFC 3515)."""
    talking.transfer("8002")
    answering = second.wait_call(10)
    answering.answer()
    return answering


def keys_attended(county: County, talking: Call, second: Phone) -> Call:
    """*2, the number, a word with the second agent, then the first hangs up."""
    talking.dtmf("*2")
    talking.hears(county.sound("transfer_number"), 8)
    talking.dtmf("8002")
    answering = second.wait_call(10)
    answering.answer()
    answering.wait("confirmed")
    speak(county, talking, AGENT_HZ, answering)
    talking.hangup()
    return answering


def keys_blind(county: County, talking: Call, second: Phone) -> Call:
    """## and the number."""
    talking.dtmf("##")
    talking.hears(county.sound("transfer_number"), 8)
    talking.dtmf("8002")
    answering = second.wait_call(10)
    answering.answer()
    return answering


@pytest.mark.parametrize("key", ["##", "*2"])
@pytest.mark.usefixtures("nothing_left")
def test_keys_transfer_to_a_number_outside(county: County, key: str) -> None:
    """All of the number is called, which ends with #."""
    agents = county.agents("8001")
    caller = new_number()
    call, talking = answered(county, agents["8001"], caller)
    talking.dtmf(key)
    talking.hears(county.sound("transfer_number"), 8)
    talking.dtmf("08718866001#")
    unit = county.trunk.wait_call(10)
    assert unit.number == "08718866001"
    assert unit.remote.user == "12345"
    unit.answer()
    unit.wait("confirmed")
    if key == "*2":
        talking.hangup()
    county.meet(call, unit)
    unit.hangup()
    call.hears(county.sound("rating"), 20)
    call.hangup()
    assert county.row(caller, disposition="answered")["transfers"] == 1


@pytest.mark.usefixtures("nothing_left")
def test_keys_hand_the_caller_to_a_supervisor(county: County) -> None:
    agents, boss = county.agents("8001"), county.phone("8101")
    caller = new_number()
    call, talking = answered(county, agents["8001"], caller)
    talking.dtmf("##")
    talking.hears(county.sound("transfer_number"), 8)
    talking.dtmf("8101")
    taking = boss.wait_call(10)
    taking.answer()
    county.meet(call, taking)
    call.hangup()
    taking.wait("disconnected")
    assert [share["agent"] for share in county.row(caller, disposition="answered")["agents"]] == ["8001", "8101"]


@pytest.mark.parametrize("how", [refer_attended, refer_blind, keys_attended, keys_blind], ids=lambda how: how.__name__)
@pytest.mark.usefixtures("nothing_left")
def test_a_transfer_joins_the_caller_to_the_second_agent(county: County, how: Transfer) -> None:
    """One row, both agents, the recording goes on, the caller is rated by whoever ends it."""
    agents = county.agents("8001")
    second = county.phone("8002")
    caller = new_number()
    call, talking = answered(county, agents["8001"], caller)
    county.meet(call, talking)
    answering = how(county, talking, second)
    answering.wait("confirmed")
    heard_at = speak(county, answering, SECOND_AGENT_HZ, call)
    speak(county, call, CITIZEN_HZ, answering)
    talking.wait("disconnected")
    answering.hangup()
    call.hears(county.sound("rating"), 20)
    call.hangup()
    row = county.row(caller, disposition="answered")
    assert [share["agent"] for share in row["agents"]] == ["8001", "8002"]
    talked = [share["talk_s"] for share in row["agents"]]
    assert talked[0] > 0.4
    assert abs(talked[1] - (answering.times["disconnected"] - heard_at)) < 1.5
    assert abs(sum(talked) - row["talk_s"]) < 0.1
    whole = answering.times["disconnected"] - talking.times["confirmed"]
    assert abs(row["talk_s"] + row["hold_s"] - whole) < 1.0
    before, after = (audio.load(scenes.recording(county.hotline, made["file"])) for made in row["recordings"])
    assert audio.has_tone(before, AGENT_HZ) and audio.has_tone(before, CITIZEN_HZ)
    assert audio.has_tone(after, SECOND_AGENT_HZ) and audio.has_tone(after, CITIZEN_HZ)
    assert not audio.has_tone(after, AGENT_HZ)  # what agents say to each other is not the caller's call


@pytest.mark.usefixtures("nothing_left")
def test_a_transfer_to_nobody_brings_the_caller_back_to_the_queue(county: County) -> None:
    agent = county.agent("8001")
    caller = new_number()
    call, talking = answered(county, agent, caller)
    county.meet(call, talking)
    talking.transfer("8008")
    call.hears(county.sound("transfer_failed"), 10)
    again = agent.wait_call(15)
    again.answer()
    county.meet(call, again)
    call.hangup()
    row = county.row(caller, disposition="answered")
    assert [share["agent"] for share in row["agents"]] in (["8001"], ["8001", "8001"])


# -- rating --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_who_is_not_satisfied_says_why_and_who_is_silent_is_not_counted(county: County) -> None:
    """5: the reason is recorded and linked. No key: no rating. The citizen hangs up first: no rating either."""
    agents = county.agents("8001", "8002")
    unhappy, silent = new_number(), new_number()
    calls = {caller: ask_for(county, "1", caller) for caller in (unhappy, silent)}
    talks = [scenes.pick_up(county, agents)[1] for _ in calls]
    for talking in talks:
        speak(county, talking, AGENT_HZ, calls[talking.remote.user])
        talking.hangup()
    call = calls[unhappy]
    call.hears(county.sound("rating"), 20)
    call.dtmf("5")
    hears_all(county, call, "rating_reason", "beep")
    call.play(county.tone(CITIZEN_HZ), repeat=True)
    county.town.rest(1.5)
    call.stop()
    call.dtmf("#")
    call.hears(county.sound("rating_thanks"), 8)
    calls[silent].hears(county.sound("rating_none"), 20)
    for one in calls.values():
        one.wait("disconnected", 8)
    row = county.row(unhappy, disposition="answered", rating=5)
    [reason] = [made for made in row["recordings"] if made["kind"] == "reason"]
    assert audio.tone_seconds(audio.load(scenes.recording(county.hotline, reason["file"])), CITIZEN_HZ) > 0.8
    kept = county.hotline.json("survey", "show", row["ticket_no"])["ratings"]
    assert [(one["question"], one["value"], one["file"]) for one in kept] == [
        ("rating", "5", ""), ("rating-reason", "", reason["file"]),
    ]
    assert county.row(silent, disposition="answered")["rating"] is None


# -- who calls whom ------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_an_agent_calls_a_citizen_who_sees_12345(county: County) -> None:
    agent = county.phone("8003")
    number = new_number()
    call = agent.call(number)
    ringing = county.trunk.wait_call(10, number=number)
    assert ringing.remote.user == "12345"
    assert "8003" not in str(ringing.headers)
    ringing.answer()
    county.meet(ringing, call)
    ringing.hangup()
    call.wait("disconnected", 5)
    row = county.row("8003", dialled=number)
    assert (row["direction"], row["disposition"]) == ("outbound", "answered")
    assert abs(row["talk_s"] - (ringing.times["disconnected"] - ringing.times["confirmed"])) < 0.5
    heard = audio.load(scenes.recording(county.hotline, row["recordings"][0]["file"]))
    assert audio.has_tone(heard, CITIZEN_HZ)
    assert audio.has_tone(heard, AGENT_HZ)


@pytest.mark.usefixtures("nothing_left")
def test_the_times_in_the_ledger_are_those_of_the_phones(county: County) -> None:
    """Wait, talk and hold within half a second of what was seen at the phones."""
    agent = county.agent("8001")
    caller = new_number()
    call = ask_for(county, "1", caller)
    said = call.hears(county.sound("to_agent"), 5)
    joined = call.recorded_at + said.offset + len(audio.load(county.sound("to_agent"))) / audio.RATE
    ringing = agent.wait_call(15)
    county.town.rest(1.0)
    ringing.answer()
    taken = ringing.wait("confirmed")
    county.town.rest(1.0)
    ringing.hold()
    held = time.monotonic()
    county.town.rest(2.0)
    ringing.unhold()
    back = time.monotonic()
    county.town.rest(1.0)
    call.hangup()
    over = call.times["disconnected"]
    row = county.row(caller, disposition="answered")
    assert abs(row["wait_s"] - (taken - joined)) < 0.5
    assert abs(row["hold_s"] - (back - held)) < 0.5
    assert abs(row["talk_s"] - (over - taken - (back - held))) < 0.5
    assert scenes.near(row["answered_at"], call.times["confirmed"])
    assert scenes.near(row["ended_at"], over)


# -- waiting -------------------------------------------------------------------------------------


# -- short patience: overflow, the next agent, wrap-up ---------------------------------------------


@pytest.fixture(scope="module")
def impatient() -> Iterator[Hotline]:
    """One caller may wait, for eight seconds; agents ring for three and have four to wrap up."""
    made = Hotline(queue_max_length=1, queue_max_wait=8, agent_ring_seconds=3, wrapup_seconds=4)
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture
def hasty(impatient: Hotline) -> Iterator[County]:
    with Town(limit=90) as town:
        made = County(impatient, town)
        yield made
        made.close()


def test_who_waits_too_long_and_who_finds_the_queue_full_leave_a_message(hasty: County) -> None:
    """Neither is worth a warning in a log."""
    logs = scenes.Logs(hasty.hotline)
    hasty.agent("8001").auto_ignore()
    waiting, full = new_number(), new_number()
    call = ask_for(hasty, "1", waiting)
    hasty.agents("8001")["8001"].wait_call(10)
    other = ask_for(hasty, "1", full)
    overflow = other.hears(hasty.sound("queue_overflow"), 6)
    hears_all(hasty, other, "voicemail_privacy", after=overflow.offset)
    call.hears(hasty.sound("queue_overflow"), 15)
    call.hears(hasty.sound("voicemail_privacy"), 8)
    for one in (call, other):
        one.hangup()
    row = hasty.row(waiting, disposition="overflowed")
    assert 6.9 < row["wait_s"] < 9.5
    assert hasty.row(full, disposition="overflowed")["wait_s"] < 1
    assert not logs.trouble()


def test_the_next_agent_rings_when_one_does_not_answer(hasty: County) -> None:
    agents = hasty.agents("8001", "8002")
    caller = new_number()
    call = ask_for(hasty, "1", caller)
    deaf = hasty.town.wait_until(lambda: next((n for n, p in agents.items() if incoming(p)), None), 10, "a ring")
    [ready] = set(agents) - {deaf}
    talking = agents[ready].wait_call(8)
    assert agents[deaf].wait_call().wait("disconnected", 3) - talking.times["incoming"] < 0.5
    talking.answer()
    hears_all(hasty, call, "agent_number_before", "agent_number_after")
    hasty.meet(call, talking)
    call.hangup()
    assert_number_told(hasty, call, ready)
    row = hasty.row(caller, disposition="answered")
    assert (row["agent"], [share["agent"] for share in row["agents"]]) == (ready, [ready])
    assert 3 < row["ring_s"] < 7


def incoming(phone: Phone) -> bool:
    return any(call.incoming for call in phone.calls)


def test_an_agent_has_time_to_wrap_up(hasty: County) -> None:
    """The caller who waits is put through when the four seconds are over, and not before."""
    agent = hasty.agent("8001")
    call, talking = answered(hasty, agent, new_number())
    other = ask_for(hasty, "2", new_number())
    other.hears(hasty.sound("to_agent"), 8)
    talking.hangup()
    assert seat(hasty, "8001")["state"] == "wrap-up"
    following = agent.wait_call(8)
    assert following.times["incoming"] - talking.times["disconnected"] > 3  # Asterisk counts whole seconds
    for one in (call, other):
        one.hangup()


# -- a callback instead of waiting -------------------------------------------------------------------


@pytest.fixture(scope="module")
def obliging() -> Iterator[Hotline]:
    """Overflow asks for a callback; announcements follow one another quickly."""
    made = Hotline(queue_overflow="callback", queue_announce_seconds=4, agent_ring_seconds=5, wrapup_seconds=1)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_an_overflow_may_ask_for_a_callback_by_itself(obliging: Hotline) -> None:
    """queue_overflow = callback: nobody at a phone, and the number is kept; a hidden one leaves a message."""
    with Town(limit=60) as town:
        county = County(obliging, town)
        caller = new_number()
        call, hidden = ask_for(county, "1", caller), ask_for(county, "1", "anonymous")
        hears_all(county, call, "queue_overflow", "queue_callback_done")
        hears_all(county, hidden, "queue_overflow", "voicemail_privacy")
        call.wait("disconnected", 8)
        hidden.hangup()
        row = county.row(caller, disposition="callback-requested")
        assert row["callback"] == caller
        assert obliging.json("ticket", "show", row["ticket_no"])["phone"] == caller


def test_who_waits_hears_the_place_the_danger_key_and_the_offer_of_a_callback(obliging: Hotline) -> None:
    """One agent who is talking, two callers: next, and second; then key 1 asks to be called back."""
    with Town(limit=90) as town:
        county = County(obliging, town)
        answered(county, county.agent("8001"), new_number())
        first, second = new_number(), new_number()
        call = ask_for(county, "1", first)
        other = ask_for(county, "1", second)
        place = other.hears(county.sound("queue_position_before"), 15)
        call.hears(county.sound("queue_next"), 40)
        hears_all(county, call, "queue_danger", "queue_callback_offer", timeout=20)
        call.dtmf("1")
        call.hears(county.sound("queue_callback_done"), 8)
        call.wait("disconnected", 8)
        other.hangup()
        said = ("queue_position_before", "digits/2", "queue_position_after")
        scenes.says(other, place.offset, [county.sound(prompt) for prompt in said])
        row = county.row(first, disposition="callback-requested")
        assert (row["callback"], row["queue"]) == (first, "consult")
        assert steps(row) == [("greeting", "1"), ("queue", "1")]
        assert obliging.json("ticket", "show", row["ticket_no"])["phone"] == first
        assert county.row(second)["disposition"] == "abandoned-queue"
        county.close()
