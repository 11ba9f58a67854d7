"""agi_mode = script: the same keys give the same prompts, the same ledger row and the same outcome as over FastAGI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e import scenes
from tests.e2e.county import AGENT_HZ, CITIZEN_HZ, County, new_number
from tests.e2e.scenes import ask_for, hears_all, speak, steps
from tests.e2e.test_survey import Callback, answer, cut_intro, through, values
from tests.e2e.test_tickets_by_phone import enter, new_ticket
from tests.hotline_fixture import Hotline, eventually
from tests.phones import Call, Town, audio

WORDS = (
    "recorded", "danger", "main_menu", "invalid", "no_input", "to_agent", "enterprise", "elderly",
    "agent_number_before", "rating", "rating_reason", "rating_thanks", "rating_none", "progress_number",
    "progress_verify", "progress_state", "progress_due", "progress_options", "progress_noted", "progress_mismatch",
    "voicemail_privacy", "voicemail", "voicemail_confirm", "voicemail_done_before", "queue_overflow", "goodbye",
)  # fmt: skip


@pytest.fixture(scope="module")
def scripts() -> Iterator[Hotline]:
    """Classic AGI scripts instead of the FastAGI server; a callback rings for four seconds."""
    made = Hotline(agi_mode="script", wrapup_seconds=1, survey_ring_seconds=4)
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture
def plain(scripts: Hotline) -> Iterator[County]:
    """Phones around it; afterwards nothing is left and nothing was complained of."""
    logs = scenes.Logs(scripts)
    with Town(limit=120) as town:
        made = County(scripts, town)
        yield made
        made.close()
    eventually(lambda: scenes.no_channels(scripts), 10)
    assert logs.trouble() == []


@dataclass(frozen=True)
class Visit:
    """What a call was like: the prompts in order, and the ledger's row but for what is different in every call."""

    heard: list[str]
    row: dict[str, Any]


Scene = Callable[[County], Visit]


def visit(county: County, call: Call, caller: str, **wanted: Any) -> Visit:
    row = county.row(caller, **wanted)
    kept = ("direction", "line", "dialled", "disposition", "queue", "agent", "rating", "emergency", "callback")
    facts = {name: row[name] for name in kept}
    facts["path"] = steps(row)
    facts["ticket"] = bool(row["ticket_no"])
    facts["recordings"] = [made["kind"] for made in row["recordings"]]
    facts["answers"] = [(one["question"], one["value"], one["by"]) for one in row["answers"]]
    return Visit(scenes.order_of(county, call, WORDS), facts)


def menu_and_rating(county: County) -> Visit:
    """A wrong key, the second key, an agent, the worst rating with its reason."""
    agent = county.agent("8001")
    caller = new_number()
    call = ask_for(county, "7", caller)
    call.hears(county.sound("invalid"), 5)
    call.dtmf("2")
    talking = agent.wait_call(15)
    talking.answer()
    talking.wait("confirmed")
    call.hears(county.sound("agent_number_before"), 8)
    speak(county, talking, AGENT_HZ, call)
    talking.hangup()
    call.hears(county.sound("rating"), 20)
    call.dtmf("4")
    hears_all(county, call, "rating_reason", "beep")
    call.play(county.tone(CITIZEN_HZ), repeat=True)
    county.town.rest(1.5)
    call.stop()
    call.dtmf("#")
    call.hears(county.sound("rating_thanks"), 8)
    call.wait("disconnected", 8)
    return visit(county, call, caller, disposition="answered", rating=4)


def progress_and_goodbye(county: County) -> Visit:
    """A wrong try, the right one, urged."""
    phone, caller = new_number(), new_number()
    ticket = new_ticket(county, phone)
    call = ask_for(county, "3", caller)
    enter(county, call, "260101999996", "1234")
    call.hears(county.sound("progress_mismatch"), 8)
    enter(county, call, ticket["number"], phone[-4:])
    call.hears(county.sound("progress_options"), 15)
    call.dtmf("2")
    call.hears(county.sound("progress_noted"), 8)
    call.hangup()
    return visit(county, call, caller, disposition="self-served")


def message(county: County) -> Visit:
    """Nobody is at a phone: a message, heard again, handed in, its number read back."""
    caller = new_number()
    call = ask_for(county, "4", caller)
    for prompt in ("queue_overflow", "voicemail_privacy"):
        call.hears(county.sound(prompt), 10)
    hears_all(county, call, "voicemail", "beep")
    call.play(county.tone(CITIZEN_HZ), repeat=True)
    county.town.rest(1.5)
    call.stop()
    call.dtmf("#")
    call.hears(county.sound("voicemail_confirm"), 8)
    call.dtmf("3")
    done = call.hears(county.sound("voicemail_done_before"), 8, seconds=1)
    begin = done.offset + len(audio.load(county.sound("voicemail_done_before"))) / audio.RATE
    call.wait("disconnected", 25)
    seen = visit(county, call, caller, disposition="voicemail")
    scenes.says(call, begin, [county.sound(f"digits/{digit}") for digit in county.row(caller)["ticket_no"]])
    return seen


@pytest.mark.parametrize("scene", [menu_and_rating, progress_and_goodbye, message], ids=lambda scene: scene.__name__)
def test_scripts_do_as_the_server_does(plain: County, county: County, scene: Scene) -> None:
    over_scripts = scene(plain)
    assert over_scripts == scene(county)
    assert len(over_scripts.heard) > 3


def test_danger_by_script(plain: County) -> None:
    plain.desk.auto_answer(0.1)
    caller = new_number()
    call = ask_for(plain, "9", caller)
    call.hears(plain.sound("emergency_which"), 8)
    call.dtmf("1")
    desk = plain.desk.wait_call(5, number="110")
    speak(plain, call, CITIZEN_HZ, desk)
    call.hangup()
    assert plain.row(caller, disposition="emergency")["emergency"] == "110"


def test_a_callback_by_script_and_one_that_nobody_answers(plain: County) -> None:
    """The answers are kept as they are given; ringing in vain is no answer at all."""
    callback, ringing = Callback(plain), Callback(plain)
    call = callback.picked_up()
    cut_intro(plain, [call])
    answer(plain, call, through("1", "1", "1", "2", "1", "2"))
    call.hears(plain.sound("survey_end"), 8)
    call.wait("disconnected", 8)
    given = values(callback.ended())
    assert list(given.values()) == ["yes", "now", "yes", "partly", "yes", "2"]
    callback.row("surveyed")
    attempt = ringing.ended()
    assert (attempt["outcome"], values(attempt)) == ("no-answer", {})
    ringing.row("no-answer")
