"""What can be wrong with a prompt's sound. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydub import AudioSegment

from speech import audio
from speech.catalogue import Prompt

GREETINGS = ("greeting", "greeting_96128")
BEFORE_THE_MENU = ("recorded", "danger")
GREETING_SECONDS = 6.0
"""What a caller hears before the menu takes no longer, whichever number was dialled."""

_SHORTEST = 0.15
_QUIETEST_DB = audio.LEVEL_DB - 10


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one prompt's sound."""

    prompt: str
    what: str


def sound_faults(prompt: Prompt, sound: AudioSegment) -> Iterator[str]:
    """What is wrong with a sound, in words: too short, too long for its wording, empty, too quiet, clipped."""
    length = len(sound) / 1000
    longest = prompt.seconds + 0.1 if prompt.seconds else 1.5 + 0.5 * len(prompt.reading)
    if length < _SHORTEST:
        yield f"too short: {length:.2f} s"
    if length > longest:
        yield f"too long: {length:.1f} s, at most {longest:.1f} s expected"
    if prompt.seconds and not prompt.hertz:
        return
    level = audio.active_db(sound)
    if level == -math.inf:
        yield "empty"
    elif level < _QUIETEST_DB:
        yield f"too quiet: {level:.0f} dB"
    if sound.max_dBFS > -0.2:
        yield "clipped"


def greeting_faults(lengths: Mapping[str, float]) -> list[Problem]:
    """A problem for each greeting that, with what follows it before the menu, is too long. `lengths`: seconds."""
    rest = sum(lengths.get(key, 0.0) for key in BEFORE_THE_MENU)
    totals = {key: lengths.get(key, 0.0) + rest for key in GREETINGS}
    return [
        Problem(key, f"{total:.2f} s with what follows it, at most {GREETING_SECONDS:g} s")
        for key, total in totals.items()
        if total > GREETING_SECONDS
    ]
