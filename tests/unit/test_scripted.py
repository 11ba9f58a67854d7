"""The scripted call: a caller in memory who behaves as callers and Asterisk do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.call import Call, CallerHungUp, Facts, Next, Outcome, Recording
from telephony.driver import run_flow
from telephony.scripted import (
    HANG_UP,
    SILENCE,
    FlowEndless,
    FlowWaits,
    Note,
    Press,
    ScriptedCall,
    hang_up_during,
    run,
    words,
)


async def menu(call: Call) -> str:
    return await call.play("greeting", "menu", keys="123") or await call.wait_key(5)


def test_a_patient_caller_hears_all_and_keys_at_the_wait() -> None:
    call = ScriptedCall("2")
    assert call.run(menu(call)) == "2"
    assert call.played == ["greeting", "menu"]
    assert call.left == []


def test_a_key_interrupts_the_prompt_it_is_meant_for() -> None:
    call = ScriptedCall(Press("2", during="greeting"))
    assert call.run(menu(call)) == "2"
    assert call.played == ["greeting"]


def test_a_key_nobody_listens_for_is_lost_as_in_asterisk() -> None:
    call = ScriptedCall(Press("9", during="greeting"), "1")
    assert call.run(menu(call)) == "1"
    assert call.played == ["greeting", "menu"]


def test_silence_lasts_one_wait_and_for_ever_at_the_end() -> None:
    call = ScriptedCall("", "3")
    assert [call.run(call.wait_key(1)) for _ in range(3)] == ["", "3", ""]
    call = ScriptedCall(SILENCE, "3")
    assert [call.run(call.wait_key(1)) for _ in range(2)] == ["", "3"]


def test_presses_never_made_are_left() -> None:
    call = ScriptedCall("2", Press("1", during="never played"))
    call.run(menu(call))
    assert call.left == [Press("1", during="never played")]


@pytest.mark.parametrize(
    ("presses", "digits"),
    [
        (("1234",), "1234"),
        (("12", "34"), "1234"),
        (("123456",), "1234"),
        (("12#",), "12"),
        (("#",), ""),
        ((), ""),
        (("12", "", "34"), "12"),
        ((Press("1234", during="ask"),), "1234"),
    ],
)
def test_digits(presses: tuple[str | Press, ...], digits: str) -> None:
    call = ScriptedCall(*presses)
    assert call.run(call.get_digits("ask", count=4)) == digits


def test_digits_that_begin_in_an_earlier_prompt() -> None:
    call = ScriptedCall(Press("12#", during="one"))
    assert call.run(call.get_digits("one", "two", count=4)) == "12"
    assert call.played == ["one"]
    call = ScriptedCall(Press("#", during="one"))
    assert call.run(call.get_digits("one", "two", count=4)) == ""


def test_digits_without_a_prompt() -> None:
    call = ScriptedCall("42")
    assert call.run(call.get_digits(count=2)) == "42"
    assert call.lines == ['GET DATA "" "5000" "2"']


def test_keys_left_over_go_to_the_next_question() -> None:
    call = ScriptedCall("12345")
    assert call.run(call.get_digits("ask", count=4)) == "1234"
    assert call.run(call.wait_key(5)) == "5"


def test_a_recording_ends_by_key_or_time() -> None:
    told: list[str] = []
    call = ScriptedCall("5#", recorded=2.5, on_record=told.append)
    assert call.run(call.record("/spool/a", 10)) == Recording("/spool/a", 2.5, "#")
    assert call.run(call.record("/spool/b", 10)) == Recording("/spool/b", 10.0, "")
    assert call.recordings == told == ["/spool/a", "/spool/b"]


names = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
facts = st.dictionaries(names, st.text(st.characters(codec="utf-8"), max_size=20))


@given(facts)
def test_notes_come_back_as_they_were_made(given_facts: dict[str, str]) -> None:
    call = ScriptedCall()
    call.run(call.note("path", **given_facts))
    assert call.notes == [Note("path", given_facts)]
    assert call.noted("path") == [given_facts]
    assert call.noted("queue") == []


def test_variables_are_set_and_read() -> None:
    call = ScriptedCall(variables={"A": "1"})
    call.run(call.set_variable("B", 'x "y" \\z'))
    assert [call.run(call.variable(name)) for name in "ABC"] == ["1", 'x "y" \\z', ""]


def test_an_outcome_is_one_command() -> None:
    call = ScriptedCall()
    call.run(call.settle(Outcome(Next.QUEUE, queue="consult")))
    assert len(call.lines) == 1
    assert call.variables == {
        "HOTLINE_NEXT": "queue",
        "HOTLINE_QUEUE": "consult",
        "HOTLINE_SERVICE": "",
        "HOTLINE_TICKET": "",
        "HOTLINE_DISPOSITION": "",
    }
    assert list(call.variables)[-1] == "HOTLINE_NEXT"


def test_an_outcome_with_odd_values_sets_the_next_step_last() -> None:
    call = ScriptedCall()
    call.run(call.settle(Outcome(Next.QUEUE, queue="a,b=c")))
    assert call.variables["HOTLINE_QUEUE"] == "a,b=c"
    assert call.lines[0] == 'SET AUTOHANGUP "0"'
    assert call.lines[-1] == 'SET VARIABLE "HOTLINE_NEXT" "queue"'


async def whole(call: Call) -> Outcome:
    await call.note("path", at="main")
    await call.play("greeting", keys="1")
    await call.wait_key(5)
    await call.get_digits("ask", count=4)
    await call.record("/spool/a", 10)
    await call.variable("A")
    await call.set_variable("B", "1")
    return Outcome(Next.HANGUP)


LINES = 8  # of `whole`, with its outcome


@pytest.mark.parametrize("step", range(1, LINES + 1))
def test_a_hang_up_at_any_line_ends_quietly(step: int) -> None:
    call = ScriptedCall(hang_up_at=step)
    assert call.run(run_flow(call, whole)) is None
    assert len(call.lines) == step
    assert "HOTLINE_NEXT" not in call.variables


def test_without_a_hang_up_the_flow_has_all_its_lines() -> None:
    call = ScriptedCall()
    assert call.run(run_flow(call, whole)) == Outcome(Next.HANGUP)
    assert len(call.lines) == LINES


@pytest.mark.parametrize(
    "presses",
    [(hang_up_during("greeting"),), (HANG_UP,), ("1", HANG_UP), ("1", hang_up_during("ask")), ("1", "12#", HANG_UP)],
)
def test_a_caller_who_hangs_up_in_the_middle(presses: tuple[str | Press, ...]) -> None:
    call = ScriptedCall(*presses)
    assert call.run(run_flow(call, whole)) is None
    assert call.left == []
    assert call.noted("path") == [{"at": "main"}]


def test_a_recording_cut_by_a_hang_up_raises_at_once() -> None:
    call = ScriptedCall(HANG_UP)
    with pytest.raises(CallerHungUp):
        call.run(call.record("/spool/a", 10))
    assert call.recordings == ["/spool/a"]


def test_a_flow_that_waits_for_anything_else_is_found() -> None:
    class Other:
        def __await__(self):  # type: ignore[no-untyped-def]
            yield

    async def flow() -> None:
        await Other()

    with pytest.raises(FlowWaits):
        run(flow())


def test_a_flow_without_end_is_found() -> None:
    async def flow(call: Call) -> Outcome:
        while True:
            await call.wait_key(5)

    call = ScriptedCall()
    with pytest.raises(FlowEndless):
        call.run(run_flow(call, flow))


def test_the_facts_of_a_scripted_call() -> None:
    assert ScriptedCall().facts.caller.isdigit()
    assert ScriptedCall(facts=Facts("7.1")).facts.call_id == "7.1"


def test_words() -> None:
    assert words('EXEC "A b" c\\ d "" "\\"\\\\"') == ["EXEC", "A b", "c d", "", '"\\']
