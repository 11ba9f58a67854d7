"""Sentences to train on: Kokoro's Mandarin voices, mixed into new ones, espeak-ng's throats, the shipped prompts."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from importlib import import_module
from itertools import takewhile
from pathlib import Path

from pydub import AudioSegment

from speech import audio, catalogue, voices
from speech.make import SOUNDS
from speech.training.sentences import sayings

TRAINED = ("zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zm_yunjian", "zm_yunxia", "zm_yunyang")
UNSEEN = ("zf_xiaoyi", "zm_yunxi")
"""Kokoro's voices that are never heard in training: the test's."""
UNSEEN_THROATS = ("m4", "f4")
"""espeak-ng's of the test."""
THROATS = tuple(
    "m1 m2 m3 m5 m6 m7 m8 f1 f2 f3 f5 Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee "  # noqa: SIM905
    "Marco Mario Michael Mike Mr adam anika antonio aunty belinda benjamin boris caleb david ed edward grandma grandpa "
    "john linda max michel pablo paul pedro quincy rob robert sandro shelby steph travis victor zac".split()
)
_LONGEST_PROMPT = 6.0
_ANY = 1 << 30


def quickly(folder: Path, seed: int, count: int) -> None:
    """Writes so many sentences of espeak-ng into `folder`: e{seed}-{number}.wav, and e{seed}.json with their texts."""
    chance = random.Random(seed)
    _keep(folder, f"e{seed}", count, ((text, voices.espeak(
        text, chance.uniform(0.6, 1.1), chance.choice(THROATS), chance.randint(15, 85))) for text in sayings(chance)))


def naturally(folder: Path, styles: Path, seed: int, seconds: float) -> None:
    """Writes sentences of Kokoro's voices for so many seconds: {seed}-{number}.wav, and {seed}.json."""
    end = time.monotonic() + seconds
    _keep(folder, str(seed), _ANY, takewhile(lambda _: time.monotonic() < end, _kokoro(styles, seed)))


def prompts(folder: Path) -> None:
    """Writes the shipped prompts that are no tones: p-{number}.wav, and p.json."""
    shipped = ((prompt.reading, audio.from_alaw(audio.read_alaw(SOUNDS / f"{key}.wav")))
               for key, prompt in catalogue.load().items() if prompt.reading and (SOUNDS / f"{key}.wav").is_file())
    _keep(folder, "p", _ANY, ((text, sound) for text, sound in shipped if len(sound) < 1000 * _LONGEST_PROMPT))


def _kokoro(styles: Path, seed: int) -> Iterator[tuple[str, AudioSegment]]:
    """Without end: sentences, each in a voice of its own, mixed of a Mandarin one and a little of any other."""
    chance, numpy = random.Random(seed), import_module("numpy")
    say = voices.Kokoro(TRAINED[0], styles)
    tables = {path.stem: numpy.fromfile(path, numpy.float32).reshape(-1, 1, 256)
              for path in sorted(styles.glob("*.bin")) if path.stem not in UNSEEN}
    for text in sayings(chance):
        share = chance.choice((0.0, 0.15, 0.3, 0.4))
        say.mix((1 - share) * tables[chance.choice(TRAINED)] + share * tables[chance.choice(list(tables))])
        yield text, say(text + "。", chance.uniform(0.8, 1.25))


def _keep(folder: Path, name: str, count: int, spoken: Iterator[tuple[str, AudioSegment]]) -> None:
    said: dict[str, str] = {}
    for number, (text, sound) in zip(range(count), spoken, strict=False):
        file = folder / f"{name}-{number}.wav"
        audio.for_line(sound, 0).export(file, format="wav").close()
        said[file.name] = text
        if number % 20 == 0:
            _write(folder / f"{name}.json", said)
    _write(folder / f"{name}.json", said)


def _write(path: Path, said: dict[str, str]) -> None:
    """Whole or not at all: training reads it meanwhile."""
    audio.write_whole(path, json.dumps(said, ensure_ascii=False).encode())
