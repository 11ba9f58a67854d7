"""Sound files as arrays."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from speech.training.distort import Sound


def samples(path: Path) -> Sound:
    """A WAV file's samples, -1 to 1."""
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
