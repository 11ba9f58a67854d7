"""Vosk behind one function: an utterance and the words of a question in, what was heard out.

What is known to stop vosk's process never reaches it: an empty grammar, text that is not JSON, a model by name (which
downloads), a folder that is no model. Escapes in the grammar make it ignore every word, so there are none.
"""

from __future__ import annotations

import audioop
import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from speech.audio import RATE
from speech.errors import SpeechError
from speech.hearing import Heard
from speech.matching import UNKNOWN, Words, phrases, spelled
from speech.weighing import EACH, Reading, agreed, joined, unanimous, weighed

SHIPPED = Path(__file__).parent / "model"
NEEDED = ("am/final.mdl", "conf/mfcc.conf", "graph/words.txt")
SHORTEST, LONGEST = 0.2, 20.0
"""Seconds: less holds no word, more is no answer to a question."""

_SILENT = 60
"""The level of an idle line (root mean square of 16-bit samples): nobody spoke."""
_LOUD = 26000
_READINGS = 20
"""How many readings vosk is asked for."""
_SURE = 0.99
"""Less than so sure, and the utterance is heard again, as if spoken otherwise; on a noisy line each answer is."""
_OTHERWISE = (0.93, 1.07)
"""What vosk is told of the samples' rate then: it hears a longer throat and a slower voice, or the contrary."""
_FRAME = RATE // 50 * 2
"""Bytes of 20 ms."""
_QUIET = 10
"""So many times (20 dB) louder than the quiet tenth of its frames is speech on a quiet line."""
_NOTHING = Heard("", None, 0.0)


class Recogniser:
    """Hears with one model. Raises SpeechError when the folder is no model, or vosk is not there."""

    def __init__(self, model: Path = SHIPPED, threshold: float = 0.9) -> None:
        missing = [name for name in NEEDED if not (model / name).is_file()]
        if missing:
            raise SpeechError(f"{model} is not a vosk model: no {missing[0]}; hotline speech install PATH")
        try:
            self._vosk = import_module("vosk")
            self._vosk.SetLogLevel(-1)
            self._model = self._vosk.Model(model_path=str(model))
        except Exception as error:  # the driver's edge: vosk raises Exception itself
            raise SpeechError(f"{model} cannot be opened by vosk: {error}") from error
        self.threshold = threshold

    def knows(self, word: str) -> bool:
        """Whether the model has that word."""
        return bool(word) and int(self._model.vosk_model_find_word(word)) >= 0

    def unknown(self, words: Words) -> list[str]:
        """The phrases that this model cannot hear."""
        return [phrase for phrase in phrases(words) if spelled(phrase, self.knows) is None]

    def hear(self, pcm: bytes, words: Words) -> Heard:
        """What was said in `pcm` (8 kHz, 16-bit, mono); the value None when it is not one whole answer, or not sure."""
        grammar = self._grammar(words)
        spoken = _usable(pcm)
        if not spoken or not grammar:
            return _NOTHING
        first = self._readings(spoken, grammar)
        heard, quiet = weighed(first, words, self.threshold), _quiet(spoken)
        if quiet and heard.confidence >= _SURE:
            return heard
        if not quiet and weighed(first, words, EACH).value is None:
            return replace(heard, value=None)
        hearings = [first, *(self._readings(spoken, grammar, share) for share in _OTHERWISE)]
        return weighed(agreed(hearings), words, self.threshold) if quiet else unanimous(hearings, words, self.threshold)

    def _readings(self, spoken: bytes, grammar: str, share: float = 1.0) -> list[Reading]:
        """All that vosk makes of the samples when it is told that their rate is that share of what it is."""
        decoder = self._vosk.KaldiRecognizer(self._model, round(RATE * share), grammar)
        decoder.SetMaxAlternatives(_READINGS)
        # One utterance may hold a pause that vosk takes for its end.
        parts = [decoder.Result()] if decoder.AcceptWaveform(spoken) else []
        return joined([_read(part) for part in [*parts, decoder.FinalResult()]])

    def _grammar(self, words: Words) -> str:
        """The question's phrases in words of the model and `[unk]`; "" when the model knows none of them."""
        lines = [" ".join(parts) for phrase in phrases(words) if (parts := spelled(phrase, self.knows))]
        return json.dumps([*lines, UNKNOWN], ensure_ascii=False) if lines else ""


def _read(result: str) -> list[Reading]:
    """The readings in one of vosk's results; "confidence" is a score there, and 1 for silence."""
    return [(one["text"], float(one["confidence"])) for one in json.loads(result)["alternatives"] if one["text"]]


def _usable(pcm: bytes) -> bytes:
    """The samples to listen to: whole ones, of a length and loudness that speech has; empty otherwise."""
    pcm = pcm[: len(pcm) // 2 * 2]
    seconds = len(pcm) / 2 / RATE
    if not SHORTEST <= seconds <= LONGEST or not _SILENT <= audioop.rms(pcm, 2) <= _LOUD:
        return b""
    return pcm


def _quiet(pcm: bytes) -> bool:
    """Whether the line's noise lies well below the voice."""
    levels = sorted(audioop.rms(pcm[at : at + _FRAME], 2) for at in range(0, len(pcm) - _FRAME + 1, _FRAME))
    return levels[len(levels) * 95 // 100] >= _QUIET * levels[len(levels) // 10]
