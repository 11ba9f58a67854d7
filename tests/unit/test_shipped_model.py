"""The shipped model hears answers of a voice that it was not trained with, and nothing else is one (R36, R38)."""

from __future__ import annotations

import audioop
import random
from array import array
from pathlib import Path

import pytest

from callback_survey.spoken import questions
from hotline.cli import main
from speech import recordings
from speech.recognise import Recogniser

VOICE = Path(__file__).parents[1] / "sounds/answers"
"""zf_xiaoyi of Kokoro-82M (Apache-2.0), as a telephone line carries it."""


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


def test_the_model_can_hear_every_answer_that_is_asked_for(recogniser: Recogniser) -> None:
    assert [phrase for words in questions().values() for phrase in recogniser.unknown(words)] == []


@pytest.mark.parametrize(
    ("said", "question", "value"),
    [("就是我", "identity", "yes"), ("现在方便", "consent", "now"), ("没有联系", "contacted", "no"),
     ("还没解决", "solved", "no"), ("不属实", "truthful", "no"), ("非常不满意", "satisfied", "5"),
     ("不满意", "satisfied", "4"), ("基本满意", "satisfied", "3"), ("满意", "satisfied", "2"),
     ("转人工", "solved", "agent")],
)  # fmt: skip
def test_an_answer_is_heard(recogniser: Recogniser, said: str, question: str, value: str) -> None:
    heard = recogniser.hear(recordings.samples(VOICE / f"{said}.wav"), questions()[question])
    assert (heard.text, heard.value) == (said, value)


def test_what_is_hard_to_hear_is_asked_again_rather_than_inverted(recogniser: Recogniser) -> None:
    """This voice's 我是 is near 不是."""
    assert recogniser.hear(recordings.samples(VOICE / "我是.wav"), questions()["identity"]).value in {"yes", None}


@pytest.mark.parametrize(
    ("said", "question", "decibels", "hearings"),
    [("不满意", "satisfied", 100, 1), ("满意", "satisfied", 100, 3), ("不满意", "satisfied", 12, 3),
     ("今天下雨了", "satisfied", 12, 1)],
)  # fmt: skip
def test_what_is_not_sure_or_answered_on_a_noisy_line_is_heard_again(recogniser: Recogniser, said: str, question: str,
                                                                    monkeypatch: pytest.MonkeyPatch, decibels: int,
                                                                    hearings: int) -> None:
    rates: list[float] = []

    def counted(spoken: bytes, grammar: str, share: float = 1.0) -> list[tuple[str, float]]:
        rates.append(share)
        return Recogniser._readings(recogniser, spoken, grammar, share)

    monkeypatch.setattr(recogniser, "_readings", counted)
    recogniser.hear(_noisy(recordings.samples(VOICE / f"{said}.wav"), decibels), questions()[question])
    assert len(rates) == len(set(rates)) == hearings


def _noisy(pcm: bytes, decibels: float) -> bytes:
    """The samples with noise so far below their level, the same each time."""
    chance, level = random.Random(1), audioop.rms(pcm, 2) * 10 ** (-decibels / 20)
    noise = array("h", (round(chance.gauss(0, level)) for _ in range(len(pcm) // 2)))
    return audioop.add(pcm, noise.tobytes(), 2)


@pytest.mark.parametrize("said", ["今天下雨了", "路灯不亮了"])
def test_what_is_no_answer_is_none(recogniser: Recogniser, said: str) -> None:
    for words in questions().values():
        assert recogniser.hear(recordings.samples(VOICE / f"{said}.wav"), words).value is None


def test_the_command_says_what_is_heard(capsys: pytest.CaptureFixture[str], tmp_path: Path,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    assert main(["speech", "check", str(VOICE / "不满意.wav"), "--question", "satisfied", "--json"]) == 0
    said = capsys.readouterr().out
    assert '"text": "不满意", "value": "4"' in said
