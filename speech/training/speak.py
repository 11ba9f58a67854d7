"""Sentences to train on: Kokoro's Mandarin voices, mixed into new ones, espeak-ng's throats, the shipped prompts."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from typing import Any

from pydub import AudioSegment

from speech import audio, catalogue, voices
from speech.make import SOUNDS
from speech.training.accent import accented
from speech.training.sentences import sayings

TRAINED = ("zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zm_yunjian", "zm_yunxia", "zm_yunyang")
UNSEEN = ("zf_xiaoyi", "zm_yunxi")
"""Kokoro's voices that are never heard in training: the test's."""
HELD_BACK = ("am_onyx", "bf_emma", "jm_kumo", "jf_alpha", "if_sara", "pm_alex")
"""Kokoro's voices kept for choosing thresholds and the like: heard neither in training nor in the test."""
UNSEEN_THROATS = ("m4", "f4")
"""espeak-ng's of the test."""
THROATS = tuple(
    "m1 m2 m3 m5 m6 m7 m8 f1 f2 f3 f5 Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee "  # noqa: SIM905
    "Marco Mario Michael Mike Mr adam anika antonio aunty belinda benjamin boris caleb david ed edward grandma grandpa "
    "john linda max michel pablo paul pedro quincy rob robert sandro shelby steph travis victor zac klatt klatt2 "
    "klatt3 klatt4 iven gustave miguel norbert marcelo announcer".split()
)
_LONGEST_PROMPT = 6.0
_AT_ONCE = (1, 1, 1, 1, 1, 3)
"""Sentences in one breath. Several cost less each, but only what is said alone teaches to choose."""
_ENDS = "。。！？，"
_ANY = 1 << 30


def quickly(folder: Path, seed: int, count: int, seconds: float) -> None:
    """Writes sentences of espeak-ng, so many at most, for so many seconds at most, into `folder`: e{seed}-{number}.wav,
    and e{seed}.json with their texts."""
    chance = random.Random(seed)
    spoken = ((text, voices.espeak(text, chance.uniform(0.6, 1.1), chance.choice(THROATS), chance.randint(15, 85)))
              for text in sayings(chance))
    _keep(folder, f"e{seed}", count, _until(seconds, spoken))


def naturally(folder: Path, styles: Path, seed: int, seconds: float) -> None:
    """Writes sentences of Kokoro's voices for so many seconds: {seed}-{number}.wav, and {seed}.json."""
    _keep(folder, str(seed), _ANY, _until(seconds, _kokoro(styles, seed)))


def _until(seconds: float, spoken: Iterator[tuple[str, AudioSegment]]) -> Iterator[tuple[str, AudioSegment]]:
    end = time.monotonic() + seconds
    return takewhile(lambda _: time.monotonic() < end, spoken)


def prompts(folder: Path) -> None:
    """Writes the shipped prompts that are no tones: p-{number}.wav, and p.json."""
    shipped = ((prompt.reading, audio.from_alaw(audio.read_alaw(SOUNDS / f"{key}.wav")))
               for key, prompt in catalogue.load().items() if prompt.reading and (SOUNDS / f"{key}.wav").is_file())
    _keep(folder, "p", _ANY, ((text, sound) for text, sound in shipped if len(sound) < 1000 * _LONGEST_PROMPT))


def _kokoro(styles: Path, seed: int) -> Iterator[tuple[str, AudioSegment]]:
    """Without end: sentences, alone or a few in one breath, each time in a new voice."""
    chance = random.Random(seed)
    say, blends = voices.Kokoro(TRAINED[0], styles), _blends(styles, TRAINED, UNSEEN + HELD_BACK, chance)
    said = sayings(chance)
    say.speak_with(lambda signs: accented(signs, chance))
    while True:
        say.mix(next(blends))
        text = "。".join(next(said) for _ in range(chance.choice(_AT_ONCE)))
        yield text, say(text + chance.choice(_ENDS), chance.uniform(0.75, 1.25))


def _blends(styles: Path, own: Sequence[str], never: Sequence[str], chance: random.Random) -> Iterator[Any]:
    """Without end: new voices' styles. The first half of a style is the throat, of any voices; the second the speech,
    mostly of Mandarin ones."""
    numpy = import_module("numpy")
    tables = {path.stem: numpy.fromfile(path, numpy.float32).reshape(-1, 1, 256)
              for path in sorted(styles.glob("*.bin")) if path.stem not in never}
    while True:
        native, other, speech = (tables[chance.choice(list(names))] for names in (own, tables, own))
        throat = chance.choice((0.0, 0.3, 0.6, 1.0))
        manner = chance.choice((0.0, 0.0, 0.2, 0.4))
        yield numpy.concatenate([
            ((1 - throat) * native + throat * other)[:, :, :128],
            ((1 - manner) * speech + manner * other)[:, :, 128:]], 2)


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
