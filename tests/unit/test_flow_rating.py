"""The rating after a call (好差评)."""

from __future__ import annotations

import pytest

from telephony.call import CallerHungUp, Danger, Next, Outcome
from telephony.scripted import HANG_UP, Press, ScriptedCall
from tests.unit.flow_support import caller, rate

END = Outcome(Next.HANGUP)
NAME = "rating-1700000000.1-1700000123"


def give(call: ScriptedCall) -> Outcome:
    return call.run(rate(call))


def rated(call: ScriptedCall) -> list[str]:
    return [fact["value"] for fact in call.noted("answer") if fact["question"] == "rating"]


def reasons(call: ScriptedCall) -> list[str]:
    return [fact["file"] for fact in call.noted("answer") if fact["question"] == "rating-reason"]


@pytest.mark.parametrize("value", "123")
def test_a_good_rating_is_noted_and_thanked_for(value: str) -> None:
    call = caller(value)
    assert give(call) == END
    assert call.played == ["rating", "rating_thanks"]
    assert rated(call) == [value]


@pytest.mark.parametrize("value", "45")
def test_who_is_not_satisfied_is_asked_why(value: str) -> None:
    call = caller(value, "#")
    assert give(call) == END
    assert call.played == ["rating", "rating_reason", "rating_thanks"]
    assert rated(call) == [value]
    assert reasons(call) == [f"{NAME}.wav"]
    assert call.recordings == [f"recordings/{NAME}"]


def test_a_rating_interrupts_the_question() -> None:
    call = caller(Press("2", "rating"))
    give(call)
    assert rated(call) == ["2"]


@pytest.mark.parametrize("presses", [(), ("7", "8"), ("0", "*"), ("6", "")])
def test_no_rating_is_no_rating(presses: tuple[str, ...]) -> None:
    call = caller(*presses)
    assert give(call) == END
    assert call.played[-1] == "rating_none"
    assert rated(call) == []


def test_a_wrong_key_may_be_made_good() -> None:
    call = caller("6", "3")
    give(call)
    assert rated(call) == ["3"]


def test_one_call_one_rating() -> None:
    call = caller("1", "2", "3")
    give(call)
    assert rated(call) == ["1"]
    assert len(call.left) == 2


@pytest.mark.parametrize("presses", [("9",), ("5", "9"), (Press("9", "rating"),), ("1", Press("9", "rating_thanks"))])
def test_r6_nine_is_danger(presses: tuple[str | Press, ...]) -> None:
    call = caller(*presses)
    with pytest.raises(Danger):
        give(call)


def test_rating_and_reason_survive_a_hang_up() -> None:
    call = caller("5", HANG_UP)
    with pytest.raises(CallerHungUp):
        give(call)
    assert rated(call) == ["5"]
    assert len(reasons(call)) == 1
