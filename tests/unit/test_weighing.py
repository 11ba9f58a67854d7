"""What several readings of an utterance mean together, and how surely (R38: a denial is not taken for its contrary)."""

from __future__ import annotations

import math

import pytest

from speech.hearing import Heard
from speech.weighing import LEAST, OTHER, RELIANCE, agreed, joined, unanimous, weighed

WORDS = {"yes": ("属实", "都属实", "一"), "no": ("不属实", "假的", "二"), "agent": ("人工",)}


def test_the_only_reading_is_sure() -> None:
    assert weighed([("属实", -7.0)], WORDS, 0.9) == Heard("属实", "yes", 1.0)
    assert weighed([], WORDS, 0.0) == Heard("", None, 0.0)


def test_readings_of_the_same_value_bear_each_other_out() -> None:
    heard = weighed([("属实", -7.0), ("都属实", -7.2), ("[unk]", -11.0)], WORDS, 0.95)
    assert heard.value == "yes"
    assert weighed([("属实", -7.0), ("人工", -7.2), ("[unk]", -11.0)], WORDS, 0.95).value is None


@pytest.mark.parametrize(("best", "other", "value"), [("都属实", "不属实", "yes"), ("不属实", "都属实", "no")])
def test_a_reading_of_another_answer_weighs_as_much_as_many(best: str, other: str, value: str) -> None:
    near = math.log(OTHER)
    assert weighed([(best, 0.0), (other, -near)], WORDS, 0.9) == Heard(best, None, 0.5)
    same = "假的" if value == "no" else "一"
    assert weighed([(best, 0.0), (same, -near)], WORDS, 0.9) == Heard(best, value, 1.0)
    assert weighed([(best, 0.0), (other, -2.5 * near)], WORDS, 0.9).value == value


def test_what_is_no_answer_has_no_value_however_sure() -> None:
    assert weighed([("[unk] 属实", 0.0), ("属实", -9.0)], WORDS, 0.0).value is None
    assert weighed([("[unk]", 0.0)], WORDS, 0.0) == Heard("", None, 1.0)
    assert weighed([("属实 不属实", 0.0)], WORDS, 0.0).value is None


def test_the_parts_of_an_utterance_are_read_together() -> None:
    parts = [[("不属实", -1.0), ("都属实", -4.0)], [], [("假的", -2.0), ("[unk]", -2.5)]]
    readings = joined(parts)
    assert readings[0] == ("不属实 假的", -3.0)
    assert [score for _, score in readings] == sorted((score for _, score in readings), reverse=True)
    assert weighed(readings[:1], WORDS, 0.9).value == "no"
    assert joined([[], []]) == []


def test_what_is_no_answer_weighs_once() -> None:
    assert weighed([("属实", 0.0), ("[unk]", -3.0)], WORDS, 0.9).value == "yes"
    assert weighed([("属实", 0.0), ("[unk]", -1.0)], WORDS, 0.9).value is None


def test_what_one_hearing_doubts_others_bear_out() -> None:
    doubtful, sure = [("属实", -7.0), ("[unk]", -7.5)], [("属实", -20.0), ("[unk]", -24.0)]
    assert weighed(doubtful, WORDS, 0.9).value is None
    assert weighed(agreed([doubtful, sure, sure]), WORDS, 0.9) == Heard("属实", "yes", 0.986)
    assert weighed(agreed([sure, doubtful, doubtful]), WORDS, 0.9).confidence < weighed(sure, WORDS, 0.9).confidence


def test_hearings_that_contradict_each_other_are_no_answer() -> None:
    yes, no = [("都属实", -3.0)], [("不属实", -3.0)]
    assert weighed(agreed([yes, no]), WORDS, 0.9).value is None
    assert agreed([yes, no, yes])[:2] == [("都属实", RELIANCE * LEAST), ("不属实", 2 * RELIANCE * LEAST)]


def test_a_hearing_without_readings_has_no_say() -> None:
    assert agreed([[("属实", -7.0)], []]) == [("属实", 0.0)]
    assert agreed([[], []]) == []


def test_hearings_must_each_mean_the_same_and_be_sure() -> None:
    sure, doubtful, other = [("属实", -7.0)], [("属实", -7.0), ("[unk]", -7.5)], [("不属实", -3.0)]
    assert unanimous([sure, sure, sure], WORDS, 0.9) == Heard("属实", "yes", 1.0)
    assert unanimous([sure, sure, doubtful], WORDS, 0.9).value is None
    assert weighed(agreed([sure, sure, doubtful]), WORDS, 0.9).value == "yes"
    assert unanimous([sure, sure, sure, sure, other], WORDS, 0.0).value is None
    assert unanimous([sure, []], WORDS, 0.9).value is None
    assert unanimous([[], []], WORDS, 0.9) == Heard("", None, 0.0)
