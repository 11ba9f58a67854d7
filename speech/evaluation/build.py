"""Makes the sentences of the test: every answer, and what answers nothing, in every voice. Made once, kept as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from speech import audio
from speech.evaluation import voices
from speech.evaluation.trial import Sentence
from speech.training.sentences import answers

STRANGERS = Path(__file__).with_name("strangers.txt")


def build(folder: Path, styles: Path, say: Callable[[str], None]) -> list[Sentence]:
    """The sentences, with those of voices not yet in `folder` made; a voice that cannot be had is said and left out."""
    folder.mkdir(parents=True, exist_ok=True)
    said = [*answers(), *STRANGERS.read_text(encoding="utf-8").split()]
    for voice in voices.every(styles):
        listed = folder / f"{voice.name}.json"
        if listed.exists() and [row["text"] for row in json.loads(listed.read_text(encoding="utf-8"))] == said:
            continue
        if wrong := voices.missing(voice):
            say(f"left out: {voice.name}: {wrong}")
            continue
        say(f"speaking {len(said)} sentences as {voice.name}")
        rows = [_spoken(voice, text, folder / f"{voice.name}-{number}.wav") for number, text in enumerate(said)]
        listed.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False), encoding="utf-8")
    return kept(folder)


def kept(folder: Path) -> list[Sentence]:
    """The sentences that are in the folder."""
    return [Sentence(**row) for path in sorted(folder.glob("*.json"))
            for row in json.loads(path.read_text(encoding="utf-8"))]


def _spoken(voice: voices.Voice, text: str, file: Path) -> Sentence:
    audio.for_line(voice.say(text), 0).export(file, format="wav").close()
    return Sentence(file.name, voice.synthesizer, voice.name, text)
