"""What training's voices say otherwise than they would: tones, and 二; never which sounds are said."""

from __future__ import annotations

import random
import re

from speech.training.accent import TONES, accented

SIGNS = "tou→ ʂu↓ʂɨ↗."


def test_tones_change_and_nothing_else_does() -> None:
    said = {accented(SIGNS, random.Random(seed)) for seed in range(200)}
    assert len(said) > 20 and SIGNS in said
    assert {re.sub(f"[{TONES}]", "", one) for one in said} == {"tou ʂuʂɨ."}
    assert all(len(one) == len(SIGNS) for one in said)


def test_two_is_said_half_closed_and_open() -> None:
    said = {re.sub(f"[{TONES}]", "", accented("ɚ↘.", random.Random(seed))) for seed in range(200)}
    assert said == {"ɚ.", "aɚ.", "aɻ.", "ɑɻ."}
