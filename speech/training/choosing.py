"""The loss of choosing: how surely the network tells a question's phrases from each other and from anything else.

What the decoder does later: each phrase's score against every other phrase's and that of any run of units at a price.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch.nn.functional import cross_entropy, ctc_loss

from speech.training.vosk_format import SCALE, UNKNOWN_UNIT, UNKNOWN_WORD

Spelling = Sequence[int]

_HOPELESS = 1e3
"""The loss of a phrase that is too long for the utterance: CTC's own would be endless, and what is learnt from it not
a number."""


def choosing(found: torch.Tensor, lengths: torch.Tensor, said: Sequence[Spelling], phrases: Sequence[Spelling]
             ) -> torch.Tensor:
    """The mean loss over those that say one of the phrases, or none of them at all.

    `found` are log probabilities (frames, utterances, symbols), `lengths` the frames of each utterance.
    """
    right = [_choice(spelling, phrases) for spelling in said]
    use = [number for number, choice in enumerate(right) if choice is not None]
    if not use:
        return found.sum() * 0
    found, lengths = found[:, use], lengths[use]
    scores = torch.cat([_scores(found, lengths, phrases), _unknown(found, lengths)[:, None]], 1)
    return cross_entropy(SCALE * scores, torch.tensor([right[number] for number in use]))


def _choice(said: Spelling, phrases: Sequence[Spelling]) -> int | None:
    """The number of the phrase; one more than there are for none; None where a phrase is but part of it."""
    for number, phrase in enumerate(phrases):
        if list(phrase) == list(said):
            return number
    text = f" {' '.join(map(str, said))} "
    return None if any(f" {' '.join(map(str, phrase))} " in text for phrase in phrases) else len(phrases)


def _scores(found: torch.Tensor, lengths: torch.Tensor, phrases: Sequence[Spelling]) -> torch.Tensor:
    """(utterances, phrases): the log likelihood of each; one that is too long for the utterance has next to none."""
    frames, utterances, symbols = found.shape
    each = found[:, :, None].expand(-1, -1, len(phrases), -1).reshape(frames, -1, symbols)
    targets = torch.tensor([symbol for _ in range(utterances) for phrase in phrases for symbol in phrase])
    sizes = torch.tensor([len(phrase) for phrase in phrases]).repeat(utterances)
    least = torch.tensor([len(phrase) + sum(one == other for one, other in pairwise(phrase)) for phrase in phrases])
    room = lengths.repeat_interleave(len(phrases))
    lost = ctc_loss(each, targets, room, sizes, reduction="none", zero_infinity=True)
    return -lost.where(least.repeat(utterances) <= room, _HOPELESS).clamp(max=_HOPELESS).reshape(utterances, -1)


def _unknown(found: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """(utterances): the best run of units, each at its price."""
    price = UNKNOWN_UNIT / SCALE
    best, inside = found.new_zeros(found.shape[1]), found.new_full(found[0, :, 1:].shape, -1e3)
    ends = [best]
    for frame in found:
        inside, blank = frame[:, 1:] + torch.maximum(inside, best[:, None] - price), frame[:, 0] + best
        best = torch.maximum(inside.max(1).values, blank)
        ends.append(best)
    return torch.stack(ends)[lengths, torch.arange(len(lengths))] - UNKNOWN_WORD / SCALE
