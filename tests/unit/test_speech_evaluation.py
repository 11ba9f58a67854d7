"""How recognisers are measured: what counts as right, unsure, inverted and wrongly accepted (R38), and the tables."""

from __future__ import annotations

import pytest

from speech.evaluation import table
from speech.evaluation.trial import Sentence, Trial
from speech.hearing import Heard

SENTENCE = Sentence("one.wav", "some", "voice", "满意")


def trial(value: str | None, heard: str | None, noise: int = 20, question: str = "satisfied", ms: float = 10) -> Trial:
    return Trial(SENTENCE, question, noise, value, Heard("", heard, 1.0), ms)


@pytest.mark.parametrize(
    ("value", "heard", "inverted"),
    [("2", "4", True), ("5", "1", True), ("2", "3", False), ("2", None, False), ("yes", "no", True),
     ("partly", "no", False), ("later", "now", True), ("later", "never", False), (None, "4", False),
     ("4", "agent", False)],
)  # fmt: skip
def test_only_the_contrary_is_an_inversion(value: str | None, heard: str | None, inverted: bool) -> None:
    assert trial(value, heard).inverted is inverted


def test_every_trial_counts_once_as_right_unsure_wrong_or_accepted() -> None:
    told = [trial("2", "2"), trial("2", None), trial("2", "4"), trial("2", "1"), trial(None, "2"), trial(None, None)]
    (row,) = table.by_voice(told)
    shares = {name: row[name] for name in ("right", "asked again", "wrong", "inverted", "wrongly accepted")}
    assert shares == {"right": 0.25, "asked again": 0.25, "wrong": 0.5, "inverted": 0.25, "wrongly accepted": 0.5}
    assert (row["answers"], row["no answers"]) == (4, 2)


def test_the_tables_go_from_little_noise_to_much_and_by_answer() -> None:
    told = [trial("2", "2", 5, ms=30), trial("2", "2", 20, ms=20), trial("4", None, 20, ms=40)]
    assert [row["noise"] for row in table.by_voice(told)] == ["20 dB", "5 dB"]
    assert table.by_voice(told)[0]["ms"] == 30
    assert [(row["value"], row["right"]) for row in table.by_answer(told, 20)] == [("2", 1.0), ("4", 0.0)]


def test_a_table_is_markdown() -> None:
    assert table.markdown([]) == ""
    head, line, first = table.markdown(table.by_answer([trial("2", "2")], 20)).splitlines()
    assert head.startswith("| question | value |")
    assert set(line) <= set("|- ")
    assert first == "| satisfied | 2 | 1 | 100.00% | 0.00% | 0.00% | 0.00% |"
