"""Asking for a key: barge-in, repeats, wrong keys, silence, danger."""

from __future__ import annotations

import pytest

from ivr.ask import REPEATS, choose, enter, tell
from ivr.errors import NoChoice
from telephony.call import Danger
from telephony.scripted import Press
from tests.unit.flow_support import caller

PROMPTS = ("greeting", "main_menu")


def test_a_key_after_the_prompts_is_the_choice_and_is_noted() -> None:
    call = caller("2")
    assert call.run(choose(call, PROMPTS, "12", at="main")) == "2"
    assert call.played == ["greeting", "main_menu"]
    assert call.noted("path") == [{"at": "main", "key": "2"}]


@pytest.mark.parametrize("during", PROMPTS)
def test_a_key_interrupts_any_of_the_prompts(during: str) -> None:
    call = caller(Press("1", during))
    assert call.run(choose(call, PROMPTS, "12", at="main")) == "1"
    assert call.played[-1] == during


def test_silence_is_no_choice_at_once() -> None:
    call = caller("", "1")
    with pytest.raises(NoChoice):
        call.run(choose(call, PROMPTS, "12", at="main"))
    assert call.lines[-1] == 'WAIT FOR DIGIT "5000"'
    assert call.noted("path") == []


def test_the_first_wrong_key_is_said_and_asked_again_the_second_is_no_choice() -> None:
    call = caller("7", "8", "1")
    with pytest.raises(NoChoice):
        call.run(choose(call, PROMPTS, "12", at="main"))
    assert call.played == [*PROMPTS, "invalid", *PROMPTS]
    assert [fact["key"] for fact in call.noted("path")] == ["7", "8"]


def test_a_right_key_after_a_wrong_one_counts_and_may_interrupt_the_invalid_prompt() -> None:
    call = caller("7", Press("1", "invalid"))
    assert call.run(choose(call, PROMPTS, "12", at="main")) == "1"
    assert call.played == [*PROMPTS, "invalid"]


def test_a_wrong_key_and_then_silence_is_no_choice() -> None:
    call = caller("7", "", "1")
    with pytest.raises(NoChoice):
        call.run(choose(call, PROMPTS, "12", at="main"))


def test_repeats_are_no_wrong_keys_but_are_bounded() -> None:
    call = caller(*"#" * REPEATS, "7", "1")
    assert call.run(choose(call, PROMPTS, "12", at="main")) == "1"
    assert call.played == [*PROMPTS * (REPEATS + 1), "invalid", *PROMPTS]
    endless = caller(*"#" * 100)
    with pytest.raises(NoChoice):
        endless.run(choose(endless, PROMPTS, "12", at="main"))
    assert len(endless.noted("path")) == REPEATS + 2


def test_a_patient_question_takes_silence_as_one_try() -> None:
    call = caller("", "1")
    chosen = choose(call, ["rating"], "1", at="rating", patient=True, again="survey_retry")
    assert call.run(chosen) == "1"
    assert call.played == ["rating", "survey_retry", "rating"]
    silent = caller("", "", "1")
    with pytest.raises(NoChoice):
        silent.run(choose(silent, ["rating"], "1", at="rating", patient=True))


def test_a_key_pressed_before_the_question_answers_it_unheard() -> None:
    call = caller()
    assert call.run(choose(call, PROMPTS, "12", at="main", key="1")) == "1"
    assert call.played == []
    wrong = caller("1")
    assert wrong.run(choose(wrong, PROMPTS, "12", at="main", key="7")) == "1"
    assert wrong.played == ["invalid", *PROMPTS]


@pytest.mark.parametrize("press", ["9", Press("9", "greeting"), Press("9", "main_menu")])
def test_r1_nine_is_danger_and_noted_first(press: str | Press) -> None:
    call = caller(press)
    with pytest.raises(Danger):
        call.run(choose(call, PROMPTS, "12", at="main"))
    assert call.noted("path") == [{"at": "main", "key": "9"}]


def test_r1_nine_is_danger_even_where_it_is_a_key_of_the_question() -> None:
    call = caller("9")
    with pytest.raises(Danger):
        call.run(choose(call, PROMPTS, "129", at="main"))


def test_an_announcement_gives_the_key_that_cut_it_short() -> None:
    call = caller(Press("4", "recorded"))
    assert call.run(tell(call, "greeting", "recorded", "danger", at="greeting")) == "4"
    assert call.played == ["greeting", "recorded"]
    assert call.noted("path") == [{"at": "greeting", "key": "4"}]


@pytest.mark.parametrize(
    ("presses", "digits"),
    [
        (("260703000001",), "260703000001"),
        (("2607#",), "2607"),
        (("2607",), "2607"),
        (("#", "2607"), "2607"),
        (("#",) * REPEATS, ""),
        (("0",), "0"),
        (("0#",), "0"),
        (("0001",), "0001"),
        (("9001",), "9001"),
        (("*",), "*"),
        (("26*",), "*"),
        (("0*",), "*"),
        ((Press("2607", "progress_number"),), "2607"),
    ],
)
def test_digits_keyed(presses: tuple[str | Press, ...], digits: str) -> None:
    call = caller(*presses)
    assert call.run(enter(call, "progress_number", count=12, at="progress")) == digits


def test_a_hash_before_any_digit_ends_what_was_entered_before_and_the_question_is_heard_whole() -> None:
    call = caller(Press("#", "progress_verify"), "0001")
    assert call.run(enter(call, "progress_verify", count=4, at="progress")) == "0001"
    assert call.played.count("progress_verify") == 2


@pytest.mark.parametrize("keys", ["9", "9#"])
def test_r1_nine_alone_is_danger_where_digits_are_asked(keys: str) -> None:
    call = caller(keys)
    with pytest.raises(Danger):
        call.run(enter(call, "progress_number", count=12, at="progress"))
    assert call.noted("path") == [{"at": "progress", "key": "9"}]


def test_no_digit_at_all_is_no_choice() -> None:
    call = caller()
    with pytest.raises(NoChoice):
        call.run(enter(call, "progress_number", count=12, at="progress"))


def test_no_more_digits_are_taken_than_asked_for() -> None:
    call = caller("00019")
    assert call.run(enter(call, "progress_verify", count=4, at="progress")) == "0001"
    assert [press.keys for press in call.left] == ["9"]


def test_r9_digits_keyed_are_not_noted_as_path() -> None:
    call = caller("0001")
    call.run(enter(call, "progress_verify", count=4, at="progress"))
    assert call.notes == []


@pytest.mark.parametrize("keys", ["0", "9001"])
def test_slow_fingers_have_three_seconds_before_a_first_nine_or_zero_is_taken_alone(keys: str) -> None:
    call = caller(keys)
    call.run(enter(call, "progress_verify", count=4, at="progress"))
    waits = [line for line in call.lines if line.startswith("WAIT")]
    assert waits == ['WAIT FOR DIGIT "5000"', 'WAIT FOR DIGIT "3000"']


def test_r1_nothing_is_waited_for_after_a_nine_that_no_such_entry_begins_with() -> None:
    call = caller("9")
    with pytest.raises(Danger):
        call.run(enter(call, "progress_number", count=12, at="progress", lone="09"))
    assert [line for line in call.lines if line.startswith("WAIT")] == ['WAIT FOR DIGIT "5000"']
