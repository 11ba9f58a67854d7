"""`python -m speech.training`: speaks sentences, trains on them and writes the model that the project ships."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

from callback_survey.spoken import questions
from speech.matching import phrases
from speech.recognise import SHIPPED
from speech.training import speak
from speech.training.network import train
from speech.training.sentences import answers, characters
from speech.training.sounds import Sound, samples
from speech.training.vosk_format import write

_QUICK = 3400
"""Sentences of espeak-ng at most; Kokoro's are as many as its minutes allow."""


def main() -> int:
    """The exit code."""
    parser = ArgumentParser(prog="python -m speech.training", description="Trains the shipped recogniser's model.")
    parser.add_argument("--voices", type=Path, default=Path("build/package/voices"), help="folder of Kokoro's voices")
    parser.add_argument("--work", type=Path, default=Path("build/speech-training"), help="folder for sentences")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="where the model goes; default: the shipped one")
    parser.add_argument("--speak", type=float, default=60, help="minutes of making sentences, 0: those that are there")
    parser.add_argument("--minutes", type=float, default=60, help="minutes of training")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    if given.speak:
        _speak(given)
    words = sorted({*answers(), *characters()})
    keep = partial(write, words=words, folder=given.model)
    asked = [phrases(question) for question in questions().values()]
    keep(train(partial(_spoken, given.work), words, asked, given.minutes, given.processes, keep,
               partial(print, flush=True)))
    return 0


def _speak(given: Namespace) -> None:
    """Each process speaks sentences of its own."""
    seconds = given.speak * 60
    given.work.mkdir(parents=True, exist_ok=True)
    speak.prompts(given.work)
    with get_context("spawn").Pool(given.processes) as pool:
        for seed in range(1, given.processes + 1):
            quick = (given.work, seed, _QUICK // given.processes, seconds)
            pool.apply_async(speak.quickly, quick, error_callback=print)
            pool.apply_async(speak.naturally, (given.work, given.voices, seed, seconds), error_callback=print)
        pool.close()
        pool.join()


def _spoken(folder: Path) -> list[tuple[Sound, str]]:
    """Every sentence with its text; the natural voices, which take long to make, as often as makes them half of all."""
    texts = {name: text for path in folder.glob("*.json") for name, text in json.loads(path.read_text("utf-8")).items()}
    quick = sum(name.startswith("e") for name in texts)
    often = max(1, min(8, round(quick / max(1, len(texts) - quick))))
    times = {"e": 1, "p": min(often, 3)}
    return [
        (_sound(folder / name), "".join(letter for letter in text if "一" <= letter <= "鿿"))
        for name, text in sorted(texts.items()) for _ in range(times.get(name[0], often))
    ]


_sound = cache(samples)


if __name__ == "__main__":
    sys.exit(main())
