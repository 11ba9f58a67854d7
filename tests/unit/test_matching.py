"""Words to values: whole phrases, and never what a negation negates."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callback_survey.spoken import questions
from speech.matching import UNKNOWN, negative, phrases, spelled, value_of

EVERY = [(name, value, phrase) for name, words in questions().items() for value in words for phrase in words[value]]
POSITIVE = {"identity": "yes", "consent": "now", "contacted": "yes", "solved": "yes", "truthful": "yes"}


@pytest.mark.parametrize(("name", "value", "phrase"), EVERY)
def test_every_phrase_means_its_value(name: str, value: str, phrase: str) -> None:
    assert value_of([phrase], questions()[name]) == value
    assert value_of(list(phrase), questions()[name]) == value


@pytest.mark.parametrize("name", list(questions()))
def test_no_phrase_stands_for_two_values(name: str) -> None:
    given = [phrase for phrases in questions()[name].values() for phrase in phrases]
    assert len(given) == len(set(given))


@given(st.sampled_from([row for row in EVERY if negative(row[2])]), st.data())
def test_a_negation_is_never_inverted(row: tuple[str, str, str], data: st.DataObject) -> None:
    """R36: however the recogniser cuts it, and whatever stands around it, 不满意 is not 满意."""
    name, value, phrase = row
    words = questions()[name]
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(phrase) - 1)))))
    around = st.lists(st.sampled_from([*phrases(words), UNKNOWN, "那个"]), max_size=2)
    before, after = data.draw(around), data.draw(around)
    parts = [phrase[a:b] for a, b in pairwise([0, *cuts, len(phrase)]) if phrase[a:b]]
    assert value_of(parts, words) == value
    assert value_of([*before, *parts, *after], words) in {value, None}
    assert value not in _yes(name)


def _yes(name: str) -> set[str]:
    return {"1", "2"} if name == "satisfied" else {POSITIVE.get(name, "")}


@given(st.sampled_from(EVERY), st.text("不满意没解决好是的一二", max_size=4))
def test_what_is_left_over_makes_it_unsure(row: tuple[str, str, str], rest: str) -> None:
    name, value, phrase = row
    words = questions()[name]
    found = value_of([phrase, rest] if rest else [phrase], words)
    whole = {other for other, given in words.items() if phrase + rest in given}
    assert found in {value, None, *whole}


@pytest.mark.parametrize("heard", [[], [""], [UNKNOWN], [UNKNOWN, "满意"], ["满意", UNKNOWN], ["满意", "不满意"]])
def test_nothing_unknown_or_contradicting_has_a_value(heard: list[str]) -> None:
    assert value_of(heard, questions()["satisfied"]) is None


def test_the_same_answer_twice_counts_once() -> None:
    assert value_of(["是", "是的"], questions()["identity"]) == "yes"
    assert value_of(["不", "满意"], questions()["satisfied"]) == "4"


def test_a_phrase_is_spelled_in_the_longest_words_known() -> None:
    known = {"不", "满", "意", "满意"}
    assert spelled("不满意", known.__contains__) == ["不", "满意"]
    assert spelled("不满意", {"不满", "不", "满意"}.__contains__) == ["不", "满意"]
    assert spelled("很满意", known.__contains__) is None
