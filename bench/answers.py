"""Many callers who end their answers at the same moment: how long until each is made out, by the service's pool."""

from __future__ import annotations

import asyncio
import time

from callback_survey.spoken import questions
from hotline import speech
from hotline.settings import load
from speech import recordings
from speech.audio import RATE
from speech.make import SOUNDS
from speech.pool import Pool

CALLERS = 20
_SPEECH = SOUNDS / "survey_satisfied.wav"
_SECONDS = 1.8
"""An answer with the pause that ends it."""


async def seconds(rounds: int) -> list[float]:
    """How long each answer took, sorted. Raises SpeechError when there is no model."""
    pool = speech.pool(load())
    await pool.start()
    try:
        return sorted([took for _ in range(rounds) for took in await _round(pool)])
    finally:
        await pool.close()


async def _round(pool: Pool) -> list[float]:
    answer = recordings.samples(_SPEECH)[: round(2 * RATE * _SECONDS)]
    return await asyncio.gather(*(_one(pool, answer) for _ in range(CALLERS)))


async def _one(pool: Pool, pcm: bytes) -> float:
    began = time.monotonic()
    await pool.hear(pcm, questions()["satisfied"])
    return time.monotonic() - began
