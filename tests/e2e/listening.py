"""A service that asks questionnaires by voice, with a recogniser that knows tones: a word is a tone of the telephone.

A process of its own, so that a test can stop it or kill it in the middle of a question:
`python -m tests.e2e.listening AGI_PORT SOUNDS`; with `shipped`, the recogniser is the project's own.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import uvloop

from callback_survey.flow import callback_of, rating_of
from callback_survey.questionnaire import shipped
from speech.hearing import Heard
from speech.make import seconds
from speech.pool import Pool
from telephony.ear import Ears, alaw_sounds
from telephony.fastagi import FastAGIServer

FIRST_HZ, SECOND_HZ, WORD_AGENT_HZ, WORD_DANGER_HZ, UNSURE_HZ = 500, 700, 900, 1300, 1700
WORDS = {FIRST_HZ: 0, SECOND_HZ: 1, WORD_AGENT_HZ: -2, WORD_DANGER_HZ: -1}
"""Which value a tone means, by its place among those of a question: an agent and danger are the last."""


class Tones:
    """A recogniser of tones."""

    async def hear(self, pcm: bytes, words: Mapping[str, Sequence[str]]) -> Heard:
        samples = np.frombuffer(pcm, "<i2").astype(float)
        loudest = abs(np.fft.rfft(samples)).argmax() * 8000 / len(samples)
        values = list(words)
        value = next((values[place] for hertz, place in WORDS.items() if abs(hertz - loudest) < 40), None)
        return Heard(words[value][0] if value else "", value, 0.9 if value else 0.2)


async def serve(port: int, sounds: Path, shipped_model: bool) -> None:
    """Runs until the process is ended."""
    pool = Pool()
    if shipped_model:
        await pool.start()
    ears = Ears(pool if shipped_model else Tones(), alaw_sounds(sounds))
    await ears.start()
    lengths = seconds()
    flows = {
        "survey": lambda call: callback_of(call, shipped), "rating": lambda call: rating_of(call, shipped),
    }  # fmt: skip
    server = FastAGIServer(flows, length=lambda prompt: lengths.get(prompt, 30.0), ear=ears.ear)
    await server.start(port=port)
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] == ["shipped"]))
