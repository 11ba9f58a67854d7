"""How well a model hears: every answer of the test's voices over a noisy line, in the grammar of its question."""

from __future__ import annotations

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from callback_survey.spoken import questions
from speech.recognise import Recogniser
from speech.training.distort import line
from speech.training.sounds import samples

NOISES = (20, 10, 5)
"""Decibels that the noise lies below the voice."""

_GOOD = {name: {"yes"} for name in ("identity", "contacted", "solved", "truthful")} | {"satisfied": {"1", "2", "3"}}
_STRANGERS = 3
"""One in so many pairs of an answer and a question that it does not answer is tried."""


def table(model: Path, folder: Path) -> str:
    """The table as Markdown: per voice and noise, shares of the answers put to the questions they belong to.

    inverted: a denial heard as its contrary or the other way round; wrongly accepted: of answers to other questions.
    """
    recogniser = Recogniser(model)
    said = json.loads((folder / "test.json").read_text(encoding="utf-8"))
    counts: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for name, text in sorted(said.items()):
        voice = name.rsplit("-", 1)[0]
        for noise in NOISES:
            chance = np.random.default_rng(zlib.crc32(f"{name} {noise}".encode()))
            clean = np.pad(samples(folder / name) * 0.5, (2400, 4000))
            pcm = line(clean, noise, chance).astype("<i2").tobytes()
            counts[voice, noise].update(_judged(recogniser, pcm, text))
    head = "| voice | noise | answers | right | not sure | wrong | inverted | wrongly accepted |\n|" + "---|" * 8
    return "\n".join([head, *(_row(voice, noise, count) for (voice, noise), count in sorted(counts.items()))])


def _judged(recogniser: Recogniser, pcm: bytes, text: str) -> Iterator[str]:
    for number, (name, words) in enumerate(questions().items()):
        value = next((value for value, given in words.items() if text in given), None)
        if value is None and (len(text) + number) % _STRANGERS:
            continue
        heard = recogniser.hear(pcm, words).value
        if value is None:
            yield "strangers"
            if heard is not None:
                yield "accepted"
            continue
        yield "answers"
        yield "right" if heard == value else "unsure" if heard is None else "wrong"
        good = _GOOD.get(name)
        if good and heard is not None and (heard in good) != (value in good):
            yield "inverted"


def _row(voice: str, noise: int, count: Counter[str]) -> str:
    shares = [f"{count[kind] / max(1, count['answers']):.1%}" for kind in ("right", "unsure", "wrong", "inverted")]
    accepted = f"{count['accepted'] / max(1, count['strangers']):.1%} of {count['strangers']}"
    return f"| {voice} | {noise} dB | {count['answers']} | {' | '.join(shares)} | {accepted} |"
