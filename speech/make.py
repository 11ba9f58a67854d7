"""Makes, checks, replaces and installs the sound files of the prompts.

Shipped sounds lie in `sounds/zh`, a county's own in a folder of overrides under the same names: files put there by
hand may be WAV of any rate and width.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from pydub import AudioSegment

from speech import audio
from speech.catalogue import UNITS, WORDINGS, Prompt, asterisk_names, load, spell, unit_prompt, wording_prompt
from speech.errors import SpeechError
from speech.faults import Problem, greeting_faults, sound_faults
from speech.voices import Say

UNHEARD = "en"
"""The language of channels that nobody hears (dialplan/kept.conf), one that Asterisk can count in and no caller of ours
speaks: it has no prompts, which Queue() then leaves out, and silent numbers, which it insists on.
"""
_NUMBERS = (*map(str, (*range(21), *range(30, 100, 10))), "hundred", "thousand")
_MOMENT = bytes([0xD5]) * 160  # 20 ms of silence in A-law
SOUNDS = Path(__file__).parent / "sounds" / "zh"

# Another number makes every file anew: change it when the treatment in audio.py changes.
_TREATMENT = 2
_MANIFEST = "manifest.json"
_SENTENCE_TAIL, _PIECE_TAIL = 100, 30


def wav(folder: Path, prompt: str) -> Path:
    """Where the prompt's WAV file lies in a folder of sounds."""
    return folder / f"{prompt}.wav"


def build(target: Path, voice: str, say: Say, only: Iterable[str] | None = None) -> list[str]:
    """The ids made: those of `only` (default: all) whose wording, voice or treatment changed, or whose file is gone.

    `voice` names what `say` sounds like; the folder's manifest keeps it with the wording.
    """
    manifest = _manifest(target)
    made: list[str] = []
    try:
        for prompt in load().values() if only is None else [load()[key] for key in only]:
            recipe = f"{_wording(prompt)} | {'tone' if prompt.seconds else voice} | {_TREATMENT}"
            if manifest.get(prompt.id) == recipe and wav(target, prompt.id).exists():
                continue
            audio.write_wav(wav(target, prompt.id), audio.to_alaw(_spoken(prompt, say)))
            manifest[prompt.id] = recipe
            made.append(prompt.id)
    finally:
        _keep(target, manifest)
    return made


def _wording(prompt: Prompt) -> str:
    if prompt.seconds:
        return f"{prompt.hertz:g} Hz {prompt.seconds:g} s"
    return prompt.reading if prompt.pace == 1 else f"{prompt.reading} ×{prompt.pace:g}"


def _spoken(prompt: Prompt, say: Say) -> AudioSegment:
    if prompt.seconds:
        return audio.tone(prompt.hertz, prompt.seconds)
    return audio.for_line(say(prompt.reading, prompt.pace), _tail(prompt.text))


def _tail(text: str) -> int:
    """Milliseconds of silence after a prompt: a sentence rests, a piece flows into the next."""
    return _SENTENCE_TAIL if text.endswith(("。", "？")) else _PIECE_TAIL


def _manifest(folder: Path) -> dict[str, str]:
    path = folder / _MANIFEST
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _keep(folder: Path, manifest: dict[str, str]) -> None:
    ordered = {key: manifest[key] for key in load() if key in manifest}
    audio.write_whole(folder / _MANIFEST, json.dumps(ordered, ensure_ascii=False, indent=1).encode() + b"\n")


def check(folder: Path = SOUNDS, overrides: Path | None = None) -> list[Problem]:
    """Everything wrong with the sounds as a caller would hear them, overrides winning; empty when all is well."""
    found = [Problem(prompt.id, what) for prompt in load().values() for what in _faults(prompt, folder, overrides)]
    found += [Problem(key, "no such prompt") for key in _own(overrides) if not _speakable(key)]
    manifest = _manifest(folder)
    found += [
        Problem(prompt.id, "the wording has changed since the sound was made")
        for prompt in load().values()
        if not manifest.get(prompt.id, "").startswith(f"{_wording(prompt)} | ")
    ]
    return found + greeting_faults(seconds(folder, overrides))


def _faults(prompt: Prompt, folder: Path, overrides: Path | None) -> list[str]:
    path = _source(prompt.id, folder, overrides)
    if not path.exists():
        return ["missing"]
    try:
        return list(sound_faults(prompt, audio.from_alaw(_ready(path))))
    except SpeechError as error:
        return [str(error)]


def seconds(folder: Path = SOUNDS, overrides: Path | None = None) -> dict[str, float]:
    """How long each sound plays, by id; what cannot be read is left out."""
    lengths = {}
    for key in dict.fromkeys([*load(), *_beyond(folder), *_own(overrides)]):
        try:
            lengths[key] = audio.length(_source(key, folder, overrides))
        except (OSError, SpeechError):
            continue
    return lengths


def replace(prompt: str, recording: Path, overrides: Path) -> Path:
    """The file that now speaks the prompt: the recording made ready for the line, among the overrides.

    Raises SpeechError for an id that is no prompt, and for a recording that cannot be read or holds no sound.
    """
    return _put(prompt, audio.read_any(recording), overrides)


def speak_unit(name: str, folder: Path, say: Say) -> Path:
    """The file in a folder of sounds that now speaks a unit's name. Raises SpeechError when the voice fails."""
    return _put(unit_prompt(name), say(spell(name), 1.0), folder)


def speak_wording(words: str, folder: Path, say: Say) -> Path:
    """The file in a folder of sounds that now speaks a sentence of a county's own. Raises SpeechError."""
    return _put(wording_prompt(words), say(spell(words), 1.0), folder)


def _put(prompt: str, sound: AudioSegment, overrides: Path) -> Path:
    if not _speakable(prompt):
        raise SpeechError(f"no such prompt: {prompt}")
    text = load()[prompt].text if prompt in load() else ""
    audio.write_wav(wav(overrides, prompt), audio.to_alaw(audio.for_line(sound, _tail(text))))
    return wav(overrides, prompt)


def _speakable(key: str) -> bool:
    return key in load() or bool(re.fullmatch(f"({UNITS}|{WORDINGS})[0-9a-f]{{12}}", key))


def _beyond(folder: Path | None) -> list[str]:
    """What a folder speaks that is not in the catalogue: names of units, sentences of questionnaires."""
    return [key for key in _own(folder) if key not in load() and _speakable(key)]


def _own(overrides: Path | None) -> list[str]:
    if overrides is None:
        return []
    return sorted(path.relative_to(overrides).with_suffix("").as_posix() for path in overrides.rglob("*.wav"))


def _source(key: str, folder: Path, overrides: Path | None) -> Path:
    own = wav(overrides, key) if overrides else None
    return own if own and own.exists() else wav(folder, key)


def _ready(path: Path) -> bytes:
    """A-law samples for the line; a recording put among the overrides by hand is treated first."""
    try:
        return audio.read_alaw(path)
    except SpeechError:
        return audio.to_alaw(audio.for_line(audio.read_any(path), _SENTENCE_TAIL))


def _ready_once(path: Path, kept: Path) -> bytes:
    """As `_ready`; what had to be treated is kept under its content's hash, so that a start stays quick."""
    content = path.read_bytes()
    if audio.is_alaw(content):
        return audio.read_alaw(path)
    treated = kept / f"{hashlib.sha256(content).hexdigest()}-{_TREATMENT}"
    if not treated.exists():
        audio.write_whole(treated, _ready(path))
    return treated.read_bytes()


def install(target: Path, overrides: Path | None = None, folder: Path = SOUNDS) -> list[str]:
    """The ids whose sound changed under `target`/zh: each as .alaw and .ulaw, which Asterisk plays as they are.

    Overrides win; one that cannot be read leaves the shipped sound (`check` names it). Asterisk's own names for some
    prompts are written too. Raises SpeechError when a shipped file is bad.
    """
    keys = dict.fromkeys([*load(), *_beyond(folder), *_beyond(overrides)])
    wanted = {key: key for key in keys} | dict(asterisk_names())
    sounds = {key: _newest(key, folder, overrides, target / ".treated") for key in keys}
    for number in _NUMBERS:
        _install(target / UNHEARD / "digits" / number, _MOMENT)
    return [name for name, key in wanted.items() if _install(target / "zh" / name, sounds[key])]


def _install(place: Path, alaw: bytes) -> bool:
    line, other = place.with_name(f"{place.name}.alaw"), place.with_name(f"{place.name}.ulaw")
    if line.exists() and other.exists() and line.read_bytes() == alaw:
        return False
    audio.write_whole(other, audio.alaw_to_ulaw(alaw))
    audio.write_whole(line, alaw)
    return True


def _newest(key: str, folder: Path, overrides: Path | None, kept: Path) -> bytes:
    try:
        return _ready_once(_source(key, folder, overrides), kept)
    except SpeechError:
        return audio.read_alaw(wav(folder, key))
