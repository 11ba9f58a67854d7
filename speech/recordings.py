"""A county's own recordings: a folder with `answers.csv`, a line for each file, the question put and what was meant."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speech import audio
from speech.errors import SpeechError
from speech.matching import Words


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording: `value` is what was meant, None when it answers nothing."""

    path: Path
    question: str
    value: str | None


def listed(folder: Path, asked: Mapping[str, Words]) -> Iterator[Recording]:
    """The recordings of `answers.csv` (columns file, question, value). Raises SpeechError for a line that is wrong."""
    table = folder / "answers.csv"
    if not table.is_file():
        raise SpeechError(f"{table} is missing: a line for each recording, with columns file, question, value")
    with table.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            yield _row(row, table, asked)


def _row(row: Mapping[str, Any], table: Path, asked: Mapping[str, Words]) -> Recording:
    question, file, value = str(row.get("question")), row.get("file"), row.get("value") or ""
    words = asked.get(question)
    if not file or words is None or value not in {"", *words}:
        raise SpeechError(f"{table}: {dict(row)} is no file with a question and one of its values")
    return Recording(table.parent / file, question, value or None)


def samples(path: Path) -> bytes:
    """A recording as a call's samples: 8 kHz, 16-bit, mono. Raises SpeechError when it cannot be read."""
    if not path.is_file():
        raise SpeechError(f"{path} is not a file")
    return bytes(audio.as_line(audio.read_any(path)).raw_data)
