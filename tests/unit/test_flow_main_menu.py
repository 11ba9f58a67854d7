"""The main menu: every key, both modes, both lines, closed hours."""

from __future__ import annotations

import pytest

from ivr.main_menu import KEYS, MenuMode, MenuSettings
from telephony.call import Danger, Next, Outcome
from telephony.scripted import Press, ScriptedCall
from tests.unit.flow_support import HOURS, Flow, caller, menu

GREETING = ["greeting", "recorded", "danger"]
QUEUES = {
    "1": ("consult", "to_agent"),
    "2": ("request", "to_agent"),
    "4": ("enterprise", "enterprise"),
    "5": ("yi", "yi_interpreter"),
    "6": ("elderly", "elderly"),
    "0": ("consult", "to_agent"),
}
FIRST = MenuMode.AGENT_FIRST


def heard(call: ScriptedCall, flow: Flow) -> tuple[Outcome, list[str]]:
    return call.run(flow(call)), call.played


@pytest.mark.parametrize("key", QUEUES)
def test_r2_each_key_leads_to_its_queue(key: str) -> None:
    outcome, played = heard(caller(key), menu())
    queue, said = QUEUES[key]
    assert outcome == Outcome(Next.QUEUE, queue=queue)
    assert played == [*GREETING, "main_menu", said]


@pytest.mark.parametrize("during", [*GREETING, "main_menu"])
@pytest.mark.parametrize("key", QUEUES)
def test_each_key_interrupts_the_greeting_and_the_menu(key: str, during: str) -> None:
    call = caller(Press(key, during))
    outcome, played = heard(call, menu())
    queue, said = QUEUES[key]
    assert outcome.queue == queue
    assert played[-2:] == [during, said]
    at = "main" if during == "main_menu" else "greeting"
    assert call.noted("path") == [{"at": at, "key": key}]


def test_r11_three_is_the_progress_query() -> None:
    assert heard(caller("3"), menu())[0] == Outcome(Next.PROGRESS)


@pytest.mark.parametrize("key", ["#", "*"])
def test_repeat_and_back_at_the_top_play_the_menu_again_without_the_greeting(key: str) -> None:
    outcome, played = heard(caller(key, "2"), menu())
    assert played == [*GREETING, "main_menu", "main_menu", "to_agent"]
    assert outcome.queue == "request"


def test_silence_goes_to_an_agent() -> None:
    outcome, played = heard(caller(), menu())
    assert outcome == Outcome(Next.QUEUE, queue="consult")
    assert played == [*GREETING, "main_menu", "no_input"]


def test_two_wrong_keys_go_to_an_agent() -> None:
    outcome, played = heard(caller("7", "8"), menu())
    assert outcome == Outcome(Next.QUEUE, queue="consult")
    assert played == [*GREETING, "main_menu", "invalid", "main_menu", "no_input"]


@pytest.mark.parametrize("during", [*GREETING, "main_menu"])
@pytest.mark.parametrize("mode", MenuMode)
def test_r6_nine_is_danger_in_the_greeting_and_the_menu(during: str, mode: MenuMode) -> None:
    call = caller(Press("*" if mode == FIRST else "#", "greeting"), Press("9", "main_menu"))
    if during != "main_menu":
        call = caller(Press("9", during))
    with pytest.raises(Danger):
        call.run(menu(mode=mode)(call))
    assert call.noted("path")[-1]["key"] == "9"


def test_the_recording_is_announced_only_when_calls_are_recorded() -> None:
    assert heard(caller("1"), menu(recorded=False))[1][:2] == ["greeting", "danger"]


def test_a_resumed_menu_does_not_greet_again() -> None:
    assert heard(caller("1"), menu(resume=True))[1] == ["main_menu", "to_agent"]
    assert heard(caller("1"), menu(resume=True, mode=FIRST))[1] == ["main_menu", "to_agent"]


@pytest.mark.parametrize("key", [*QUEUES, ""])
def test_r13_callers_of_96128_have_their_greeting_and_their_queue(key: str) -> None:
    outcome, played = heard(caller(key, line="96128"), menu())
    assert outcome == Outcome(Next.QUEUE, queue="line96128")
    assert played[0] == "greeting_96128"
    assert not {"enterprise", "elderly"} & set(played), "a desk is named that the caller does not get"


def test_r13_callers_of_96128_ask_for_progress_too() -> None:
    assert heard(caller("3", line="96128"), menu())[0].next == Next.PROGRESS


@pytest.mark.parametrize("presses", [(), (Press("3", "greeting"),), ("1",)])
@pytest.mark.parametrize("mode", MenuMode)
def test_known_elderly_callers_skip_the_menu(presses: tuple[str | Press, ...], mode: MenuMode) -> None:
    outcome, played = heard(caller(*presses), menu(elderly=True, mode=mode))
    assert outcome == Outcome(Next.QUEUE, queue="elderly")
    assert played[-1] == "elderly"
    assert "main_menu" not in played


def test_agent_first_goes_to_an_agent_without_a_menu() -> None:
    call = caller()
    outcome, played = heard(call, menu(mode=FIRST))
    assert outcome == Outcome(Next.QUEUE, queue="consult")
    assert played == [*GREETING, "to_agent", "self_service"]
    assert not [line for line in call.lines if line.startswith("WAIT")], "nothing is waited for"


@pytest.mark.parametrize("during", [*GREETING, "to_agent", "self_service"])
@pytest.mark.parametrize("key", QUEUES)
def test_agent_first_honours_any_key_in_its_greeting(key: str, during: str) -> None:
    outcome, played = heard(caller(Press(key, during)), menu(mode=FIRST))
    assert outcome.queue == QUEUES[key][0]
    assert played[-1] == QUEUES[key][1]


@pytest.mark.parametrize("key", ["7", "8", "#"])
def test_agent_first_takes_keys_without_meaning_to_an_agent(key: str) -> None:
    outcome, played = heard(caller(Press(key, "greeting")), menu(mode=FIRST))
    assert outcome == Outcome(Next.QUEUE, queue="consult")
    assert played == ["greeting", "to_agent"]


def test_agent_first_star_leads_to_the_menu() -> None:
    outcome, played = heard(caller(Press("*", "self_service"), "3"), menu(mode=FIRST))
    assert outcome == Outcome(Next.PROGRESS)
    assert played[-1] == "main_menu"


def test_r13_agent_first_on_96128() -> None:
    assert heard(caller(line="96128"), menu(mode=FIRST))[0].queue == "line96128"


@pytest.mark.parametrize("settings", [{}, {"elderly": True}, {"mode": FIRST}])
def test_closed_tells_the_hours_and_leads_to_voicemail(settings: dict[str, object]) -> None:
    call = caller()
    outcome, played = heard(call, menu(open=False, hours=HOURS, **settings))
    assert outcome == Outcome(Next.VOICEMAIL)
    assert played == ["greeting", "recorded", *HOURS, "closed_emergency"]
    assert call.noted("disposition") == [{"value": "closed"}]


def test_closed_without_known_hours_does_not_begin_to_name_them() -> None:
    assert heard(caller(), menu(open=False))[1] == ["greeting", "recorded", "closed_emergency"]


@pytest.mark.parametrize("key", KEYS)
def test_closed_a_key_in_the_greeting_does_not_hide_that_it_is_closed(key: str) -> None:
    outcome, played = heard(caller(Press(key, "greeting")), menu(open=False, hours=HOURS))
    assert outcome.next == Next.VOICEMAIL
    assert played[-1] == "closed_emergency"


@pytest.mark.parametrize("during", ["greeting", *HOURS[:2], "closed_emergency"])
def test_r6_nine_is_danger_while_closed(during: str) -> None:
    call = caller(Press("9", during))
    with pytest.raises(Danger):
        call.run(menu(open=False, hours=HOURS)(call))


def test_settings_from_arguments() -> None:
    told = {
        "mode": "agent_first",
        "open": "0",
        "hours": "digits/8&digits/oclock",
        "recorded": "0",
        "elderly": "1",
        "resume": "1",
    }
    expected = MenuSettings(FIRST, False, ("digits/8", "digits/oclock"), False, True, True)
    assert MenuSettings.of(told) == expected
    assert MenuSettings.of({}) == MenuSettings()
    assert MenuSettings.of({"mode": "x", "open": "", "elderly": "2"}) == MenuSettings()
