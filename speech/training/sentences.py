"""What the voices say: the answers of the questionnaires, many times, and sentences of any words between them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from callback_survey.spoken import questions
from speech.matching import phrases

_COMMON = 1500
"""A word of jieba's dictionary counted so often is common."""
_SINGLE = 300


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
    """Without end: each answer alone, then as many sentences of common words, some with an answer among them."""
    known, common = answers(), [word for word, count in dictionary().items() if count > _COMMON]
    while True:
        chance.shuffle(known)
        for phrase in known:
            yield phrase
            words = chance.choices(common, k=chance.randint(1, 3))
            if chance.random() < 0.3:
                words[chance.randrange(len(words))] = f"，{chance.choice(known)}，"
            yield "".join(words).strip("，")
