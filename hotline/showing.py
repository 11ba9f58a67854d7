"""`hotline settings`: the table of settings with the values in force."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from hotline.settings import TABLE, Setting, Settings


def register(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    rows = [_row(setting, settings.values[setting.name]) for setting in TABLE]
    if arguments.json:
        print(json.dumps({"home": str(settings.home), "settings": rows}, indent=1, ensure_ascii=False))
        return 0
    print(f"HOTLINE_HOME = {settings.home}   (file: {settings.home / 'hotline.toml'})")
    for row in rows:
        changed = "" if row["value"] == row["default"] else f"   (default {_shown(row['default'])})"
        choices = f" ({', '.join(map(str, row['choices']))})" if row["choices"] else ""
        print(f"\n{row['variable']} = {_shown(row['value'])}{changed}\n    {row['help']}{choices}")
    print("\nIn the file the names are the variables' in small letters, without HOTLINE_.")
    return 0


def _row(setting: Setting, value: object) -> dict[str, Any]:
    return {
        "name": setting.name, "variable": setting.variable, "value": _masked(setting, value),
        "default": setting.default, "help": setting.help, "choices": list(setting.choices),
    }


def _masked(setting: Setting, value: object) -> object:
    if setting.name.endswith(("_token", "_password")) and value:
        return "***"
    if setting.name != "database_url" or not value:
        return value
    try:
        return make_url(str(value)).render_as_string(hide_password=True)
    except ArgumentError:
        return value


def _shown(value: object) -> str:
    return {True: "yes", False: "no", "": '""'}.get(value, str(value)) if isinstance(value, bool | str) else str(value)
