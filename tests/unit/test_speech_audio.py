"""Sound made ready for the telephone line: rate, band, loudness, A-law files."""

from __future__ import annotations

import audioop
import random
from pathlib import Path

import pytest
from pydub import AudioSegment
from pydub.generators import Sine, WhiteNoise

from speech import audio
from speech.errors import SpeechError


def hum(hertz: float, length: int = 1000, rate: int = 24000, volume: float = -10) -> AudioSegment:
    return Sine(hertz, sample_rate=rate).to_audio_segment(length, volume=volume)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
def test_any_rate_becomes_8_khz_at_the_same_loudness(rate: int) -> None:
    made = audio.for_line(AudioSegment.silent(400, frame_rate=rate) + hum(1000, rate=rate, volume=-35), 50)
    assert (made.frame_rate, made.channels, made.sample_width) == (8000, 1, 2)
    assert audio.active_db(made) == pytest.approx(audio.LEVEL_DB, abs=0.3)
    assert len(made) == pytest.approx(1050, abs=60), "silence before it goes"


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 48000])
def test_what_the_line_cannot_carry_does_not_fold_back(rate: int) -> None:
    high = audio.for_line(hum(500, 1000, rate) + hum(5500, 1000, rate), 0)
    assert audio.active_db(high[200:800]) - audio.active_db(high[1200:1800]) > 40
    low = audio.for_line(hum(500, 1000, rate) + hum(3000, 1000, rate), 0)
    assert abs(audio.active_db(low[200:800]) - audio.active_db(low[1200:1800])) < 1


def test_loud_moments_are_not_clipped() -> None:
    random.seed(1)
    click = WhiteNoise(sample_rate=8000).to_audio_segment(4, volume=0)
    made = audio.for_line(hum(500, 900, 8000, -45) + click + hum(500, 900, 8000, -45), 0)
    assert made.max_dBFS <= audio.PEAK_DB + 0.1


def test_a_pause_does_not_count_as_quiet() -> None:
    pause = AudioSegment.silent(3000, frame_rate=8000)
    assert audio.active_db(hum(500, rate=8000) + pause + hum(500, rate=8000)) == pytest.approx(
        audio.active_db(hum(500, rate=8000)), abs=0.1
    )


@pytest.mark.parametrize("sound", [AudioSegment.silent(500), AudioSegment.empty()])
def test_silence_is_no_prompt(sound: AudioSegment) -> None:
    with pytest.raises(SpeechError, match="nothing is to be heard"):
        audio.for_line(sound, 100)


def test_a_wav_file_holds_its_alaw_samples(tmp_path: Path) -> None:
    for content in (b"", b"\x55", bytes(range(256)), b"\xd5" * 8001):
        audio.write_wav(tmp_path / "a.wav", content)
        assert audio.read_alaw(tmp_path / "a.wav") == content


def test_mu_law_is_the_same_sound() -> None:
    alaw = bytes(range(256))
    there = AudioSegment(audioop.ulaw2lin(audio.alaw_to_ulaw(alaw), 2), sample_width=2, frame_rate=8000, channels=1)
    pairs = zip(there.get_array_of_samples(), audio.from_alaw(alaw).get_array_of_samples(), strict=True)
    assert all(abs(one - other) <= max(16, abs(other) // 16) for one, other in pairs)
