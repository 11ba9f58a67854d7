"""Mel cepstra as Kaldi computes them (25 ms Povey windows each 10 ms, HTK's mel scale), for arrays of 8 kHz samples."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from speech.audio import RATE
from speech.training.sounds import Sound

COUNT = 40
"""Cepstra of each 10 ms, from as many mel bands."""
LOWEST, HIGHEST = 20, 3700
"""Hertz."""

_WINDOW, _STEP, _POINTS = 200, 80, 256
_EMPHASIS, _LIFTER = 0.97, 22.0


def cepstra(samples: Sound) -> Sound:
    """(frames, COUNT) for 16-bit samples; what does not fill a last window is left out."""
    return bands(samples) @ cosines()


def bands(samples: Sound) -> Sound:
    """(frames, COUNT): natural logarithms of the power in each mel band, from which the cepstra are."""
    frames = sliding_window_view(samples.astype(np.float32), _WINDOW)[::_STEP]
    frames = frames - frames.mean(1, keepdims=True)
    frames = frames - _EMPHASIS * np.concatenate([frames[:, :1], frames[:, :-1]], 1)
    power = np.abs(np.fft.rfft(frames * _povey(), _POINTS)[:, :-1]) ** 2
    found: Sound = np.log(np.maximum(power @ _triangles(), np.finfo(np.float32).eps)).astype(np.float32)
    return found


@cache
def _povey() -> Sound:
    window: Sound = ((0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / (_WINDOW - 1))) ** 0.85).astype(np.float32)
    return window


@cache
def _triangles() -> Sound:
    """(frequencies, bands): triangles of equal width on the mel scale."""
    def mel(hertz: Sound) -> Sound:
        return 1127 * np.log(1 + hertz / 700)
    edges = np.linspace(mel(np.array(LOWEST)), mel(np.array(HIGHEST)), COUNT + 2)
    at = mel(np.arange(_POINTS // 2) * RATE / _POINTS)[:, None]
    rising, falling = (at - edges[:-2]) / (edges[1] - edges[0]), (edges[2:] - at) / (edges[1] - edges[0])
    found: Sound = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return found


@cache
def cosines() -> Sound:
    """(bands, cepstra): the orthonormal cosine transform, liftered."""
    band, cepstrum = np.arange(COUNT)[:, None], np.arange(COUNT)[None]
    table = np.sqrt(2 / COUNT) * np.cos(np.pi / COUNT * (band + 0.5) * cepstrum)
    table[:, 0] = np.sqrt(1 / COUNT)
    liftered: Sound = (table * (1 + _LIFTER / 2 * np.sin(np.pi * cepstrum / _LIFTER))).astype(np.float32)
    return liftered
