"""What training and the written model agree on: the layers, the symbols, and how a text is spelled in them."""

from __future__ import annotations

from dataclasses import dataclass

from pypinyin import Style, pinyin

from speech.training.sounds import Sound

# Each layer's inputs, in frames of 10 ms around its own. Only every third frame is computed, from the first layer on.
LAYERS = (tuple(range(-4, 5)), (-3, 0, 3), (-3, 0, 3), (-3, 0, 3), (-6, 0, 6))
CONTEXT = sum(layer[-1] for layer in LAYERS)
_AFTER_RETROFLEX, _AFTER_SIBILANT, _HUMMED = "ih", "iz", "en"


@dataclass(frozen=True, slots=True)
class Trained:
    """What training gives: the symbols (0 is the blank) and for each layer its matrix and offset."""

    symbols: tuple[str, ...]
    layers: tuple[tuple[Sound, Sound], ...]


def sounds(text: str) -> list[str]:
    """The text's initials and finals, without tones: 是 is sh, ih; 嗯, which has neither, is en."""
    found = []
    for (initial,), (final,) in zip(
        pinyin(text, style=Style.INITIALS, strict=True), pinyin(text, style=Style.FINALS, strict=True), strict=True
    ):
        if final == "i" and initial in ("zh", "ch", "sh", "r"):
            final = _AFTER_RETROFLEX
        elif final == "i" and initial in ("z", "c", "s"):
            final = _AFTER_SIBILANT
        elif not (initial or final):
            final = _HUMMED
        found += [part for part in (initial, final) if part]
    return found
