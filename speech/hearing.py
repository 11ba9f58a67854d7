"""What a recogniser is to the rest: an utterance in, words and a value out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from speech.errors import SpeechError


class RecogniserBusy(SpeechError):
    """The recogniser has too much to do; ask by key."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard: `text` words without spaces, `value` None when not sure, `confidence` 0 to 1."""

    text: str
    value: str | None
    confidence: float


class Recogniser(Protocol):
    """Hears one utterance."""

    async def hear(self, pcm: bytes, words: Mapping[str, Sequence[str]]) -> Heard:
        """What was said in `pcm` (8 kHz, 16-bit, mono): a value of `words` (value → phrases). Raises RecogniserBusy."""
        ...
