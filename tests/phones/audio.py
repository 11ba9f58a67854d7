"""Listening to recordings: loudness, tones, and which prompt was heard. Everything is mono, int16, 8 kHz."""

from __future__ import annotations

import struct
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
Samples = NDArray[np.int16]
Floats = NDArray[np.float64]

FRAME = 400
"""Samples of one look at a tone: 50 ms, so tones 40 Hz apart are told apart."""
CHUNK = 2400
"""Samples of a prompt compared at once: 0.3 s, shorter than the time between jitter-buffer slips."""
SLIP = 800
"""Samples (0.1 s) by which a chunk may have slipped against its place in the prompt."""
BLOCK = 40
SURE = 0.67
"""Least correlation of a prompt that was heard.

Measured with 2 s compared on 104 Mandarin prompts of seven voices, after A-law, noise and some 1.5
jitter-buffer slips a second: the prompt itself 0.70 or more, any other at most 0.57 (neural voices) and
0.63 (a formant synthesizer). With 1 s, prompts that begin with the same words are not told apart.
"""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a prompt begins in a recording (seconds), how alike they are (0 to 1), for how long (seconds)."""

    offset: float
    correlation: float
    seconds: float

    @property
    def sure(self) -> bool:
        """Whether the prompt was heard."""
        return self.correlation >= SURE


# -- files ---------------------------------------------------------------------------------------


def raw_samples(path: Path, header: int) -> Samples:
    """Return what a WAV file still being written holds after its header; empty when there is no file yet."""
    data = path.read_bytes()[header:] if path.is_file() else b""
    return _pcm(data)


def load(path: Path | str) -> Samples:
    """Return a mono sound at 8 kHz, from WAV (16 bit or A-law, any rate) or raw .alaw, .al, .sln at 8 kHz."""
    data, kind = Path(path).read_bytes(), Path(path).suffix.lower()
    if kind in (".alaw", ".al"):
        return from_alaw(data)
    if kind == ".sln":
        return _pcm(data)
    code, channels, rate, width, body = _riff(data)
    if channels != 1 or (code, width) not in ((1, 16), (6, 8)):
        raise ValueError(f"{path}: mono, 16 bit or A-law wanted")
    samples = from_alaw(body) if code == 6 else _pcm(body)
    return samples if rate == RATE else _resampled(samples, rate)


def _riff(data: bytes) -> tuple[int, int, int, int, bytes]:
    """Return format code, channels, rate, bits a sample and the sound of a WAV file (wave reads no A-law)."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    place, shape = 12, (0, 0, 0, 0)
    while place + 8 <= len(data):
        name, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if name == b"fmt ":
            code, channels, rate, _, _, width = struct.unpack_from("<HHIIHH", data, place + 8)
            shape = (code, channels, rate, width)
        elif name == b"data":
            return (*shape, data[place + 8 : place + 8 + size])
        place += 8 + size + size % 2
    raise ValueError("a WAV file without sound")


def _pcm(data: bytes) -> Samples:
    return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.int16)


def _resampled(samples: Samples, rate: int) -> Samples:
    count = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples.astype(np.float64))
    kept = np.zeros(count // 2 + 1, dtype=complex)
    width = min(len(kept), len(spectrum))
    kept[:width] = spectrum[:width]
    return _int16(np.fft.irfft(kept, count) * (count / len(samples)))


def save(path: Path, samples: Samples) -> Path:
    """Return the path of a new WAV file with these samples."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return path


def _int16(values: Floats) -> Samples:
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)


# -- making --------------------------------------------------------------------------------------


def tone(frequency: float, seconds: float, level: float = 0.3) -> Samples:
    """Return a sine of frequency (Hz); level 1.0 is full scale."""
    time = np.arange(round(seconds * RATE)) / RATE
    return _int16(32767 * level * np.sin(2 * np.pi * frequency * time))


def from_alaw(data: bytes) -> Samples:
    """Return the samples of G.711 A-law bytes (ITU-T G.711, table 1a, even bits inverted)."""
    code = np.frombuffer(data, dtype=np.uint8).astype(np.int32) ^ 0x55
    segment, step = (code >> 4) & 7, ((code & 15) << 4) + 8
    size = np.where(segment > 0, (step + 0x100) << np.maximum(segment - 1, 0), step)
    return np.where(code & 0x80, size, -size).astype(np.int16)


def through_alaw(samples: Samples) -> Samples:
    """Return the samples after G.711 A-law coding and decoding."""
    size = np.minimum(np.abs(samples.astype(np.int32)), 32767) >> 3
    segment = np.floor(np.log2(np.maximum(size, 1))).astype(np.int32) - 4
    shift = np.maximum(segment, 1)  # the two lowest segments share one step
    coarse = ((size >> shift) << shift) + (1 << (shift - 1))
    return _int16(np.where(samples < 0, -coarse, coarse).astype(np.float64) * 8)


# -- loudness and tones --------------------------------------------------------------------------


def energy(samples: Samples) -> float:
    """Return the root mean square, 0 to 1; A-law silence is below 0.001, speech about 0.05."""
    return float(np.sqrt(np.mean((samples / 32768.0) ** 2))) if len(samples) else 0.0


def _tone_frames(samples: Samples, frequency: float, least: float) -> NDArray[np.bool_]:
    """Return, for each frame, whether this frequency has most of its energy (one Goertzel bin)."""
    count = len(samples) // FRAME
    frames = samples[: count * FRAME].astype(np.float64).reshape(count, FRAME) / 32768.0
    wheel = np.exp(-2j * np.pi * frequency * np.arange(FRAME) / RATE)
    power = np.sum(frames**2, axis=1)
    share = 2 * np.abs(frames @ wheel) ** 2 / (FRAME * np.maximum(power, 1e-12))
    result: NDArray[np.bool_] = (share > 0.6) & (power / FRAME > least**2)
    return result


def tone_onset(samples: Samples, frequency: float, least: float = 0.01) -> float | None:
    """Return the second at which a tone of 0.15 s or more begins, None without one; least is its energy."""
    frames = _tone_frames(samples, frequency, least)
    if len(frames) < 3:
        return None
    runs = np.flatnonzero(frames[:-2] & frames[1:-1] & frames[2:])
    return float(runs[0] * FRAME / RATE) if len(runs) else None


def has_tone(samples: Samples, frequency: float, least: float = 0.01) -> bool:
    """Return whether a tone of this frequency (Hz) is heard for 0.15 s or more."""
    return tone_onset(samples, frequency, least) is not None


def tone_seconds(samples: Samples, frequency: float, least: float = 0.01) -> float:
    """Return for how many seconds in all the tone is heard."""
    return float(np.count_nonzero(_tone_frames(samples, frequency, least)) * FRAME / RATE)


# -- prompts -------------------------------------------------------------------------------------


def _chunks(prompt: Floats) -> Iterator[tuple[int, Floats]]:
    """Yield the place and the samples of each part of the prompt that is not near silence."""
    loudest = np.sqrt(np.mean(prompt**2)) if len(prompt) else 0.0
    for place in range(0, max(1, len(prompt) - CHUNK // 2), CHUNK):
        part = prompt[place : place + CHUNK]
        if len(part) and np.sqrt(np.mean(part**2)) > 0.2 * loudest:
            yield place, part


def _likeness(samples: Floats, part: Floats) -> Floats:
    """Return the normalised cross-correlation of the part with the samples, one value a start."""
    size = len(samples)
    if size < len(part):
        return np.zeros(0)
    length = 1 << (size + len(part) - 1).bit_length()
    product = np.fft.rfft(samples, length) * np.conj(np.fft.rfft(part, length))
    raw = np.fft.irfft(product, length)[: size - len(part) + 1]
    total = np.concatenate(([0.0], np.cumsum(samples**2)))
    norm = np.sqrt(np.maximum(total[len(part) :] - total[: -len(part)], 0.0))
    own = float(np.sqrt(np.sum(part**2)))
    likeness: Floats = raw / (np.maximum(norm, 0.03 * own) * own)  # silence is like nothing
    return likeness


def _peaks(likeness: Floats, blocks: int) -> Floats:
    """Return the best value within SLIP of each block's start."""
    padded = np.zeros(blocks * BLOCK)
    padded[: min(len(likeness), len(padded))] = likeness[: len(padded)]
    best = padded.reshape(blocks, BLOCK).max(axis=1)
    reach = SLIP // BLOCK
    around = np.concatenate((np.zeros(reach), best, np.zeros(reach)))
    peaks: Floats = np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 1).max(axis=1)
    return peaks


def find(
    samples: Samples, prompt: Samples | Path | str, *, seconds: float = 2.0, start: float = 0.0
) -> Match:
    """Return where the prompt's first seconds of sound are first heard in the samples, after start seconds.

    The parts of the prompt are correlated one by one, each within 0.1 s of its place, because one slip of the
    jitter buffer undoes a correlation over the whole. Give fewer seconds for a prompt that a key cut short.
    """
    whole = (load(prompt) if isinstance(prompt, str | Path) else prompt).astype(np.float64)
    loud = np.flatnonzero(np.abs(whole) > 0.02 * np.max(np.abs(whole), initial=1.0))
    lead = int(loud[0]) if len(loud) else 0
    head = whole[lead : lead + round(seconds * RATE)]
    first = round(start * RATE)
    heard = np.concatenate((np.zeros(SLIP), samples[first:].astype(np.float64), np.zeros(SLIP)))
    place, correlation = _place(heard, head)
    lasted = _lasted(heard, whole[lead:], place) if correlation >= SURE else 0.0
    return Match((first + place - SLIP - lead) / RATE, correlation, lasted)


def _place(heard: Floats, head: Floats) -> tuple[int, float]:
    """Return the start of the head in what was heard, in samples, and the weighted likeness there."""
    blocks = len(heard) // BLOCK + 1
    score, weight, opening = np.zeros(blocks), 0.0, None
    for place, part in _chunks(head):
        likeness = _likeness(heard, part)
        peaks = _peaks(likeness, blocks)
        shifted = np.zeros(blocks)
        shifted[: max(0, blocks - place // BLOCK)] = peaks[place // BLOCK :]
        loudness = float(np.sqrt(np.sum(part**2)))
        score, weight = score + loudness * shifted, weight + loudness
        opening = (place, likeness) if opening is None else opening
    if opening is None or not len(opening[1]):
        return 0, 0.0
    near = int(np.flatnonzero(score >= 0.9 * np.max(score))[0])  # the first, when the prompt was said twice
    rough = (near + int(np.argmax(score[near : near + 2 * SLIP // BLOCK]))) * BLOCK
    low = max(0, min(rough + opening[0] - SLIP, len(opening[1]) - 1))
    exact = low + int(np.argmax(opening[1][low : low + 2 * SLIP + BLOCK]))
    return exact - opening[0], float(np.clip(np.max(score) / weight, 0.0, 1.0))


def _lasted(heard: Floats, whole: Floats, begin: int) -> float:
    """Return for how many seconds the prompt goes on from begin: until two parts running are not heard."""
    drift, end, missed = 0, 0, 0
    for place, part in _chunks(whole):
        low = max(0, begin + place + drift - SLIP)
        likeness = _likeness(heard[low : low + len(part) + 2 * SLIP], part)
        best = int(np.argmax(likeness)) if len(likeness) else 0
        if len(likeness) and likeness[best] > 0.5:
            drift, end, missed = low + best - begin - place, place + len(part), 0
        elif (missed := missed + 1) == 2:
            break
    return end / RATE


def which(samples: Samples, prompts: dict[str, Path], *, seconds: float = 2.0) -> list[tuple[float, str]]:
    """Return the prompts that were heard, with the second at which each first began, in that order."""
    found = ((find(samples, path, seconds=seconds), name) for name, path in prompts.items())
    return sorted((match.offset, name) for match, name in found if match.sure)
