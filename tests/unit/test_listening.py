"""When callers are heard: not when switched off, not over scripts, and never where 9 would be lost (R6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from asterisk_conf.install import Asterisk
from hotline.listening import ears
from hotline.settings import load
from speech.hearing import Heard


class Nobody:
    """A recogniser that is asked nothing here."""

    async def hear(self, pcm: bytes, words: Mapping[str, Sequence[str]]) -> Heard:
        raise AssertionError


def found(folder: Path, version: str = "22.10.1", module: bool = True) -> Asterisk:
    if module:
        (folder / "app_audiosocket.so").touch()
    return Asterisk(("asterisk",), version, folder, folder, private=True)


def test_callers_are_heard_by_default(tmp_path: Path) -> None:
    settings = load({"HOTLINE_HOME": str(tmp_path)})
    assert ears(settings, found(tmp_path), Nobody()) is not None
    assert ears(settings, found(tmp_path), None) is None


@pytest.mark.parametrize(
    ("special", "version", "module", "why"),
    [
        ({"HOTLINE_SURVEY_SPEECH": "no"}, "22.10.1", True, "survey_speech is off"),
        ({"HOTLINE_AGI_MODE": "script"}, "22.10.1", True, "agi_mode is not fastagi"),
        ({}, "20.6.0", True, "hands on no keys"),
        ({}, "22.10.1", False, "no AudioSocket"),
    ],
)
def test_otherwise_they_are_asked_by_key_and_the_log_says_why(
    special: dict[str, str], version: str, module: bool, why: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    settings = load({"HOTLINE_HOME": str(tmp_path), **special})
    assert ears(settings, found(tmp_path, version, module), Nobody()) is None
    assert why in caplog.text


def test_without_asterisk_nobody_is_heard(tmp_path: Path) -> None:
    assert ears(load({"HOTLINE_HOME": str(tmp_path)}), None, Nobody()) is None
