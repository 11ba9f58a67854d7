"""Callers who wait hear music on every machine, and the county's own when it has some."""

import audioop
from pathlib import Path

from asterisk_conf.install import Asterisk
from hotline import music, places
from hotline.settings import load
from speech.audio import length, read_alaw


def machine(tmp_path: Path) -> Asterisk:
    (tmp_path / "data").mkdir()
    return Asterisk(("asterisk",), "20.6.0", tmp_path, tmp_path / "data", private=False)


def test_without_any_music_a_tune_is_made(tmp_path: Path) -> None:
    settings = load({"HOTLINE_HOME": str(tmp_path / "home")})
    (tune,) = music.folder(settings, machine(tmp_path)).iterdir()
    assert 10 < length(tune) < 60
    sound = audioop.alaw2lin(read_alaw(tune), 2)
    quarter = len(sound) // 8 * 2
    levels = [audioop.rms(sound[place : place + quarter], 2) for place in range(0, 3 * quarter, quarter)]
    assert min(levels) > 300, "it sounds all the time"
    assert audioop.max(sound, 2) < 16000, "softer than a voice"


def test_packaged_music_comes_before_the_tune_and_the_countys_own_before_both(tmp_path: Path) -> None:
    settings, found = load({"HOTLINE_HOME": str(tmp_path / "home")}), machine(tmp_path)
    (found.data / "moh").mkdir()
    assert music.folder(settings, found) == settings.home / "share/music", "an empty folder would be silence"
    (found.data / "moh" / "calm.wav").touch()
    assert music.folder(settings, found) == found.data / "moh"
    own = settings.home / places.MUSIC
    own.mkdir()
    (own / "river.wav").touch()
    assert music.folder(settings, found) == own
