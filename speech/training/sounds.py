"""Sound files as arrays."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np

Sound = np.ndarray[Any, np.dtype[Any]]
"""Samples of 8 kHz, or what is computed of them."""


def samples(path: Path) -> Sound:
    """A WAV file's samples, -1 to 1."""
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
