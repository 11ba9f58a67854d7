"""The terms of tickets that the county may set; those of the notice are no settings."""

from __future__ import annotations

from dataclasses import fields, replace

from hotline.settings import TABLE, Settings
from tickets.deadlines import DEFAULT, Rules

_OPEN = {field.name for field in fields(Rules)} & {setting.name for setting in TABLE}


def rules(settings: Settings) -> Rules:
    """The rules in force."""
    return replace(DEFAULT, **{name: getattr(settings, name) for name in _OPEN})
