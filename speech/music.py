"""Music on hold for a machine that has none: a slow pentatonic tune of soft tones, made here."""

from __future__ import annotations

from pathlib import Path

from pydub import AudioSegment
from pydub.generators import Sine

from speech.audio import RATE, to_alaw, write_wav

_BEAT = 600  # milliseconds
_LEVEL = -26.0  # dB below full scale: under a voice's level, so that announcements stand out
# Five tones (C D E G A) from the middle of the keyboard, Hz; a space is a rest, a capital an octave higher.
_TONES = {"c": 261.6, "d": 293.7, "e": 329.6, "g": 392.0, "a": 440.0, "C": 523.3, "D": 587.3}
_TUNE = "e g a g e d c d e g a C a g e g a C D C a g a g e d e g e d c c  "


def write(path: Path) -> None:
    """Writes the tune as a WAV file for the line."""
    notes = _TUNE.replace(" ", "")
    tune = AudioSegment.silent(_BEAT * (len(notes) + 3), frame_rate=RATE)
    for place, note in enumerate(notes):
        tune = tune.overlay(_struck(_TONES[note]), position=place * _BEAT)
    write_wav(path, to_alaw(tune))


def _struck(tone: float) -> AudioSegment:
    """One tone and a little of its octave, dying away like a bell's."""
    ringing = 3 * _BEAT
    low = Sine(tone, sample_rate=RATE).to_audio_segment(ringing, volume=_LEVEL)
    high = Sine(2 * tone, sample_rate=RATE).to_audio_segment(ringing, volume=_LEVEL - 12)
    return low.overlay(high).fade_in(15).fade_out(ringing - 15)
