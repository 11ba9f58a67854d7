"""The one table of settings: environment over file over default, and every mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.settings import TABLE, Setting, SettingsError, load


def test_defaults_keep_everything_on_this_machine(tmp_path: Path) -> None:
    settings = load({"HOTLINE_HOME": str(tmp_path)})
    assert settings.home == tmp_path
    assert (settings.bind, settings.sip_port, settings.http_port) == ("127.0.0.1", 5060, 8080)
    assert settings.trunk_peer == settings.emergency_peer == ""  # nothing reaches the public network (R6)
    assert settings.database == f"sqlite:///{tmp_path / 'hotline.db'}"
    assert settings.agent_numbers == tuple(str(8001 + index) for index in range(8))


def test_environment_over_file_over_default(tmp_path: Path) -> None:
    (tmp_path / "hotline.toml").write_text('sip_port = 5070\nhttp_port = 8090\nopen_hours = "08:30-17:30"\n')
    settings = load({"HOTLINE_HOME": str(tmp_path), "HOTLINE_SIP_PORT": "5080"})
    assert (settings.sip_port, settings.http_port, settings.ami_port) == (5080, 8090, 5038)
    assert settings.open_hours == "08:30-17:30"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("HOTLINE_SIP_PORT", "sip", "'sip' is not a whole number"),
        ("HOTLINE_SIP_PORT", "0", "0 is not a port"),
        ("HOTLINE_SIP_PORT", "70000", "70000 is not a port"),
        ("HOTLINE_AGENTS", "-1", "negative"),
        ("HOTLINE_AGENTS", "100", "99 at most"),
        ("HOTLINE_RECORD_CALLS", "perhaps", "not yes or no"),
        ("HOTLINE_MENU_MODE", "maze", "menu, agent_first"),
        ("HOTLINE_BIND", "a\nb", "control characters"),
        ("HOTLINE_BIND", "nowhere;evil", "not an address"),
        ("HOTLINE_TRUNK_PEER", "carrier:sip", "host:port"),
        ("HOTLINE_TRUNK_PEER", "a b:5060", "host:port"),
        ("HOTLINE_EMERGENCY_PEER", "desk:99999", "host:port"),
        ("HOTLINE_OPEN_HOURS", "always", "08:30-17:30"),
        ("HOTLINE_RTP_END", "10001", "HOTLINE_RTP_START"),
        ("HOTLINE_AMI_PORT", "4573", "HOTLINE_AGI_PORT"),
        ("HOTLINE_DATABASE_URL", "nonsense", "not a database URL"),
        ("HOTLINE_TRUNK_MATCH", "10.0.0.0/99", "not an address"),
        ("HOTLINE_EXTERNAL_ADDRESS", "x y", "not an address"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(tmp_path: Path, variable: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load({"HOTLINE_HOME": str(tmp_path), variable: value})
    assert variable in str(raised.value)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "hotline.toml").write_text("sip_prot = 5070\n")
    with pytest.raises(SettingsError, match="unknown setting sip_prot"):
        load({"HOTLINE_HOME": str(tmp_path)})


def test_an_unknown_variable_is_named_with_the_one_meant(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"HOTLINE_SIP_PROT.*HOTLINE_SIP_PORT"):
        load({"HOTLINE_HOME": str(tmp_path), "HOTLINE_SIP_PROT": "1"})


@pytest.mark.parametrize("text", ["sip_port =", "sip_port = \xff", "[agents"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "hotline.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"hotline\.toml: not valid TOML"):
        load({"HOTLINE_HOME": str(tmp_path)})


def test_values_of_the_wrong_kind_in_the_file_are_named(tmp_path: Path) -> None:
    (tmp_path / "hotline.toml").write_text("sip_port = [5060]\n")
    with pytest.raises(SettingsError, match="HOTLINE_SIP_PORT"):
        load({"HOTLINE_HOME": str(tmp_path)})


@given(st.sampled_from(TABLE), st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_any_text_is_either_taken_or_refused_by_name(setting: Setting, text: str) -> None:
    try:
        settings = load({"HOTLINE_HOME": "/nonexistent", setting.variable: text})
    except SettingsError as error:
        assert "HOTLINE_" in str(error)
    else:
        value = str(settings.values[setting.name])
        assert not any(ord(letter) < 32 for letter in value)


def test_every_setting_is_explained() -> None:
    assert len({setting.name for setting in TABLE}) == len(TABLE)
    for setting in TABLE:
        assert len(setting.help) > 10
        assert not setting.choices or setting.default in setting.choices
