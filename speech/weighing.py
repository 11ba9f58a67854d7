"""From several readings of one utterance to a value and how sure it is. Pure.

A reading's score is a log likelihood. What an answer's readings weigh, of all, is its confidence; a reading that means
another answer weighs as much as many: taking one answer for another is the worst mistake, and asking again is safe.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, product

from speech.hearing import Heard
from speech.matching import UNKNOWN, Words, value_of

Reading = tuple[str, float]
"""Words with spaces between them, and the score."""

OTHER = 5.0
"""What a reading that means another answer counts for."""
EACH = 0.8
"""How sure each hearing must be by itself where they must all mean the same: on a noisy line."""
LEAST = -8.0
"""What a hearing thinks of a reading that it does not name: the logarithm of its share."""
RELIANCE = 0.5
"""What each hearing of the same utterance counts: they err together more often than by chance."""
_MOST = 200


def joined(parts: Sequence[Sequence[Reading]]) -> list[Reading]:
    """The readings of an utterance that was heard in parts, the best first; parts without any are left out."""
    chosen = islice(product(*spoken), _MOST) if (spoken := [part for part in parts if part]) else ()
    every = ((" ".join(text for text, _ in each), sum(score for _, score in each)) for each in chosen)
    return sorted(every, key=lambda reading: -reading[1])


def agreed(hearings: Sequence[Sequence[Reading]]) -> list[Reading]:
    """The readings of an utterance that was heard several times, the best first: what one hearing doubts, others may
    bear out."""
    shares = [_shares(readings) for readings in hearings if readings]
    texts = dict.fromkeys(text for share in shares for text in share)
    every = ((text, RELIANCE * sum(max(LEAST, share.get(text, LEAST)) for share in shares)) for text in texts)
    return sorted(every, key=lambda reading: -reading[1])


def _shares(readings: Sequence[Reading]) -> dict[str, float]:
    """The logarithm of each reading's share of them all; of the same text twice, the better's."""
    most = max(score for _, score in readings)
    every = most + math.log(sum(math.exp(score - most) for _, score in readings))
    return {text: score - every for text, score in sorted(readings, key=lambda reading: reading[1])}


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


def unanimous(hearings: Sequence[Sequence[Reading]], words: Words, threshold: float) -> Heard:
    """What several hearings mean together; the value None unless each means the same by itself, as surely as `EACH`."""
    heard = weighed(agreed(hearings), words, threshold)
    alike = {weighed(readings, words, EACH).value for readings in hearings} == {heard.value}
    return heard if alike else replace(heard, value=None)
