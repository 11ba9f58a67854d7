"""`python -m speech.training`: speaks, trains and writes the model; `--test` measures one that is there."""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path

from speech.training import measure
from speech.training.distort import Sound
from speech.training.network import train
from speech.training.sentences import answers, characters
from speech.training.sounds import samples
from speech.training.vosk_format import write

MODEL = Path(__file__).parents[1] / "model"


def main() -> int:
    """The exit code."""
    parser = ArgumentParser(prog="python -m speech.training", description="Trains the shipped recogniser's model.")
    parser.add_argument("--voices", type=Path, default=Path("voices"), help="folder of the Kokoro voice files")
    parser.add_argument("--work", type=Path, default=Path("training"), help="folder for sentences (several 100 MB)")
    parser.add_argument("--model", type=Path, default=MODEL, help="where the model goes; default: the shipped one")
    parser.add_argument("--speak", type=float, default=60, help="minutes of making sentences, 0: those that are there")
    parser.add_argument("--minutes", type=float, default=60, help="minutes of training, 0: the model that is there")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    if given.speak:
        _speak(given)
    if given.minutes:
        words = sorted({*answers(), *characters()})
        keep = partial(write, words=words, folder=given.model)
        keep(train(_spoken(given.work / "train"), given.minutes, given.processes, keep, _say))
    print(measure.table(given.model, given.work / "test"))
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _speak(given: Namespace) -> None:
    """Each process speaks sentences of its own; then the test's."""
    (given.work / "train").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "speech.training.speak"]
    running = [
        subprocess.Popen([*command, str(given.work / "train"), str(given.voices), str(seed), str(given.speak * 60)])
        for seed in range(given.processes)
    ]
    for process in running:
        if process.wait():
            raise SystemExit("the sentences could not be spoken")
    subprocess.run([*command, str(given.work / "test"), str(given.voices)], check=True)


def _spoken(folder: Path) -> list[tuple[Sound, str]]:
    """Every sentence with its text; Kokoro's, which take long to make, as often as makes them half of all."""
    texts = {name: text for path in folder.glob("*.json") for name, text in json.loads(path.read_text("utf-8")).items()}
    quick = sum(name.startswith("e") for name in texts)
    often = max(1, min(4, round(quick / max(1, len(texts) - quick))))
    return [
        (samples(folder / name), text.replace("，", ""))
        for name, text in sorted(texts.items()) for _ in range(1 if name.startswith("e") else often)
    ]


if __name__ == "__main__":
    sys.exit(main())
