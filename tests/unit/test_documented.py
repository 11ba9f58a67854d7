"""What the project sets, reads and offers is documented; nothing documented is gone."""

from __future__ import annotations

import re
from pathlib import Path

from hotline.settings import TABLE
from telephony.variables import VARIABLES

ROOT = Path(__file__).parents[2]
SOURCES = ("dialplan", "asterisk_conf", "telephony", "ivr", "callback_survey", "hotline", "agi_scripts", "callqueue")


def text_of(*folders: str, endings: tuple[str, ...] = (".py", ".conf")) -> str:
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*")) if file.suffix in endings]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_channel_variable_is_listed_and_used() -> None:
    settings = {setting.variable for setting in TABLE}
    settings |= {f"HOTLINE_{name}" for name in ("HOME", "DEBUG", "HOME_DIR", "LOG", "TEST_")}
    used = set(re.findall(r"\bHOTLINE_[A-Z_]+\b", text_of(*SOURCES).replace("__HOTLINE", " HOTLINE")))
    listed = set(VARIABLES)
    assert used - settings - listed == set()
    beyond_the_list = text_of(*SOURCES).replace((ROOT / "telephony/variables.py").read_text(encoding="utf-8"), "")
    assert {name for name in listed if name not in beyond_the_list} == set()


def test_every_setting_has_help_and_is_used() -> None:
    read = text_of(*SOURCES)
    for setting in TABLE:
        assert len(setting.help) > 10, setting.name
        assert re.search(rf"(\.|\b){setting.name}\b", read.replace(f'Setting("{setting.name}"', "")), setting.name


def test_every_agi_route_exists_in_the_dialplan() -> None:
    called = set(re.findall(r"Goto\(flow,(\w+),1\)", text_of("dialplan")))
    served = set(re.findall(r'^        "(\w+)": ', (ROOT / "hotline/routes.py").read_text(encoding="utf-8"), re.M))
    scripts = {file.stem for file in (ROOT / "agi_scripts").glob("*.py")} - {"__init__"}
    assert called == served == scripts


def test_every_note_is_in_the_design() -> None:
    design = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    written = set(re.findall(r"CELGenUserEvent\(([a-z-]+)", text_of("dialplan")))
    written |= set(re.findall(r"""\.note\(\s*"([a-z-]+)\"""", text_of("ivr", "callback_survey")))
    assert {kind for kind in written if f"| `{kind}` |" not in design} == set()
