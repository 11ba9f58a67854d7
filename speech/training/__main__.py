"""`python -m speech.training`: speaks sentences, trains on them and writes the model that the project ships."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from functools import cache, partial
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path

from callback_survey.spoken import questions
from speech.matching import phrases
from speech.recognise import SHIPPED
from speech.training import speak
from speech.training.network import SPELLING, Plan, train
from speech.training.sentences import answers, characters
from speech.training.shape import Trained
from speech.training.sounds import Sound, samples
from speech.training.vosk_format import read, write

_QUICK = 3400
"""Sentences of espeak-ng at most, over all runs; Kokoro's are as many as its minutes allow."""


def main() -> int:
    """The exit code."""
    parser = ArgumentParser(prog="python -m speech.training", description="Trains the shipped recogniser's model.")
    parser.add_argument("--voices", type=Path, default=Path("build/package/voices"), help="folder of Kokoro's voices")
    parser.add_argument("--work", type=Path, default=Path("build/speech-training"), help="folder for sentences")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="where the model goes; default: the shipped one")
    parser.add_argument("--speak", type=float, default=60, help="minutes of making sentences, 0: those that are there")
    parser.add_argument("--minutes", type=float, default=60, help="minutes of training")
    parser.add_argument("--spelling", type=float, default=SPELLING, help="share of them for spelling alone")
    parser.add_argument("--on", type=Path, help="a model made by this command to go on from, its last network; "
                                                "default: from nothing")
    parser.add_argument("--mean", type=Path, action="append", help="only write the mean of models made by this command")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    words = sorted({*answers(), *characters()})
    if given.mean:
        write([network for model in given.mean for network in read(model)], words, given.model)
        return 0
    if given.speak:
        _speak(given)
    asked = [phrases(question) for question in questions().values()]
    plan = Plan(given.minutes, given.processes, given.spelling, read(given.on)[-1] if given.on else None)

    def keep(trained: Trained) -> None:
        write([trained], words, given.model)

    keep(train(partial(_spoken, given.work), words, asked, plan, keep, partial(print, flush=True)))
    return 0


def _speak(given: Namespace) -> None:
    """Each process speaks sentences of its own, and none that an earlier run spoke."""
    seconds = given.speak * 60
    given.work.mkdir(parents=True, exist_ok=True)
    speak.prompts(given.work)
    quick = max(0, _QUICK - len(list(given.work.glob("e*.wav")))) // given.processes
    unused = (seed for seed in count(1) if not (given.work / f"{seed}.json").exists())
    with get_context("spawn").Pool(given.processes) as pool:
        for seed in list(islice(unused, given.processes)):
            pool.apply_async(speak.quickly, (given.work, seed, quick, seconds), error_callback=print)
            pool.apply_async(speak.naturally, (given.work, given.voices, seed, seconds), error_callback=print)
        pool.close()
        pool.join()


def _spoken(folder: Path) -> list[tuple[Sound, str]]:
    """Every sentence with its text; the natural voices, which take long to make, two times in three."""
    texts = {name: text for path in folder.glob("*.json") for name, text in json.loads(path.read_text("utf-8")).items()}
    quick = sum(name.startswith("e") for name in texts)
    often = max(1, min(8, round(2 * quick / max(1, len(texts) - quick))))
    times = {"e": 1, "p": min(often, 3)}
    return [
        (_sound(folder / name), "".join(letter for letter in text if "一" <= letter <= "鿿"))
        for name, text in sorted(texts.items()) for _ in range(times.get(name[0], often))
    ]


_sound = cache(samples)


if __name__ == "__main__":
    sys.exit(main())
