"""Sound for a telephone line: 8 kHz, mono; 16-bit PCM in memory (pydub), A-law WAV (ITU-T G.711) on disk.

A-law is what the line carries here, so nothing is lost by keeping it and the files are half the size.
"""

from __future__ import annotations

import audioop
import math
import os
import struct
import tempfile
from functools import cache
from pathlib import Path
from shutil import which

from pydub import AudioSegment
from pydub.exceptions import CouldntDecodeError
from pydub.generators import Sine
from pydub.silence import detect_leading_silence

from speech.errors import SpeechError

RATE = 8000
# Level of speech while it sounds, and the highest peak, both in dB below the largest sample.
LEVEL_DB = -20.0
PEAK_DB = -1.5
_ALAW = 6
_FRAME_MS = 20


def write_wav(path: Path, alaw: bytes) -> None:
    """Writes A-law samples as a WAV file, whole or not at all (Asterisk may be playing the old one)."""
    chunks = b"fmt " + struct.pack("<IHHIIHHH", 18, _ALAW, 1, RATE, RATE, 1, 8, 0)
    chunks += b"fact" + struct.pack("<II", 4, len(alaw)) + b"data" + struct.pack("<I", len(alaw)) + alaw
    chunks += b"\0" * (len(alaw) % 2)
    write_whole(path, b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that a reader sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_alaw(path: Path) -> bytes:
    """The A-law samples of a WAV file made by `write_wav`. Raises SpeechError for any other format."""
    content = path.read_bytes()
    if not is_alaw(content):
        raise SpeechError(f"{path.name}: not an 8 kHz mono A-law WAV file")
    return _chunks(content).get(b"data", b"")


def is_alaw(content: bytes) -> bool:
    """Whether a file's content is an 8 kHz mono A-law WAV file."""
    form = _chunks(content).get(b"fmt ", b"") if _is_wav(content) else b""
    return len(form) >= 16 and struct.unpack("<HHI", form[:8]) == (_ALAW, 1, RATE)


def _is_wav(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WAVE"


def _chunks(content: bytes) -> dict[bytes, bytes]:
    chunks, place = {}, 12
    while place + 8 <= len(content):
        size = int.from_bytes(content[place + 4 : place + 8], "little")
        chunks[content[place : place + 4]] = content[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
    return chunks


def length(path: Path) -> float:
    """How long a WAV file plays, seconds. Raises SpeechError when it cannot be read."""
    try:
        return len(read_alaw(path)) / RATE
    except SpeechError:
        return len(read_any(path)) / 1000


def from_alaw(alaw: bytes) -> AudioSegment:
    """The sound as 8 kHz mono 16-bit PCM."""
    return AudioSegment(audioop.alaw2lin(alaw, 2), sample_width=2, frame_rate=RATE, channels=1)


def to_alaw(sound: AudioSegment) -> bytes:
    """The A-law samples of an 8 kHz mono sound."""
    return audioop.lin2alaw(sound.set_sample_width(2).raw_data, 2)


def alaw_to_ulaw(alaw: bytes) -> bytes:
    """The same sound in µ-law."""
    return audioop.lin2ulaw(audioop.alaw2lin(alaw, 2), 2)


def read_any(path: Path) -> AudioSegment:
    """The sound of a WAV file of any rate, width and channels (other formats when ffmpeg is installed).

    Raises SpeechError when it cannot be read.
    """
    try:
        return from_alaw(read_alaw(path))
    except SpeechError:
        pass
    if not _is_wav(path.read_bytes()[:12]) and not which("ffmpeg"):
        raise SpeechError(f"{path.name}: not a WAV file; other formats need ffmpeg")
    try:
        return AudioSegment.from_file(path)
    except (CouldntDecodeError, OSError, ValueError, EOFError, IndexError, struct.error) as error:
        raise SpeechError(f"{path.name}: cannot be read as sound ({type(error).__name__})") from error


def tone(hertz: float, seconds: float) -> AudioSegment:
    """A tone at the level of speech, or silence for 0 Hz; 8 kHz mono."""
    length = round(seconds * 1000)
    if not hertz:
        return AudioSegment.silent(length, frame_rate=RATE)
    return Sine(hertz, sample_rate=RATE).to_audio_segment(length, volume=LEVEL_DB + 3).fade_in(8).fade_out(8)


def for_line(sound: AudioSegment, tail_ms: int) -> AudioSegment:
    """The sound made ready for the line: 8 kHz mono, nothing above 3.8 kHz, silence trimmed, level set.

    `tail_ms` of silence stay at the end, so that prompts played one after another keep their distance.
    Raises SpeechError when nothing is to be heard.
    """
    return _levelled(_trimmed(as_line(sound), tail_ms))


def as_line(sound: AudioSegment) -> AudioSegment:
    """The sound as a call's samples, 8 kHz mono 16-bit, its level and pauses left as they are."""
    mono = sound.set_channels(1).set_sample_width(2)
    return (_low_pass(mono) if mono.frame_rate > RATE else mono).set_frame_rate(RATE)


def active_db(sound: AudioSegment) -> float:
    """The level of a mono 16-bit sound while it sounds, dB below full scale: pauses are left out.

    Frames of 20 ms within 25 dB of the loudest frame count as sound (after ITU-T P.56); -inf for silence.
    """
    size = sound.frame_rate * _FRAME_MS // 1000 * 2
    frames = [audioop.rms(sound.raw_data[at : at + size], 2) for at in range(0, len(sound.raw_data), size)]
    floor = max(frames, default=0) * 10 ** (-25 / 20)
    active = [frame**2 for frame in frames if frame and frame >= floor]
    return 10 * math.log10(sum(active) / len(active) / 32768**2) if active else -math.inf


def _trimmed(line: AudioSegment, tail_ms: int) -> AudioSegment:
    level = active_db(line)
    if level < -60:
        raise SpeechError("nothing is to be heard")
    start = detect_leading_silence(line, level - 30, chunk_size=5)
    end = detect_leading_silence(line.reverse(), level - 30, chunk_size=5)
    # Soft first and last sounds (s, f, n) lie below the threshold: keep some of what stands around.
    spoken = line[max(0, start - 30) : len(line) - max(0, end - 40)]
    return spoken.fade_in(5).fade_out(15) + AudioSegment.silent(tail_ms, frame_rate=RATE)


def _levelled(line: AudioSegment) -> AudioSegment:
    wanted = LEVEL_DB - active_db(line)
    return line.apply_gain(min(wanted, PEAK_DB - line.max_dBFS))


def _low_pass(sound: AudioSegment) -> AudioSegment:
    """The sound without what would fold below 4 kHz; pydub's own rate change does not filter."""
    taps = _taps(sound.frame_rate)
    half = len(taps) // 2
    # Half the level in 32 bits: sums on the way stay in range.
    wide = audioop.mul(audioop.lin2lin(sound.raw_data, 2, 4), 4, 0.5)
    padded = b"\0" * (4 * half) + wide + b"\0" * (4 * half)
    total = b"\0" * len(wide)
    for at, tap in enumerate(taps):
        total = audioop.add(total, audioop.mul(padded[4 * at : 4 * at + len(wide)], 4, tap), 4)
    loud = audioop.lin2lin(audioop.mul(total, 4, 2.0), 4, 2)
    return AudioSegment(loud, sample_width=2, frame_rate=sound.frame_rate, channels=1)


@cache
def _taps(rate: int) -> tuple[float, ...]:
    """A windowed-sinc low-pass (Hamming), cut-off 3.6 kHz, transition about 0.8 kHz."""
    half = round(2.1 * rate / RATE * 10)
    cut = 2 * 3600 / rate
    taps = [
        (cut if not n else math.sin(math.pi * cut * n) / (math.pi * n)) * (0.54 + 0.46 * math.cos(math.pi * n / half))
        for n in range(-half, half + 1)
    ]
    return tuple(tap / sum(taps) for tap in taps)
