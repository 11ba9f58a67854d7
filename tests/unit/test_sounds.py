"""The sound files: what ships, and making, checking, replacing and installing them. No voice is needed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pydub import AudioSegment
from pydub.generators import Sine

from speech import audio, make, voices
from speech.catalogue import asterisk_names, load, unit_prompt
from speech.errors import SpeechError
from speech.faults import BEFORE_THE_MENU, GREETING_SECONDS, GREETINGS
from tickets.duties import shipped_units

TONES = {prompt.id for prompt in load().values() if prompt.seconds}
SHIPPED = {*load(), *(unit_prompt(unit.name) for unit in shipped_units())}
SOME = ["recorded", "digits/3", "beep", "silence/1"]


class Voice:
    """Hums a second for each five signs, at a third of full level; keeps what it was asked to read."""

    def __init__(self, rate: int = 24000, hertz: float = 440.0, fails_at: str = "") -> None:
        self.rate, self.hertz, self.fails_at = rate, hertz, fails_at
        self.read: list[str] = []

    def __call__(self, text: str, pace: float = 1.0) -> AudioSegment:
        self.read.append(text)
        if text == self.fails_at:
            raise SpeechError("the voice broke")
        hum = Sine(self.hertz, sample_rate=self.rate).to_audio_segment(200 * len(text) / pace, volume=-10)
        silence = AudioSegment.silent(300, frame_rate=self.rate)
        return silence + hum + silence


def samples(path: Path) -> AudioSegment:
    return audio.from_alaw(audio.read_alaw(path))


def record(path: Path, sound: AudioSegment) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    sound.export(path, format="wav").close()
    return path


def hum(hertz: float, length: int = 1000, rate: int = 24000, volume: float = -10) -> AudioSegment:
    return Sine(hertz, sample_rate=rate).to_audio_segment(length, volume=volume)


# -- what ships ------------------------------------------------------------------------------------


def test_the_shipped_sounds_are_all_there_and_right() -> None:
    assert make.check() == []
    assert set(make.seconds()) == SHIPPED


def test_nothing_else_ships_with_them() -> None:
    there = {path.relative_to(make.SOUNDS).with_suffix("").as_posix() for path in make.SOUNDS.rglob("*.wav")}
    assert there == SHIPPED
    assert sum(path.stat().st_size for path in make.SOUNDS.rglob("*")) < 6_000_000


@pytest.mark.parametrize("greeting", GREETINGS)
def test_r2_r13_the_greeting_takes_six_seconds_at_most(greeting: str) -> None:
    lengths = make.seconds()
    assert lengths[greeting] + sum(lengths[key] for key in BEFORE_THE_MENU) <= GREETING_SECONDS == 6.0


def test_the_shipped_sounds_are_equally_loud() -> None:
    levels = {key: audio.active_db(samples(make.wav(make.SOUNDS, key))) for key in SHIPPED - TONES}
    assert min(levels.values()) > audio.LEVEL_DB - 4, min(levels, key=lambda key: levels[key])
    assert max(levels.values()) < audio.LEVEL_DB + 1, max(levels, key=lambda key: levels[key])


def test_the_shipped_sounds_were_made_by_one_voice() -> None:
    manifest = json.loads((make.SOUNDS / "manifest.json").read_text(encoding="utf-8"))
    assert {recipe.split(" | ")[1] for recipe in manifest.values()} == {voices.BEST, "tone"}


# -- build -----------------------------------------------------------------------------------------


def test_build_makes_what_is_not_there_and_nothing_twice(tmp_path: Path) -> None:
    voice = Voice()
    assert make.build(tmp_path, "hum", voice, SOME) == SOME
    assert voice.read == [load()["recorded"].reading, "三"]
    assert make.build(tmp_path, "hum", voice, SOME) == []
    assert len(voice.read) == 2


def test_build_remakes_only_what_changed(tmp_path: Path) -> None:
    make.build(tmp_path, "hum", Voice(), SOME)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("通话将被录音", "通话会被录音"), "utf-8")
    assert make.build(tmp_path, "hum", Voice(), SOME) == ["recorded"]
    make.wav(tmp_path, "digits/3").unlink()
    assert make.build(tmp_path, "hum", Voice(), SOME) == ["digits/3"]
    assert make.build(tmp_path, "another", Voice(), SOME) == ["recorded", "digits/3"], "tones have no voice"


def test_a_voice_that_breaks_off_keeps_what_it_made(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="broke"):
        make.build(tmp_path, "hum", Voice(fails_at="三"), SOME)
    assert make.build(tmp_path, "hum", Voice(), SOME) == SOME[1:]


def test_espeak_says_that_it_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match="espeak-ng is not installed"):
        voices.voice("espeak", tmp_path)("一", 1.0)


def test_a_voice_without_its_file_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="kokoro-js"):
        voices.voice("zf_nobody", tmp_path)("一", 1.0)


def test_what_is_there_needs_no_voice(tmp_path: Path) -> None:
    assert make.build(make.SOUNDS, voices.BEST, voices.voice(voices.BEST, tmp_path)) == []


# -- check -----------------------------------------------------------------------------------------


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """A copy of the shipped sounds, to be spoilt."""
    return Path(shutil.copytree(make.SOUNDS, tmp_path / "sounds"))


def faults(sounds: Path, prompt: str) -> list[str]:
    problems = make.check(sounds)
    assert {problem.prompt for problem in problems} <= {prompt}, "nothing else is named"
    return [problem.what for problem in problems]


def spoil(sounds: Path, prompt: str, sound: AudioSegment) -> list[str]:
    audio.write_wav(make.wav(sounds, prompt), audio.to_alaw(sound))
    return faults(sounds, prompt)


def test_check_names_a_missing_sound(sounds: Path) -> None:
    make.wav(sounds, "queue_next").unlink()
    assert faults(sounds, "queue_next") == ["missing"]


@pytest.mark.parametrize(
    ("sound", "what"),
    [
        (hum(500, 100, 8000, -20), "too short: 0.10 s"),
        (hum(500, 60000, 8000, -20), "too long: 60.0 s"),
        (hum(500, 2000, 8000, -40), "too quiet: -43 dB"),
        (hum(500, 2000, 8000, -20) + hum(500, 100, 8000, 0), "clipped"),
        (AudioSegment(b"\0\0" * 16000, sample_width=2, frame_rate=8000, channels=1), "too quiet"),
    ],
)
def test_check_names_a_bad_sound(sounds: Path, sound: AudioSegment, what: str) -> None:
    (found,) = spoil(sounds, "queue_next", sound)
    assert found.startswith(what)


def test_check_names_a_file_that_is_no_sound(sounds: Path) -> None:
    make.wav(sounds, "queue_next").write_bytes(b"RIFF\xff\xff\xff\xffWAVEfmt ")
    (found,) = faults(sounds, "queue_next")
    assert "cannot be read as sound" in found


def test_a_file_that_is_no_wav_is_named_without_a_warning(
    tmp_path: Path, recwarn: pytest.WarningsRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio, "which", lambda program: None)
    other = tmp_path / "notes.txt"
    other.write_text("no sound at all")
    with pytest.raises(SpeechError, match=r"notes.txt: not a WAV file; other formats need ffmpeg"):
        audio.read_any(other)
    assert not recwarn


def test_check_names_a_wording_changed_since(sounds: Path) -> None:
    manifest = sounds / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("您是下一位", "您是下一个"), "utf-8")
    assert faults(sounds, "queue_next") == ["the wording has changed since the sound was made"]


def test_check_names_a_greeting_that_takes_too_long(sounds: Path) -> None:
    assert spoil(sounds, "greeting", hum(500, 4000, 8000, -17)) != []


# -- replace and speak -----------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_a_recording_of_any_form_replaces_a_prompt(tmp_path: Path, width: int) -> None:
    loud = hum(700, 1500, 44100, -3).set_sample_width(4 if width == 3 else width).set_channels(2)
    recording = record(tmp_path / "mine.wav", loud)
    if width == 3:
        recording.write_bytes(wav_of_24_bits(loud))
    made = make.replace("queue_next", recording, tmp_path / "own")
    assert made == tmp_path / "own" / "queue_next.wav"
    assert audio.active_db(samples(made)) == pytest.approx(audio.LEVEL_DB, abs=0.5)
    assert make.seconds(overrides=tmp_path / "own")["queue_next"] == pytest.approx(1.6, abs=0.1)


def wav_of_24_bits(sound: AudioSegment) -> bytes:
    wide = sound.raw_data
    data = b"".join(wide[at + 1 : at + 4] for at in range(0, len(wide), 4))
    form = (1).to_bytes(2, "little") + (2).to_bytes(2, "little") + (44100).to_bytes(4, "little")
    form += (44100 * 6).to_bytes(4, "little") + (6).to_bytes(2, "little") + (24).to_bytes(2, "little")
    body = b"WAVEfmt " + (16).to_bytes(4, "little") + form + b"data" + len(data).to_bytes(4, "little") + data
    return b"RIFF" + len(body).to_bytes(4, "little") + body


@pytest.mark.parametrize("prompt", ["no_such", "../greeting", "/tmp/greeting", "unit/../greeting", "unit/", ""])
def test_only_prompts_are_replaced(tmp_path: Path, prompt: str) -> None:
    recording = record(tmp_path / "mine.wav", hum(700))
    with pytest.raises(SpeechError, match="no such prompt"):
        make.replace(prompt, recording, tmp_path / "own")
    assert list(tmp_path.rglob("*.wav")) == [recording]


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not sound at all", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0"])
def test_a_recording_that_is_no_sound_changes_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.wav").write_bytes(content)
    with pytest.raises(SpeechError, match=r"mine\.wav"):
        make.replace("queue_next", tmp_path / "mine.wav", tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_a_units_name_is_spoken_and_installed(tmp_path: Path) -> None:
    own, target = tmp_path / "own", tmp_path / "share"
    prompt = unit_prompt("县蚕桑站")
    make.speak_unit("县蚕桑站", own, Voice())
    assert prompt in make.install(target, own)
    assert make.seconds(overrides=own)[prompt] == pytest.approx(0.8, abs=0.15)
    assert make.check(overrides=own) == []


# -- install ---------------------------------------------------------------------------------------


def test_install_writes_every_sound_for_both_laws_once(tmp_path: Path) -> None:
    assert set(make.install(tmp_path)) == SHIPPED | set(asterisk_names())
    for name, key in {**{key: key for key in load()}, **asterisk_names()}.items():
        alaw = audio.read_alaw(make.wav(make.SOUNDS, key))
        assert (tmp_path / "zh" / f"{name}.alaw").read_bytes() == alaw
        assert (tmp_path / "zh" / f"{name}.ulaw").read_bytes() == audio.alaw_to_ulaw(alaw)
    assert make.install(tmp_path) == []
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".new-")]


def test_install_mends_what_was_deleted_or_changed(tmp_path: Path) -> None:
    make.install(tmp_path)
    (tmp_path / "zh" / "danger.ulaw").unlink()
    (tmp_path / "zh" / "digits" / "3.alaw").write_bytes(b"\xd5")
    assert make.install(tmp_path) == ["danger", "digits/3"]


def test_an_override_wins_until_it_is_taken_away(tmp_path: Path) -> None:
    own, target = tmp_path / "own", tmp_path / "share"
    make.install(target)
    make.replace("queue_next", record(tmp_path / "mine.wav", hum(700)), own)
    assert make.install(target, own) == ["queue_next", "queue-youarenext"], "Asterisk's name for it too"
    assert (target / "zh" / "queue-youarenext.alaw").read_bytes() == audio.read_alaw(own / "queue_next.wav")
    make.wav(own, "queue_next").unlink()
    assert make.install(target, own) == ["queue_next", "queue-youarenext"]


def test_a_recording_dropped_in_by_hand_is_treated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, target = tmp_path / "own", tmp_path / "share"
    record(make.wav(own, "danger"), hum(700, 1200, 48000, -30).set_channels(2))
    assert "danger" in make.install(target, own)
    played = audio.from_alaw((target / "zh" / "danger.alaw").read_bytes())
    assert audio.active_db(played) == pytest.approx(audio.LEVEL_DB, abs=0.5)
    assert make.check(overrides=own) == []
    monkeypatch.setattr(audio, "for_line", lambda *_: pytest.fail("treated again"))
    assert make.install(target, own) == []


def test_an_unreadable_override_leaves_the_shipped_sound_and_is_named(tmp_path: Path) -> None:
    own, target = tmp_path / "own", tmp_path / "share"
    make.wav(own, "danger").parent.mkdir()
    make.wav(own, "danger").write_bytes(b"a letter, not a sound")
    make.install(target, own)
    assert (target / "zh" / "danger.alaw").read_bytes() == audio.read_alaw(make.wav(make.SOUNDS, "danger"))
    assert [problem.prompt for problem in make.check(overrides=own)] == ["danger"]


def test_an_override_of_nothing_is_named(tmp_path: Path) -> None:
    record(tmp_path / "gretting.wav", hum(700))
    assert [problem.what for problem in make.check(overrides=tmp_path)] == ["no such prompt"]
