"""An utterance heard again otherwise, at a hundredth of what distorting its samples costs: its mel bands changed."""

from __future__ import annotations

from functools import cache

import numpy as np

from speech.training.cepstra import COUNT, HIGHEST, LOWEST
from speech.training.sounds import Sound

_WARPS = tuple(range(86, 116))
"""Per cent that frequencies may be moved to."""


def varied(bands: Sound, chance: np.random.Generator) -> Sound:
    """(frames, COUNT) of another throat, pace, noise and handset than the given ones; pieces of it lost."""
    found = _paced(bands, chance.uniform(0.82, 1.22)) @ _warp(int(chance.choice(_WARPS)))
    if chance.random() < 0.5:
        found = np.logaddexp(found, _noise(float(found.max(1).mean()), chance))
    found = found + _curve(chance, 0.7) + chance.normal(0, 1)
    for _ in range(2):
        if chance.random() < 0.3:
            at, size = chance.integers(0, len(found)), chance.integers(1, 8)
            found[at : at + size] = found.mean(0)
    changed: Sound = found.astype(np.float32)
    return changed


def _paced(bands: Sound, pace: float) -> Sound:
    at = np.arange(0, len(bands) - 1, pace)
    low = at.astype(int)
    share = (at - low).astype(np.float32)[:, None]
    found: Sound = bands[low] * (1 - share) + bands[low + 1] * share
    return found


def _noise(loud: float, chance: np.random.Generator) -> Sound:
    return loud - chance.uniform(1.5, 8) + _curve(chance, 1.0)


def _curve(chance: np.random.Generator, spread: float) -> Sound:
    """A smooth curve over the bands, in natural logarithms of power."""
    found: Sound = np.interp(np.linspace(0, 1, COUNT), np.linspace(0, 1, 6), chance.normal(0, spread, 6))
    return found.astype(np.float32)


@cache
def _warp(share: int) -> Sound:
    """(bands, bands): moves every frequency to so many per cent of itself."""
    edges = np.linspace(1127 * np.log(1 + LOWEST / 700), 1127 * np.log(1 + HIGHEST / 700), COUNT + 2)[1:-1]
    hertz = 700 * (np.exp(edges / 1127) - 1) * share / 100
    at = np.interp(1127 * np.log(1 + hertz / 700), edges, np.arange(COUNT))
    table = np.maximum(0, 1 - np.abs(at[None, :] - np.arange(COUNT)[:, None]))
    found: Sound = (table / table.sum(0)).astype(np.float32)
    return found
