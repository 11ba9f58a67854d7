"""Where an utterance begins and ends: voices at every level are heard; noise, clicks and echo stop no prompt."""

from __future__ import annotations

import audioop

import numpy as np
import pytest
from numpy.typing import NDArray

from speech import audio, make
from telephony.utterance import Endpointer

Samples = NDArray[np.float64]
SECOND = 8000
# Short words of the shipped voice: what answers sound like.
ANSWERS = [*(f"digits/{digit}" for digit in range(10)), "topic_help", "digits/a-m", "digits/p-m", "state_overdue"]
QUESTIONS = ["survey_satisfied", "survey_consent_after", "survey_identity"]


def sound(prompt: str, decibel: float | None = None) -> Samples:
    samples = np.frombuffer(audioop.alaw2lin(audio.read_alaw(make.wav(make.SOUNDS, prompt)), 2), "<i2").astype(float)
    return samples if decibel is None else samples * level(decibel) / np.sqrt((samples**2).mean())


def level(decibel: float) -> float:
    """The RMS of so many decibel below full scale."""
    return float(10 ** (decibel / 20) * 32768)


def noise(seconds: float, decibel: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0, level(decibel), round(seconds * SECOND))


def on_the_line(samples: Samples) -> bytes:
    """The samples through A-law."""
    return audioop.alaw2lin(audioop.lin2alaw(np.clip(samples, -32767, 32767).astype("<i2").tobytes(), 2), 2)


def listen(heard: Samples, played: Samples | None = None, known: float | None = None) -> Endpointer:
    endpointer = Endpointer(known)
    line, ours = on_the_line(heard), b"" if played is None else played.astype("<i2").tobytes()
    for place in range(0, len(line) - 319, 320):
        endpointer.hear(line[place : place + 320], ours[place : place + 320])
        if endpointer.ended:
            break
    return endpointer


@pytest.mark.parametrize("snr", [40, 20, 10])
@pytest.mark.parametrize("decibel", [-20, -28, -34])
def test_every_answer_is_found_whole(decibel: int, snr: int) -> None:
    for prompt in ANSWERS:
        word = sound(prompt, decibel)
        quiet = np.zeros(SECOND)
        line = np.concatenate([quiet, word, quiet])
        found = listen(line + noise(len(line) / SECOND, decibel - snr))
        assert found.begun and found.ended, prompt
        assert 0.6 < found.start <= 1.05, prompt
        assert len(found.utterance) / 2 / SECOND > 0.8 * len(word) / SECOND, prompt


@pytest.mark.parametrize("decibel", [-60, -45, -35, -25])
def test_line_noise_of_any_loudness_stops_nothing(decibel: int) -> None:
    for seed in range(8):
        assert not listen(noise(10, decibel, seed)).begun
    times = np.arange(10 * SECOND) / SECOND
    hum = level(decibel) * (np.sin(2 * np.pi * 50 * times) + np.sin(2 * np.pi * 100 * times))
    assert not listen(hum).begun


def test_clicks_stop_nothing() -> None:
    line = noise(10, -55)
    for second in range(1, 10):
        line[second * SECOND : second * SECOND + 640] += 12000
    assert not listen(line).begun


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.25, 0.35])
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_prompts_own_echo_does_not_stop_it(question: str, delay: float) -> None:
    prompt = sound(question)
    gap = np.zeros(round(delay * SECOND))
    echo = np.concatenate([gap, prompt]) * 10 ** (-15 / 20)
    assert not listen(echo + noise(len(echo) / SECOND, -58), np.concatenate([prompt, gap])).begun


@pytest.mark.parametrize("decibel", [-18, -24, -30])
def test_who_speaks_over_the_prompt_and_its_echo_is_heard(decibel: int) -> None:
    prompt = sound("survey_satisfied")
    for answer in ANSWERS:
        word = sound(answer, decibel)
        line = prompt * 0.1 + noise(len(prompt) / SECOND, -58)
        line[2 * SECOND : 2 * SECOND + len(word)] += word
        found = listen(line, prompt)
        assert found.begun, answer
        assert 1.6 < found.start < 2.3, answer


def test_speech_that_never_ends_is_cut() -> None:
    line = np.concatenate([np.zeros(SECOND), *[sound("survey_satisfied", -24)] * 3])
    found = listen(line)
    assert found.ended
    assert len(found.utterance) / 2 / SECOND <= 8.5


def test_the_noise_of_the_line_is_known_to_the_next_question() -> None:
    first = listen(noise(3, -30))
    assert first.noise == pytest.approx(level(-30), rel=0.2)
    assert not listen(noise(3, -30, seed=2), known=first.noise).begun
    word = np.concatenate([sound("topic_help", -20), np.zeros(SECOND)])
    assert listen(word + noise(len(word) / SECOND, -30, seed=3), known=first.noise).begun
