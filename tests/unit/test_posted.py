"""What is posted for classic scripts is what they read."""

from __future__ import annotations

from pathlib import Path

from ivr.main_menu import MenuMode, MenuSettings
from ivr.posted import FILE, arguments, text
from telephony.call import Facts


def test_what_is_posted_is_read(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir()
    menu = {"mode": "agent_first", "open": "0", "hours": "hours_daily&digits/8", "recorded": "0"}
    (tmp_path / FILE).write_text(text(menu, {"13800000002", "13800000003"}), encoding="utf-8")
    read = MenuSettings.of(arguments(tmp_path, Facts("1", caller="13800000003")))
    assert (read.mode, read.open, read.hours) == (MenuMode.AGENT_FIRST, False, ("hours_daily", "digits/8"))
    assert (read.recorded, read.elderly) == (False, True)
    assert not MenuSettings.of(arguments(tmp_path, Facts("1", caller="1380000000"))).elderly
    assert not MenuSettings.of(arguments(tmp_path, Facts("1", caller=""))).elderly


def test_nothing_posted_yet_is_open_with_the_menu(tmp_path: Path) -> None:
    assert MenuSettings.of(arguments(tmp_path, Facts("1", caller="13800000003"))) == MenuSettings()
