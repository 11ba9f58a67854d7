"""A citizen dials 12345 or 96128: greeting, menu, queue (R1, R2, R13), whoever calls and whenever."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import time as clock_time
from datetime import timedelta

import pytest

from speech.catalogue import spoken_hours
from store.base import now
from tests.e2e import scenes
from tests.e2e.county import AGENT_HZ, CITIZEN_HZ, County, new_number
from tests.e2e.scenes import answered, ask_for, hears_all, steps
from tests.hotline_fixture import Hotline, eventually
from tests.phones import Call, Phone, Refused, Town, audio

nothing_left = scenes.nothing_left
MENU = {
    "1": ("consult", "to_agent", "咨询"),
    "2": ("request", "to_agent", "诉求"),
    "4": ("enterprise", "enterprise", "企业"),
    "5": ("yi", "yi_interpreter", "彝语"),
    "6": ("elderly", "elderly", "老年人"),
    "0": ("consult", "to_agent", "咨询"),
}
REFRESHED = 31.0
"""Seconds after which the service has certainly read the elderly numbers anew."""


@pytest.fixture(scope="module")
def elderly(quick_hotline: Hotline) -> tuple[str, float]:
    """A number made known to be an elderly citizen's, and when."""
    number = new_number()
    assert "added" in quick_hotline.ok("citizens", "elderly", "add", number)
    return number, time.monotonic()


# -- the menu ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left", "elderly")
def test_r2_each_key_of_the_menu_leads_to_its_queue(county: County) -> None:
    """Six citizens at once, six agents; each agent's phone shows the number and the matter."""
    agents = county.agents("8001", "8002", "8003", "8004", "8005", "8006")
    trunks = [county.trunk, scenes.another_trunk(county)]
    callers = {key: new_number() for key in MENU}
    calls = {key: trunks[place % 2].call("12345", caller=callers[key]) for place, key in enumerate(MENU)}
    pressed = {key: press_at(county, calls[key], "main_menu", key) for key in MENU}
    for key, call in calls.items():
        call.hears(county.sound(MENU[key][1]), 8, seconds=1.5)
    talks = [scenes.pick_up(county, agents) for _ in calls]
    served = {talking.remote.user: (number, talking) for number, talking in talks}
    for key, (queue, _, label) in MENU.items():
        number, talking = served[callers[key]]
        assert talking.remote.name == label
        scenes.speak(county, talking, AGENT_HZ, calls[key])
        calls[key].hangup()
        row = county.row(callers[key], disposition="answered")
        assert (row["queue"], row["agent"], steps(row)) == (queue, number, [("main", key)])
        assert scenes.near(row["path"][0]["time"], pressed[key])
        assert (row["direction"], row["line"], row["dialled"]) == ("inbound", "12345", "12345")


def press_at(county: County, call: Call, prompt: str, key: str) -> float:
    """When the key was pressed, just after the prompt was recognised."""
    call.hears(county.sound(prompt), 15)
    return call.dtmf(key)


@pytest.mark.usefixtures("nothing_left")
def test_r13_96128_has_a_greeting_and_a_queue_of_its_own(county: County) -> None:
    agent = county.agent("8001")
    caller = new_number()
    call = ask_for(county, "2", caller, number="96128")
    talking = agent.wait_call(15)
    assert talking.remote.name == "96128"
    talking.answer()
    county.meet(call, talking)
    call.hangup()
    row = county.row(caller, disposition="answered")
    assert (row["line"], row["dialled"], row["queue"]) == ("96128", "96128", "line96128")
    assert not audio.find(call.heard(), county.sound("greeting")).sure


@pytest.mark.usefixtures("nothing_left")
def test_a_key_cuts_the_prompt(county: County) -> None:
    """Barge-in: a second of the greeting, then the key, and the next prompt follows at once."""
    caller = new_number()
    call = county.citizen(caller=caller)
    call.hears(county.sound("greeting"), 8, seconds=1)
    pressed = call.dtmf("4")
    said = call.hears(county.sound("enterprise"), 5)
    call.hangup()
    greeting = audio.find(call.heard(), county.sound("greeting"), seconds=1)
    whole = len(audio.load(county.sound("greeting"))) / audio.RATE
    assert greeting.seconds < whole - 0.8
    assert call.recorded_at + said.offset - pressed < 1.0
    assert steps(county.row(caller)) == [("greeting", "4")]


@pytest.mark.usefixtures("nothing_left")
def test_silence_leads_to_an_agent(county: County) -> None:
    """The whole greeting, six seconds at most, the menu, five seconds of nothing, an agent."""
    agent = county.agent("8001")
    caller = new_number()
    call = county.citizen(caller=caller)
    parts = [call.hears(county.sound(prompt), 20) for prompt in ("greeting", "recorded", "danger", "main_menu")]
    assert [part.offset for part in parts] == sorted(part.offset for part in parts)
    assert parts[-1].offset - parts[0].offset < 6.3
    told = call.hears(county.sound("no_input"), 25)
    silent = told.offset - parts[-1].offset - len(audio.load(county.sound("main_menu"))) / audio.RATE
    assert 4.5 < silent < 6
    talking = agent.wait_call(10)
    talking.answer()
    county.meet(call, talking)
    call.hangup()
    row = county.row(caller, disposition="answered")
    assert (row["queue"], row["path"]) == ("consult", [])


@pytest.mark.usefixtures("nothing_left")
def test_two_wrong_keys_lead_to_an_agent(county: County) -> None:
    agent = county.agent("8001")
    caller = new_number()
    call = ask_for(county, "7", caller)
    call.hears(county.sound("invalid"), 5)
    call.dtmf("8")
    call.hears(county.sound("no_input"), 8)
    talking = agent.wait_call(10)
    talking.answer()
    county.meet(call, talking)
    call.hangup()
    row = county.row(caller, disposition="answered")
    assert (row["queue"], steps(row)) == ("consult", [("greeting", "7"), ("main", "8")])


@pytest.mark.parametrize("key", ["#", "*"])
@pytest.mark.usefixtures("nothing_left")
def test_hash_repeats_the_menu_and_star_goes_back_to_it(county: County, key: str) -> None:
    caller = new_number()
    call = ask_for(county, key, caller)
    first = call.hears(county.sound("main_menu"), 5)
    call.dtmf(key)
    again = call.hears(county.sound("main_menu"), 8, after=first.offset + 1)
    call.hangup()
    assert again.offset > first.offset + 1.5
    assert audio.find(call.heard(), county.sound("main_menu")).seconds < 5
    assert steps(county.row(caller, disposition="abandoned-menu")) == [("greeting", key), ("main", key)]


# -- who calls -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_a_caller_without_a_number_is_served(county: County) -> None:
    """Hidden, alphabetic, absent: the ledger has no number, the call is like any other."""
    agents = county.agents("8001", "8002", "8003")
    since = now()
    calls = [ask_for(county, "1", caller) for caller in ("anonymous", "alice", "")]
    for _ in calls:
        _, talking = scenes.pick_up(county, agents)
        assert talking.remote.user not in ("alice", "12345")
        talking.play(county.tone(AGENT_HZ), repeat=True)
    for call in calls:
        call.hears_tone(AGENT_HZ)
    for call in calls:
        call.hangup()
    rows = scenes.ended_rows(county.hotline, since, 3)
    assert {row["disposition"] for row in rows} == {"answered"}
    assert all(row["ticket_no"] for row in rows)


@pytest.mark.usefixtures("nothing_left")
def test_a_known_elderly_number_skips_the_menu(county: County, elderly: tuple[str, float]) -> None:
    caller, since = elderly
    county.town.rest(max(0.0, since + REFRESHED - time.monotonic()))
    agent = county.agent("8001")
    call = county.citizen(caller=caller)
    hears_all(county, call, "greeting", "recorded", "danger", "elderly")
    talking = agent.wait_call(10)
    assert talking.remote.name == "老年人"
    talking.answer()
    county.meet(call, talking)
    call.hangup()
    row = county.row(caller, disposition="answered")
    assert (row["queue"], row["path"]) == ("elderly", [])
    assert not audio.find(call.heard(), county.sound("main_menu")).sure


# -- who is refused ------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_a_number_that_is_not_ours_is_refused(county: County) -> None:
    callers = {number: new_number() for number in ("10086", "8001", "110", "*11", "s", "00861012345")}
    for number, caller in callers.items():
        call = county.trunk.call(number, caller=caller)
        with pytest.raises(Refused) as refused:
            call.wait("confirmed")
        assert refused.value.status == 404
        assert "early" not in call.times or call.media == "none"
    rows = county.hotline.json("calls", "list")
    assert not [row for row in rows if row["caller"] in callers.values() and row["answered_at"]]


@pytest.mark.usefixtures("nothing_left")
def test_an_unknown_peer_gets_a_refusal_that_tells_nothing(county: County) -> None:
    """From another address: the same answer whether the account that is claimed exists or not."""
    stranger = county.town.phone(bind="127.0.0.9", peer=county.hotline.sip)
    answers = []
    for caller in ("8001", "8777", "13800000009"):
        with pytest.raises(Refused) as refused:
            stranger.call("12345", caller=caller).wait("confirmed")
        answers.append((refused.value.status, response_fields(stranger, refused.value.status)))
    assert answers[0][0] in (401, 403)
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("do", ["register", "call"])
@pytest.mark.usefixtures("nothing_left")
def test_a_wrong_password_is_answered_like_an_unknown_account(county: County, do: str) -> None:
    answers = []
    for user in ("8001", "8777", "citizen"):
        phone = county.town.phone(registrar=county.hotline.sip, user=user, password="wrong")
        with pytest.raises(Refused) as refused:
            phone.register() if do == "register" else phone.call("8002").wait("confirmed")
        answers.append((refused.value.status, response_fields(phone, refused.value.status)))
    assert answers[0][0] in (401, 403)
    assert answers[0] == answers[1] == answers[2]


def response_fields(phone: Phone, status: int) -> list[str]:
    """The names of the header fields of the last response with this status."""
    last = re.split(rf"SIP/2\.0 {status} ", phone.trace())[-1]
    head = re.split(r"\r?\n\r?\n", last, maxsplit=1)[0]
    return [line.partition(":")[0] for line in head.splitlines()[1:]]


# -- an agent first ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def agent_first() -> Iterator[Hotline]:
    made = Hotline(menu_mode="agent_first", wrapup_seconds=1)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_without_a_menu_the_caller_goes_straight_to_an_agent(agent_first: Hotline) -> None:
    """menu_mode = agent_first: keys are not needed, but the star opens the menu."""
    with Town(limit=90) as town:
        county = County(agent_first, town)
        agents = county.agents("8001", "8002")
        silent, choosing = new_number(), new_number()
        calls = [county.citizen(caller=caller) for caller in (silent, choosing)]
        hears_all(county, calls[0], "greeting", "recorded", "danger", "to_agent")
        calls[1].dtmf("*")
        press_at(county, calls[1], "main_menu", "2")
        talks = (scenes.pick_up(county, agents)[1] for _ in calls)
        served = {talking.remote.user: talking for talking in talks}
        for caller, call in zip((silent, choosing), calls, strict=True):
            scenes.speak(county, served[caller], AGENT_HZ, call)
            call.hangup()
        assert (county.row(silent)["queue"], county.row(silent)["path"]) == ("consult", [])
        row = county.row(choosing, disposition="answered")
        assert row["queue"] == "request"
        assert steps(row)[-1] == ("main", "2")
        assert not audio.find(calls[0].heard(), county.sound("main_menu")).sure


# -- closed --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def closed() -> Iterator[Hotline]:
    """Open for one hour of the day, which is not now."""
    opens = now() + timedelta(hours=2)
    made = Hotline(open_hours=f"{opens:%H}:00-{opens + timedelta(hours=1):%H}:00")
    try:
        made.start()
        yield made
    finally:
        made.close()




def test_closed_hours_are_told_and_a_message_becomes_a_ticket(closed: Hotline) -> None:
    """Message with the hours, voicemail; the number read back is the ticket's, the recording is linked."""
    with Town(limit=120) as town:
        county = County(closed, town)
        caller = new_number()
        call = county.citizen(caller=caller)
        hours = ["hours_daily", *opening_words(closed)]
        told = call.hears(county.sound("closed_before"), 12)
        begin = told.offset + len(audio.load(county.sound("closed_before"))) / audio.RATE
        call.hears(county.sound("closed_emergency"), 15)
        scenes.says(call, begin, [county.sound(word) for word in hours])
        hears_all(county, call, "closed_emergency", "voicemail_privacy", "voicemail", "beep", timeout=15)
        leave_message(county, call)
        press_at(county, call, "voicemail_confirm", "3")
        done = call.hears(county.sound("voicemail_done_before"), 8, seconds=1)
        begin = done.offset + len(audio.load(county.sound("voicemail_done_before"))) / audio.RATE
        call.hears(county.sound("voicemail_done_after"), 20)
        call.wait("disconnected", 8)
        row = county.row(caller, disposition="voicemail")
        scenes.says(call, begin, [county.sound(f"digits/{digit}") for digit in row["ticket_no"]])
        assert_message_on_ticket(county, row)


def opening_words(hotline: Hotline) -> list[str]:
    opens, closes = hotline.settings.open_hours.split("-")
    return spoken_hours(*(time_of(text) for text in (opens, closes)))


def time_of(text: str) -> clock_time:
    return clock_time(*map(int, text.split(":")))


def leave_message(county: County, call: Call) -> None:
    """Two seconds of voice and a hash."""
    call.play(county.tone(CITIZEN_HZ), repeat=True)
    county.town.rest(2)
    call.stop()
    call.dtmf("#")


def assert_message_on_ticket(county: County, row: scenes.Row) -> None:
    """The message is linked to the call and to its ticket, and holds what was said."""
    [message] = [made for made in row["recordings"] if made["kind"] == "voicemail"]
    file = scenes.recording(county.hotline, message["file"])
    assert audio.tone_seconds(audio.load(file), CITIZEN_HZ) > 1.2
    ticket = county.hotline.json("ticket", "show", row["ticket_no"])
    assert ticket["channel"] == "phone"
    assert ticket["phone"] == row["caller"]
    assert message["file"] in ticket["recordings"]
    assert ticket["call_id"] == row["call_id"]


def test_who_hangs_up_after_speaking_has_left_a_message(closed: Hotline) -> None:
    with Town(limit=60) as town:
        county = County(closed, town)
        caller = new_number()
        call = hurry_to_voicemail(county, caller)
        call.play(county.tone(CITIZEN_HZ), repeat=True)
        county.town.rest(2)
        call.hangup()
        row = county.row(caller, disposition="voicemail")
        assert_message_on_ticket(county, row)


def hurry_to_voicemail(county: County, caller: str) -> Call:
    """A call in which every announcement was cut by a key, at the beep."""
    call = ask_for(county, "1", caller)
    for prompt in ("closed_before", "voicemail_privacy", "voicemail"):
        call.hears(county.sound(prompt), 8, seconds=1)
        call.dtmf("1")
    call.hears(county.sound("beep"), 5)
    return call


def test_r6_danger_and_no_message_while_closed(closed: Hotline) -> None:
    """The danger key is there while closed; who hears the hours and leaves is counted as closed."""
    with Town(limit=60) as town:
        county = County(closed, town)
        county.desk.auto_answer(0.1)
        caller, leaving = new_number(), new_number()
        call, other = ask_for(county, "1", caller), ask_for(county, "1", leaving)
        press_at(county, call, "closed_before", "9")
        press_at(county, call, "emergency_which", "3")
        desk = county.desk.wait_call(5, number="120")
        scenes.speak(county, call, CITIZEN_HZ, desk)
        other.hears(county.sound("closed_emergency"), 12)
        for one in (call, other):
            one.hangup()
        assert county.row(caller, disposition="emergency")["emergency"] == "120"
        assert county.row(leaving, disposition="closed")["ticket_no"] == ""


# -- hanging up ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_a_hang_up_at_each_stage_leaves_no_channel_and_no_complaint(county: County) -> None:
    """Greeting, menu, ticket number, danger question, queue, message: each is counted as what it was."""
    agent = county.agent("8001")
    more = scenes.another_trunk(county)
    callers = {stage: new_number() for stage in ENDINGS}
    calls = {
        "main_menu": county.trunk.call("12345", caller=callers["main_menu"]),
        "progress": ask_for(county, "3", callers["progress"]),
        "danger": ask_for(county, "9", callers["danger"]),
        "queue": ask_for(county, "1", callers["queue"]),
        "greeting": more.call("12345", caller=callers["greeting"]),
    }
    agent.wait_call(10)
    calls["greeting"].hears(county.sound("greeting"), 5)
    calls["progress"].dtmf("2607")
    calls["main_menu"].hears(county.sound("main_menu"), 10)
    for call in calls.values():
        assert call.state == "confirmed"
        call.hangup()
    for stage, caller in callers.items():
        county.row(caller, disposition=ENDINGS[stage])
    eventually(lambda: scenes.no_channels(county.hotline), 10)


ENDINGS = {
    "greeting": "abandoned-menu",
    "main_menu": "abandoned-menu",
    "progress": "abandoned-menu",
    "danger": "emergency-missed",
    "queue": "abandoned-queue",
}


@pytest.mark.usefixtures("nothing_left")
def test_a_hang_up_while_talking_and_while_rating(county: County) -> None:
    """The agent's phone is free again at once; what was settled stays."""
    agent = county.agent("8001")
    first, second = new_number(), new_number()
    call, talking = answered(county, agent, first)
    county.meet(call, talking)
    call.hangup()
    talking.wait("disconnected", 3)
    call, talking = answered(county, agent, second)
    county.meet(call, talking)
    talking.hangup()
    call.hears(county.sound("rating"), 8)
    call.hangup()
    for caller in (first, second):
        row = county.row(caller, disposition="answered")
        assert (row["agent"], row["rating"]) == ("8001", None)
