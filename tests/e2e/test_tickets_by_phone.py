"""Tickets that calls leave, and what a caller is told of one: nothing before the caller is verified (R9, R11)."""

from __future__ import annotations

import re
from datetime import date

import pytest

from speech.catalogue import spoken_date, unit_prompt
from store.base import now
from tests.e2e import scenes
from tests.e2e.county import CITIZEN_HZ, County, new_number
from tests.e2e.scenes import answered, ask_for, hears_all, steps
from tests.phones import Call, audio

nothing_left = scenes.nothing_left
TOLD = ("progress_state", "progress_unit", "progress_due")


def new_ticket(county: County, phone: str) -> scenes.Row:
    """An accepted and dispatched consultation of the number, so that it has a unit and a term."""
    hotline = county.hotline
    made = hotline.json("ticket", "new", "--phone", phone, "--type", "consult", "--subject", "路灯不亮", "--accept")
    if not hotline.json("units", "list")["units"]:
        hotline.ok("units", "start")
    unit = hotline.json("units", "list")["units"][0]["code"]
    dispatched: scenes.Row = hotline.json("ticket", "dispatch", made["number"], "--unit", unit)
    assert (dispatched["state"], dispatched["lead_unit"]) == ("dispatched", unit)
    return dispatched


def enter(county: County, call: Call, ticket: str, last4: str) -> None:
    """Keys both numbers, each after its question."""
    asked = call.hears(county.sound("progress_number"), 10, after=now_in(call) - 1)
    call.dtmf(ticket)
    call.hears(county.sound("progress_verify"), 10, after=asked.offset)
    call.dtmf(last4)


def now_in(call: Call) -> float:
    """The second of the recording that is being heard."""
    return len(call.heard()) / audio.RATE


# -- drafts --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_r3_an_answered_call_leaves_a_draft_with_its_recording(county: County) -> None:
    """Channel phone, number of twelve digits: the day and a sequence."""
    agent = county.agent("8001")
    caller = new_number()
    call, talking = answered(county, agent, caller, key="2")
    county.meet(call, talking)
    call.hangup()
    row = county.row(caller, disposition="answered")
    number = row["ticket_no"]
    assert re.fullmatch(r"[0-9]{12}", number)
    assert number.startswith(f"{now():%y%m%d}")
    ticket = county.hotline.json("ticket", "show", number)
    assert (ticket["state"], ticket["channel"], ticket["phone"]) == ("draft", "phone", caller)
    assert (ticket["queue"], ticket["agent"], ticket["call_id"]) == ("request", "8001", row["call_id"])
    assert ticket["recordings"] == [made["file"] for made in row["recordings"]] != []
    assert number in {one["number"] for one in county.hotline.json("ticket", "list")["tickets"]}


@pytest.mark.usefixtures("nothing_left")
def test_an_unanswered_call_leaves_no_ticket_but_a_reason(county: County) -> None:
    caller = new_number()
    call = county.citizen(caller=caller)
    call.hears(county.sound("greeting"), 8, seconds=1)
    call.hangup()
    row = county.row(caller, disposition="abandoned-menu")
    assert row["ticket_no"] == ""


@pytest.mark.usefixtures("nothing_left")
def test_tickets_by_command(county: County) -> None:
    """hotline ticket new, list, show; what is not there is an error, not an empty answer."""
    phone = new_number()
    hotline = county.hotline
    numbers = [
        hotline.json("ticket", "new", "--phone", phone, "--type", "complaint", "--subject", subject)["number"]
        for subject in ("噪音", "占道")
    ]
    assert int(numbers[1]) > int(numbers[0])
    listed = hotline.json("ticket", "list", "--phone", phone)["tickets"]
    assert [one["number"] for one in listed] == numbers[::-1]
    shown = hotline.json("ticket", "show", numbers[0])
    assert (shown["number"], shown["subject"], shown["request_type"]) == (numbers[0], "噪音", "complaint")
    assert hotline.run("ticket", "show", "260101999999").returncode != 0


# -- progress ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_left")
def test_r11_a_verified_caller_is_told_state_and_term(county: County) -> None:
    """Number and last four digits: state and deadline in words; then 2 urges, and the call is self-served."""
    phone, caller = new_number(), new_number()
    ticket = new_ticket(county, phone)
    call = ask_for(county, "3", caller)
    enter(county, call, ticket["number"], phone[-4:])
    told = call.hears(county.sound("progress_state"), 8)
    options = call.hears(county.sound("progress_options"), 15, after=told.offset)
    call.dtmf("2")
    noted = hears_all(county, call, "progress_noted", after=options.offset)
    call.hears(county.sound("progress_options"), 8, after=noted)
    call.hangup()
    row = county.row(caller, disposition="self-served")
    assert (row["agent"], row["ticket_no"]) == ("", ticket["number"])
    assert county.hotline.json("ticket", "show", ticket["number"])["urges"] == 1
    due = spoken_date(date.fromisoformat(ticket["due_resolve"]))
    unit = unit_prompt(county.hotline.json("units", "list")["units"][0]["name"])
    said = ["progress_state", "state_dispatched", "progress_unit", unit, "progress_due", *due, "progress_options"]
    scenes.says(call, told.offset, [county.sound(prompt) for prompt in said])
    assert_nothing_told_before(county, call, told.offset)


def assert_nothing_told_before(county: County, call: Call, moment: float) -> None:
    early = call.heard()[: round((moment - 0.1) * audio.RATE)]
    assert not [prompt for prompt in TOLD if audio.find(early, county.sound(prompt)).correlation > 0.9]


@pytest.mark.usefixtures("nothing_left")
def test_r11_the_hash_that_the_question_asks_for_may_come_late(county: County) -> None:
    """The number is taken with its twelfth digit; the # after it is no empty answer to the next question."""
    phone, caller = new_number(), new_number()
    ticket = new_ticket(county, phone)
    call = ask_for(county, "3", caller)
    asked = call.hears(county.sound("progress_number"), 10, after=now_in(call) - 1)
    call.dtmf(ticket["number"])
    verify = call.hears(county.sound("progress_verify"), 10, after=asked.offset)
    call.dtmf("#")
    call.hears(county.sound("progress_verify"), 10, after=verify.offset + 0.5)
    call.dtmf(phone[-4:])
    call.hears(county.sound("progress_options"), 20, after=verify.offset)
    call.hangup()
    county.row(caller, disposition="self-served")


@pytest.mark.usefixtures("nothing_left")
def test_star_goes_back_to_the_menu_and_1_takes_an_addition(county: County) -> None:
    phone, caller = new_number(), new_number()
    ticket = county.hotline.json("ticket", "new", "--phone", phone, "--type", "help", "--subject", "停水", "--accept")
    call = ask_for(county, "3", caller)
    enter(county, call, ticket["number"], phone[-4:])
    options = call.hears(county.sound("progress_options"), 12)
    call.dtmf("1")
    hears_all(county, call, "progress_add", "beep", after=options.offset)
    call.play(county.tone(CITIZEN_HZ), repeat=True)
    county.town.rest(1.5)
    call.stop()
    call.dtmf("#")
    noted = hears_all(county, call, "progress_noted", "progress_options", after=options.offset)
    call.dtmf("*")
    call.hears(county.sound("main_menu"), 8, after=noted)
    call.hangup()
    row = county.row(caller, disposition="self-served")
    assert steps(row)[-1][1] == "*"
    said = list((county.hotline.home / "recordings").glob(f"addition-{row['call_id']}-*.wav"))
    assert len(said) == 1
    assert audio.tone_seconds(audio.load(said[0]), CITIZEN_HZ) > 0.8
    assert county.hotline.json("ticket", "show", ticket["number"])["recordings"] == [said[0].name]


@pytest.mark.usefixtures("nothing_left")
def test_r9_a_wrong_number_and_an_unknown_ticket_sound_the_same(county: County) -> None:
    """Neither tells whether the ticket exists, nor anything of it; the time that it takes is the same too."""
    phone = new_number()
    known = county.hotline.json("ticket", "new", "--phone", phone, "--type", "help", "--subject", "停水")["number"]
    wrong = f"{(int(phone[-4:]) + 1) % 10000:04d}"
    heard = []
    for ticket in (known, "260101999998"):
        call = ask_for(county, "3", new_number())
        enter(county, call, ticket, wrong)
        refused = call.hears(county.sound("progress_mismatch"), 8)
        call.hears(county.sound("progress_number"), 8, after=refused.offset)
        took = call.recorded_at + refused.offset - call.pressed[-1][1]
        call.hangup()
        assert_nothing_told_before(county, call, now_in(call))
        heard.append((took, scenes.order_of(county, call, ["progress_number", "progress_verify", "progress_mismatch"])))
    assert abs(heard[0][0] - heard[1][0]) < 0.4
    assert heard[0][1] == heard[1][1] == ["progress_number", "progress_verify", "progress_mismatch"]


@pytest.mark.usefixtures("nothing_left")
def test_three_failures_lead_to_an_agent(county: County) -> None:
    """Going back to the menu in between does not give three more."""
    agent = county.agent("8001")
    caller = new_number()
    call = ask_for(county, "3", caller)
    for attempt in range(3):
        enter(county, call, "260101999997", "1234")
        if attempt == 1:
            call.hears(county.sound("progress_mismatch"), 8, after=now_in(call) - 1)
            call.dtmf("*")
            menu = call.hears(county.sound("main_menu"), 8)
            assert menu.sure
            call.dtmf("3")
    call.hears(county.sound("progress_locked"), 8)
    talking = agent.wait_call(15)
    talking.answer()
    county.meet(call, talking)
    call.hangup()
    row = county.row(caller, disposition="answered")
    assert row["agent"] == "8001"
    assert_nothing_told_before(county, call, now_in(call))
