"""`python -m speech.evaluation`: what the recognisers installed here make of voices that none was trained with."""

from __future__ import annotations

import json
import sys
import zlib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from speech.errors import SpeechError
from speech.evaluation import build, judge, table
from speech.evaluation.trial import Sentence, Trial
from speech.recognise import SHIPPED, Recogniser


def main() -> int:
    """The exit code."""
    parser = ArgumentParser(prog="python -m speech.evaluation", description="Measures recognisers on unseen voices.")
    parser.add_argument("--set", type=Path, default=Path("build/speech-eval"), help="folder of the test's sentences")
    parser.add_argument("--voices", type=Path, default=Path("build/package/voices"), help="folder of Kokoro's voices")
    parser.add_argument("--model", type=Path, action="append", help="a vosk model; again for another; default: shipped")
    parser.add_argument("--recordings", type=Path, help="folder of your own recordings, with answers.csv")
    parser.add_argument("--threshold", type=int, default=90, help="per cent of confidence that an answer needs")
    parser.add_argument("--share", type=int, default=100, help="per cent of the sentences to try, the same each time")
    parser.add_argument("--json", type=Path, help="also write the tables to this file")
    given = parser.parse_args()
    try:
        sentences = build.build(given.set, given.voices, lambda line: print(line, file=sys.stderr, flush=True))
        sentences = [one for one in sentences if zlib.crc32(one.file.encode()) % 100 < given.share]
        tables = {str(model): _tables(model, sentences, given) for model in given.model or [SHIPPED]}
    except SpeechError as error:
        print(error, file=sys.stderr)
        return 1
    for model, parts in tables.items():
        print(f"## {model}\n")
        for title, rows in parts.items():
            print(f"{title}\n\n{table.markdown(rows)}\n")
    if given.json:
        given.json.write_text(json.dumps(tables, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def _tables(model: Path, sentences: list[Sentence], given: Namespace) -> dict[str, list[table.Cells]]:
    recogniser = Recogniser(model, given.threshold / 100)
    trials = list(judge.trials(recogniser, sentences, given.set))
    own = list(judge.own(recogniser, given.recordings)) if given.recordings else []
    return {"By synthesizer and noise:": table.by_voice([*own, *trials])} | dict(_answers(trials))


def _answers(trials: list[Trial]) -> Iterator[tuple[str, list[table.Cells]]]:
    for noise in judge.NOISES:
        yield f"By answer at {noise} dB:", table.by_answer(trials, noise)


if __name__ == "__main__":
    sys.exit(main())
