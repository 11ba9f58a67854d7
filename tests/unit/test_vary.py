"""An utterance varied for training is still that utterance: as loud, about as long, its bands where they were."""

from __future__ import annotations

import numpy as np

from speech.training.cepstra import COUNT
from speech.training.vary import varied


def test_what_is_varied_stays_near_what_it_was() -> None:
    """Over many draws: another throat moves the peak by few bands, and a pace stays between 0.8 and 1.25."""
    bands = np.full((100, COUNT), -2.0, np.float32)
    bands[30:70, 12:15] = 8.0
    peaks, lengths = set(), set()
    for seed in range(60):
        found = varied(bands, np.random.default_rng(seed))
        assert found.shape[1] == COUNT
        assert np.isfinite(found).all()
        lengths.add(len(found))
        peaks.add(int(found[int(0.45 * len(found)) : int(0.55 * len(found))].mean(0).argmax()))
    assert 80 <= min(lengths) < max(lengths) <= 125
    assert peaks <= set(range(9, 18))
    assert len(peaks) > 1, "a throat moves frequencies"
    assert (bands[:, 0] == -2.0).all(), "what was given is left as it was"
