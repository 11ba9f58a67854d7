"""The progress query: verification without an oracle, the status as spoken, and what can be left."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.desk import Progress
from telephony.call import CallerHungUp, Danger, Next, Outcome
from telephony.scripted import HANG_UP, Press, ScriptedCall
from tests.unit.flow_support import LAST4, TICKET, FakeDesk, caller, query, said

STATUS = ["progress_state", "state_handling", "progress_due"]
DUE = [*(f"digits/{digit}" for digit in "2026"), "digits/year", "digits/mon-6", "day/24"]
VERIFIED = [*STATUS, *DUE, "progress_options"]
WRONG = "111111111111"


def ask(call: ScriptedCall, desk: FakeDesk | None = None) -> Outcome:
    return call.run(query(desk)(call))


def test_r11_the_status_is_spoken_after_both_numbers_match() -> None:
    call, desk = caller(TICKET, LAST4, "*"), FakeDesk()
    assert ask(call, desk) == Outcome(Next.MENU, ticket=TICKET)
    assert said(call) == ["progress_number", "progress_verify", *VERIFIED]
    assert call.noted("progress") == [{"ticket": TICKET, "result": "ok"}]
    assert call.noted("disposition") == [{"value": "self-served"}]
    assert desk.asked == [(TICKET, LAST4)]


def test_numbers_ended_by_the_hash_key_count_alike() -> None:
    """As the prompts ask: the whole number is taken with its last digit, and the # after it spoils nothing."""
    call, desk = caller(f"{TICKET}#", f"{LAST4}#", "*"), FakeDesk()
    assert ask(call, desk).ticket == TICKET
    assert desk.asked == [(TICKET, LAST4)]
    call = caller(Press("2"), Press(TICKET[1:]), LAST4, "*")
    assert ask(call).ticket == TICKET


def test_a_unit_with_a_sound_is_named_and_a_missing_term_left_out() -> None:
    call = caller(TICKET, LAST4, "*")
    ask(call, FakeDesk(Progress("signed", unit="unit")))
    assert said(call)[2:] == ["progress_state", "state_signed", "progress_unit", "unit", "progress_options"]


def test_a_term_without_a_unit() -> None:
    call = caller(TICKET, LAST4, "*")
    ask(call, FakeDesk(Progress("overdue", due=date(2025, 12, 31))))
    assert "progress_unit" not in call.played
    assert said(call)[-3:] == ["digits/mon-11", "day/31", "progress_options"]


@pytest.mark.parametrize(
    ("first", "second"),
    [(WRONG, LAST4), (TICKET, "1111"), ("26#", LAST4), (TICKET, "11#")],
)
def test_r9_every_failure_sounds_and_ends_alike(first: str, second: str) -> None:
    call = caller(*(first, second) * 3)
    assert ask(call) == Outcome(Next.QUEUE, queue="consult")
    asked = ["progress_number", "progress_verify", "progress_mismatch"]
    assert said(call) == [*asked, *asked, *asked[:2], "progress_locked"]
    assert [fact["result"] for fact in call.noted("progress")] == ["mismatch", "mismatch", "locked"]
    assert call.noted("disposition") == []


@given(
    st.lists(
        st.tuples(
            st.text("123456789", min_size=11, max_size=11).map("2".__add__),
            st.text("123456789", min_size=4, max_size=4),
        ),
        min_size=3,
        max_size=3,
    )
)
def test_r9_nothing_of_a_ticket_is_said_to_who_does_not_know_both_numbers(
    pairs: list[tuple[str, str]],
) -> None:
    call = caller(*(number for pair in pairs for number in pair))
    ask(call)
    assert set(said(call)) == {"progress_number", "progress_verify", "progress_mismatch", "progress_locked"}


def test_the_third_try_may_be_right() -> None:
    call = caller(WRONG, LAST4, TICKET, "1111", TICKET, LAST4, "*")
    assert ask(call) == Outcome(Next.MENU, ticket=TICKET)
    assert [fact["result"] for fact in call.noted("progress")] == ["mismatch", "mismatch", "ok"]


def test_r9_going_back_to_the_menu_buys_no_more_guesses() -> None:
    first = caller(WRONG, LAST4, WRONG, LAST4, "*")
    assert ask(first).next == Next.MENU
    again = caller(WRONG, LAST4, TICKET, LAST4, variables=first.variables)
    assert ask(again) == Outcome(Next.QUEUE, queue="consult")
    assert said(again)[-1] == "progress_locked"
    third, desk = caller(TICKET, LAST4, variables=again.variables), FakeDesk()
    ask(third, desk)
    assert (said(third), desk.asked) == (["progress_locked"], [])


def test_numbers_of_the_wrong_length_never_reach_the_tickets() -> None:
    call, desk = caller("26#", LAST4, TICKET, "1#", "#", "#"), FakeDesk()
    ask(call, desk)
    assert desk.asked == []


@pytest.mark.parametrize("presses", [("9",), (TICKET, "9"), (TICKET, LAST4, "9"), (TICKET, LAST4, "1", "9")])
def test_r6_nine_alone_is_danger_at_every_step(presses: tuple[str, ...]) -> None:
    call = caller(*presses)
    with pytest.raises(Danger):
        ask(call)
    assert call.noted("path")[-1] == {"at": "progress", "key": "9"}


def test_nine_and_zero_begin_the_last_four_digits_like_any_other() -> None:
    desk = FakeDesk()
    ask(caller(TICKET, "9001", WRONG, "0999", "*"), desk)
    assert desk.asked == [(TICKET, "9001"), (WRONG, "0999")]


@pytest.mark.parametrize("presses", [("0",), (TICKET, "0")])
def test_zero_alone_is_an_agent(presses: tuple[str, ...]) -> None:
    call = caller(*presses)
    assert ask(call) == Outcome(Next.QUEUE, queue="consult")
    assert call.played[-1] == "to_agent"


@pytest.mark.parametrize("presses", [("*",), (TICKET, "*"), ("26*",)])
def test_star_leads_back_to_the_menu(presses: tuple[str, ...]) -> None:
    assert ask(caller(*presses)) == Outcome(Next.MENU)


@pytest.mark.parametrize("presses", [(), (TICKET,)])
def test_silence_goes_to_an_agent(presses: tuple[str, ...]) -> None:
    call = caller(*presses)
    assert ask(call) == Outcome(Next.QUEUE, queue="consult")
    assert call.played[-1] == "no_input"


def test_r13_the_agent_of_a_96128_caller_is_in_its_queue() -> None:
    assert ask(caller("0", line="96128")).queue == "line96128"


def test_tickets_away_lead_to_an_agent_and_count_as_no_failure() -> None:
    call = caller(TICKET, LAST4)
    assert ask(call, FakeDesk(away=True)) == Outcome(Next.QUEUE, queue="consult")
    assert call.played[-1] == "system_busy"
    assert call.noted("progress") == []
    assert "HOTLINE_PROGRESS_FAILURES" not in call.variables


def test_an_urge_is_noted() -> None:
    call = caller(TICKET, LAST4, "2", "*")
    assert ask(call) == Outcome(Next.MENU, ticket=TICKET)
    assert call.noted("progress")[-1] == {"ticket": TICKET, "action": "urge"}
    assert said(call)[-2:] == ["progress_noted", "progress_options"]


def test_an_addition_is_recorded_and_noted() -> None:
    call = caller(TICKET, LAST4, "1", "#", "*")
    assert ask(call) == Outcome(Next.MENU, ticket=TICKET)
    name = "addition-1700000000.1-1700000123"
    assert call.recordings == [f"recordings/{name}"]
    assert call.noted("progress")[-1] == {"ticket": TICKET, "action": "add", "file": f"{name}.wav"}
    assert said(call)[-3:] == ["progress_add", "progress_noted", "progress_options"]


def test_an_addition_is_kept_when_the_caller_hangs_up_after_speaking() -> None:
    call = caller(TICKET, LAST4, "1", HANG_UP)
    with pytest.raises(CallerHungUp):
        ask(call)
    assert call.noted("progress")[-1]["action"] == "add"


def test_who_has_left_word_and_keeps_silent_is_let_go() -> None:
    call = caller(TICKET, LAST4, "2", "")
    assert ask(call) == Outcome(Next.HANGUP, ticket=TICKET, disposition="self-served")
    assert said(call)[-1] == "goodbye"


@pytest.mark.parametrize(("key", "last"), [("0", "to_agent"), ("", "no_input")])
def test_the_agent_after_the_status_knows_the_ticket(key: str, last: str) -> None:
    call = caller(TICKET, LAST4, key)
    assert ask(call) == Outcome(Next.QUEUE, queue="consult", ticket=TICKET)
    assert said(call)[-1] == last


def test_the_hash_key_repeats_the_status() -> None:
    call = caller(TICKET, LAST4, "#", "*")
    ask(call)
    assert said(call)[2:] == VERIFIED * 2


def test_endless_choosing_ends() -> None:
    call = caller(TICKET, LAST4, *"2" * 50)
    assert ask(call).next == Next.HANGUP
    assert len(call.noted("progress")) == 11
