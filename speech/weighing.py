"""From several readings of one utterance to a value and how sure it is. Pure.

A reading's score is a log likelihood. What an answer's readings weigh, of all, is its confidence; a reading that means
another answer weighs as much as many: taking one answer for another is the worst mistake, and asking again is safe.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice, product

from speech.hearing import Heard
from speech.matching import UNKNOWN, Words, value_of

Reading = tuple[str, float]
"""Words with spaces between them, and the score."""

OTHER = 5.0
"""What a reading that means another answer counts for."""
_MOST = 200


def joined(parts: Sequence[Sequence[Reading]]) -> list[Reading]:
    """The readings of an utterance that was heard in parts, the best first; parts without any are left out."""
    chosen = islice(product(*spoken), _MOST) if (spoken := [part for part in parts if part]) else ()
    every = ((" ".join(text for text, _ in each), sum(score for _, score in each)) for each in chosen)
    return sorted(every, key=lambda reading: -reading[1])


def weighed(readings: Sequence[Reading], words: Words, threshold: float) -> Heard:
    """What the best reading means; the value None when it is no answer, or not as sure as `threshold`."""
    if not readings:
        return Heard("", None, 0.0)
    (best, most), *_ = readings
    value = value_of(best.split(), words)
    mine, others = 0.0, 0.0
    for text, score in readings:
        weight = math.exp(score - most)
        means = value_of(text.split(), words)
        if means == value:
            mine += weight
        else:
            others += weight * (OTHER if means else 1.0)
    confidence = round(mine / (mine + others), 3)
    text = "".join(word for word in best.split() if word != UNKNOWN)
    return Heard(text, value if confidence >= threshold else None, confidence)
