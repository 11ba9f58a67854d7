"""The cepstra that the model is trained on are those that the recogniser computes."""

from __future__ import annotations

import numpy as np

from speech.training.cepstra import COUNT, cepstra

# kaldi-native-fbank 1.22.4's for the same samples, the first six of each frame.
KALDI = [
    [109.82, 6.39, -67.81, -43.8, 14.91, -27.33],
    [99.9, -60.05, -101.0, 21.04, -28.0, -32.2],
    [89.78, -94.31, -37.0, 11.32, -118.4, 1.9],
]


def test_cepstra_are_kaldis() -> None:
    steps = np.arange(400)
    samples = (3000 * np.sin(steps**2 / 300) + steps % 17 * 50).astype("<i2")
    found = cepstra(samples)
    assert found.shape == (3, COUNT)
    assert np.abs(found[:, :6] - np.array(KALDI)).max() < 0.02
