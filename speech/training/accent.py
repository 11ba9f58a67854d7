"""Other ways to say the same: with other tones, and 二 as most people say it. Pure.

The recogniser hears no tones, so that they must not matter to it; nor do they, to callers who speak a dialect.
"""

from __future__ import annotations

import random

TONES = "→↗↓↘"
"""misaki's signs of the four tones."""
_SHARES = (0, 0, 0.15, 0.5, 1)
"""How many of a sentence's tones are changed."""
_ER, _OPEN = "ɚ", ("aɚ", "aɻ", "ɑɻ")
"""Kokoro's 二, half closed, and the open one of many speakers."""


def accented(signs: str, chance: random.Random) -> str:
    """The sentence in misaki's signs, said otherwise."""
    share = chance.choice(_SHARES)
    said = "".join(chance.choice(TONES) if sign in TONES and chance.random() < share else sign for sign in signs)
    return said.replace(_ER, chance.choice(_OPEN)) if chance.random() < 0.5 else said
