"""What a telephone line and a room do to a clean voice; another result each time. 8 kHz samples, -1 to 1."""

from __future__ import annotations

import audioop

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

from speech.audio import RATE
from speech.training.sounds import Sound


def distorted(voice: Sound, chance: np.random.Generator) -> Sound:
    """The voice as some caller's telephone sends it, 16-bit: speed, throat, room, noise, band, codec, lost packets."""
    voice = _speed(voice, chance)
    if chance.random() < 0.5:
        voice = _throat(voice, chance)
    if chance.random() < 0.35:
        voice = _room(voice, chance)
    if chance.random() < 0.6:
        voice = _handset(voice, chance)
    voice = voice / (np.abs(voice).max() + 1e-9) * 10 ** (chance.uniform(-22, -1) / 20)
    voice = np.concatenate([np.zeros(chance.integers(500, 3500)), voice, np.zeros(chance.integers(800, 4000))])
    decibels = chance.uniform(2, 14) if chance.random() < 0.5 else chance.uniform(4, 40)
    return line(voice, decibels, chance)


def line(voice: Sound, decibels: float, chance: np.random.Generator, law: str = "", lost: float = 0.3) -> Sound:
    """The voice over a line with noise so far below it: its band, `law` a or u (else either), some packets lost.

    `lost` is how likely the line is one that loses 2 % of its packets.
    """
    loud = np.abs(voice) > 0.02 * np.abs(voice).max()
    noise = _noise(len(voice), chance) * np.sqrt(np.mean(voice[loud] ** 2) / 10 ** (decibels / 10))
    low, high = chance.uniform(80, 320), chance.uniform(3200, 3800)
    band = sosfilt(butter(3, [low, high], "bandpass", fs=RATE, output="sos"), voice + noise)
    if chance.random() < lost:
        band = _lost(band, chance)
    pcm = (np.clip(band, -1, 1) * 32767).astype("<i2").tobytes()
    if (law or chance.choice(["a", "a", "u"])) == "a":
        return np.frombuffer(audioop.alaw2lin(audioop.lin2alaw(pcm, 2), 2), "<i2")
    return np.frombuffer(audioop.ulaw2lin(audioop.lin2ulaw(pcm, 2), 2), "<i2")


def _speed(voice: Sound, chance: np.random.Generator) -> Sound:
    share = int(chance.integers(80, 122))
    return resample_poly(voice, share, 100)


def _throat(voice: Sound, chance: np.random.Generator) -> Sound:
    """Formants moved by an all-pass warp, pitch left where it is: a longer or shorter throat."""
    size, step = 256, 64
    window = np.hanning(size)
    padded = np.concatenate([voice, np.zeros(size)])
    spectra = np.fft.rfft(sliding_window_view(padded, size)[::step] * window)
    envelopes = np.exp(uniform_filter1d(np.log(np.abs(spectra) + 1e-7), 9, axis=1, mode="nearest"))
    bins = np.minimum(np.arange(size // 2 + 1) * (1 + chance.uniform(-0.15, 0.15)), size // 2)
    pieces = np.fft.irfft(spectra / envelopes * envelopes[:, bins.round().astype(int)], size) * window
    out = np.zeros_like(padded)
    for number, piece in enumerate(pieces):
        out[number * step : number * step + size] += piece
    return out[: len(voice)]


def _room(voice: Sound, chance: np.random.Generator) -> Sound:
    length = int(chance.uniform(0.05, 0.3) * RATE)
    tail = chance.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length) * chance.uniform(0.02, 0.15)
    tail[0] = 1
    return fftconvolve(voice, tail)[: len(voice)]


def _handset(voice: Sound, chance: np.random.Generator) -> Sound:
    """Some frequencies louder than others, by 4 decibels as a rule."""
    spectrum = np.fft.rfft(voice)
    curve = np.interp(np.linspace(0, 1, len(spectrum)), np.linspace(0, 1, 7), chance.normal(0, 4, 7))
    return np.fft.irfft(spectrum * 10 ** (curve / 20), len(voice))


def _noise(length: int, chance: np.random.Generator) -> Sound:
    """White, coloured or humming, of power 1."""
    noise = chance.standard_normal(length)
    if chance.random() < 0.6:
        noise = lfilter([1], [1, -chance.uniform(0.3, 0.97)], noise)
    if chance.random() < 0.2:
        noise = noise / noise.std() + np.sin(2 * np.pi * chance.choice([50, 100, 150]) * np.arange(length) / RATE)
    return noise / noise.std()


def _lost(voice: Sound, chance: np.random.Generator) -> Sound:
    out = voice.copy()
    for at in range(0, len(out), 160):
        if chance.random() < 0.02:
            out[at : at + 160] = 0
    return out
