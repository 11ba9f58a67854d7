"""What the voices say: the answers of the questionnaires, many times, and between them what answers nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from callback_survey.spoken import questions
from speech.matching import phrases

_COMMON = 1500
"""A word of jieba's dictionary counted so often is common."""
_SINGLE = 300
_OFTEN = {1: 5, 2: 2}
"""How often answers of so many characters are said, others once: the shorter, the harder to hear."""
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
    known = [phrase for phrase in answers() for _ in range(_OFTEN.get(len(phrase), 1))]
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


def _nearly(phrase: str, letters: Sequence[str], chance: random.Random) -> str:
    """The phrase with a character changed, added or left out."""
    at, letter = chance.randrange(len(phrase)), chance.choice(letters)
    return chance.choice((phrase[:at] + letter + phrase[at + 1 :], phrase[:at] + letter + phrase[at:],
                          phrase[:at] + phrase[at + 1 :] or letter, phrase + letter))
