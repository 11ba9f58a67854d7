"""Spoken sentences for training and testing: Kokoro's Mandarin voices, mixed into new ones, and espeak-ng."""

from __future__ import annotations

import json
import random
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pydub import AudioSegment

from speech import audio, voices
from speech.training.sentences import answers, sayings

TRAINED = ("zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zm_yunjian", "zm_yunxia", "zm_yunyang")
UNSEEN = ("zf_xiaoyi", "zm_yunxi")
"""Never heard in training. Of espeak-ng the throats of THROATS are trained, one of the others is tested."""
THROATS = ("m1", "m2", "m3", "m5", "m6", "m7", "f1", "f2", "f3", "f5")
UNSEEN_THROATS = ("m4", "f4")
_PACE = 1.0
_QUICK_SENTENCES = 1
"""Sentences of espeak-ng for each second of Kokoro."""


def speak_quickly(folder: Path, seed: int, count: int) -> None:
    """Writes so many sentences of espeak-ng's throats, as `speak` does."""
    chance, said = random.Random(seed), {}
    for number, text in zip(range(count), sayings(chance), strict=False):
        name = f"e{seed}-{number}.wav"
        throat, pitch = chance.choice(THROATS), chance.randint(15, 85)
        _keep(folder / name, voices.espeak(text, chance.uniform(0.6, 1.1), throat, pitch))
        said[name] = text
    _write(folder / f"e{seed}.json", said)


def speak(folder: Path, styles: Path, seed: int, seconds: float) -> None:
    """Writes sentences of mixed voices into `folder` for so many seconds: seed-number.wav, and seed.json with texts."""
    chance, numpy = random.Random(seed), import_module("numpy")
    say = voices.Kokoro(TRAINED[0], styles)
    tables = {path.stem: _style(numpy, path) for path in sorted(styles.glob("*.bin")) if path.stem not in UNSEEN}
    said: dict[str, str] = {}
    end = time.monotonic() + seconds
    for number, text in enumerate(sayings(chance)):
        if time.monotonic() > end:
            break
        share = chance.choice((0.0, 0.15, 0.3, 0.4))
        first, second = tables[chance.choice(TRAINED)], tables[chance.choice(list(tables))]
        say.mix((1 - share) * first + share * second)
        name = f"{seed}-{number}.wav"
        _keep(folder / name, say(text + "。", chance.uniform(0.8, 1.25)))
        said[name] = text
        if number % 20 == 0:
            _write(folder / f"{seed}.json", said)
    _write(folder / f"{seed}.json", said)


def speak_test(folder: Path, styles: Path) -> None:
    """Writes every answer in voices that training never heard, and in two that it did."""
    said: dict[str, str] = {}
    for throat in UNSEEN_THROATS:
        say = partial(voices.espeak, variant=throat, pitch=45)
        _speak_answers(folder, f"unseen-espeak_{throat}", say, said)
    for kind, names in (("unseen", UNSEEN), ("trained", TRAINED[2:4])):
        for voice in names:
            _speak_answers(folder, f"{kind}-{voice}", voices.voice(voice, styles), said)


def _speak_answers(folder: Path, voice: str, say: voices.Say, said: dict[str, str]) -> None:
    for number, text in enumerate(answers()):
        name = f"{voice}-{number}.wav"
        _keep(folder / name, say(text + "。", _PACE))
        said[name] = text
        _write(folder / "test.json", said)


def _style(numpy: Any, path: Path) -> Any:
    return numpy.fromfile(path, numpy.float32).reshape(-1, 1, 256)


def _keep(path: Path, sound: AudioSegment) -> None:
    audio.for_line(sound, 0).export(path, format="wav").close()


def _write(path: Path, said: dict[str, str]) -> None:
    path.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    target, source = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) == 3:
        speak_test(target, source)
    else:
        speak_quickly(target, int(sys.argv[3]), int(float(sys.argv[4]) * _QUICK_SENTENCES))
        speak(target, source, int(sys.argv[3]), float(sys.argv[4]))
