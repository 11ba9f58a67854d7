"""What the voices say: the answers of the questionnaires, many times, and between them what answers nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from importlib import import_module
from pathlib import Path

from callback_survey.spoken import questions
from speech.matching import Words, phrases
from speech.training.shape import sounds

_COMMON = 1500
"""A word of jieba's dictionary counted so often is common."""
_SINGLE = 300
_OFTEN = {1: 5, 2: 2}
"""How often answers of so many characters are said, others once: the shorter, the harder to hear."""
_CLOSE = 2
"""Answers that so few sounds tell from one of another value, and words of danger, are said twice as often."""
OTHERS = Path(__file__).with_name("others.txt")
"""What citizens say that answers nothing; none of the test's."""


def answers() -> list[str]:
    """Every phrase that answers a question, once."""
    return sorted({phrase for words in questions().values() for phrase in phrases(words)})


def dictionary() -> dict[str, int]:
    """Words written in Chinese characters alone, with how often jieba's corpus has them."""
    path = Path(str(import_module("jieba").__file__)).with_name("dict.txt")
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {row[0]: int(row[1]) for row in rows if all("一" <= letter <= "鿿" for letter in row[0])}


def characters() -> list[str]:
    """The common single characters: with them a model can spell the words of a county's own questions."""
    return sorted(word for word, count in dictionary().items() if len(word) == 1 and count >= _SINGLE)


def sayings(chance: random.Random) -> Iterator[str]:
    """Without end: answers, the shortest most often; between them what is nearly one, and what citizens say else."""
    known = [phrase for phrase in answers() for _ in range(_times(phrase))]
    common = [word for word, count in dictionary().items() if count > _COMMON]
    others, letters = OTHERS.read_text(encoding="utf-8").split(), characters()
    while True:
        chance.shuffle(known)
        for phrase in known:
            yield phrase
            kind = chance.random()
            if kind < 0.2:
                yield _nearly(phrase, letters, chance)
            elif kind < 0.35:
                yield chance.choice(others)
            elif kind < 0.5:
                yield "".join(chance.choices(common, k=chance.randint(1, 3)))
            elif kind < 0.55:
                yield chance.choice(others) + phrase


def _times(phrase: str) -> int:
    return _OFTEN.get(len(phrase), 1) * (2 if _delicate(phrase) else 1)


@cache
def _delicate(phrase: str) -> bool:
    """Whether it is easily taken for another value, or must never be missed: danger."""
    asked = [words for words in questions().values() if phrase in phrases(words)]
    return any(phrase in words.get("danger", ()) or _mistakable(phrase, words) for words in asked)


def _mistakable(phrase: str, words: Words) -> bool:
    others = (other for said in words.values() if phrase not in said for other in said)
    return any(_apart(sounds(phrase), sounds(other)) <= _CLOSE for other in others)


def _apart(one: Sequence[str], other: Sequence[str]) -> int:
    """How many sounds must be changed, added or left out to make the one the other."""
    steps = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return sum(max(a1 - a0, b1 - b0) for kind, a0, a1, b0, b1 in steps if kind != "equal")


def _nearly(phrase: str, letters: Sequence[str], chance: random.Random) -> str:
    """The phrase with a character changed, added or left out."""
    at, letter = chance.randrange(len(phrase)), chance.choice(letters)
    return chance.choice((phrase[:at] + letter + phrase[at + 1 :], phrase[:at] + letter + phrase[at:],
                          phrase[:at] + phrase[at + 1 :] or letter, phrase + letter))
