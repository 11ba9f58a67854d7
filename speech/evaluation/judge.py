"""What a recogniser makes of the test: each sentence over a noisy line, put to questions it answers and to others."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from callback_survey.spoken import questions
from speech import recordings
from speech.evaluation.trial import Sentence, Trial
from speech.matching import Words
from speech.recognise import Recogniser
from speech.training.distort import line
from speech.training.sounds import Sound, samples

NOISES = (20, 10, 5)
"""Decibels that the noise lies below the voice."""
_OTHERS = 3
"""Questions that each sentence is put to without answering them."""
_BEFORE, _AFTER = 2400, 4000
"""Samples of silence around a sentence, about as the ear leaves them."""


def trials(recogniser: Recogniser, sentences: Sequence[Sentence], folder: Path, noises: Sequence[int] = NOISES
           ) -> Iterator[Trial]:
    """Every sentence at every noise; the line's faults are the same whichever recogniser hears them."""
    asked = distinct()
    for sentence in sentences:
        clean = np.pad(samples(folder / sentence.file) * 0.5, (_BEFORE, _AFTER))
        for noise in noises:
            pcm = _over_the_line(clean, noise, f"{sentence.file} {noise}")
            for question, value in _put(sentence.text, asked):
                yield _tried(recogniser, sentence, question, noise, value, pcm)


def own(recogniser: Recogniser, folder: Path) -> Iterator[Trial]:
    """A county's own recordings, as they are. Raises SpeechError for a line of `answers.csv` that is wrong."""
    for given in recordings.listed(folder, questions()):
        sentence = Sentence(given.path.name, "own recordings", "", "")
        yield _tried(recogniser, sentence, given.question, 0, given.value, recordings.samples(given.path))


def _tried(recogniser: Recogniser, sentence: Sentence, question: str, noise: int, value: str | None, pcm: bytes
           ) -> Trial:
    begin = time.perf_counter()
    heard = recogniser.hear(pcm, questions()[question])
    return Trial(sentence, question, noise, value, heard, 1000 * (time.perf_counter() - begin))


def distinct() -> dict[str, Words]:
    """The shipped questions, of those with the same answers the first."""
    found: dict[str, Words] = {}
    for name, words in questions().items():
        if words not in found.values():
            found[name] = words
    return found


def _over_the_line(clean: Sound, noise: int, seed: str) -> bytes:
    chance = np.random.default_rng(zlib.crc32(seed.encode()))
    return line(clean, noise, chance, law="a", lost=1.0).astype("<i2").tobytes()


def _put(text: str, asked: Mapping[str, Words]) -> Iterator[tuple[str, str | None]]:
    """The questions a sentence is put to, each with the value that it means there."""
    meant = {name: next((value for value, said in words.items() if text in said), None)
             for name, words in asked.items()}
    others = sorted((name for name, value in meant.items() if value is None), key=lambda name: zlib.crc32(
        f"{text} {name}".encode()))
    for name, value in meant.items():
        if value is not None or name in others[:_OTHERS]:
            yield name, value
