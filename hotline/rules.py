"""The terms of tickets that the county may set; those of the notice are no settings."""

from __future__ import annotations

from dataclasses import replace

from hotline.settings import Settings
from tickets.deadlines import DEFAULT, Rules


def rules(settings: Settings) -> Rules:
    """The rules in force."""
    return replace(
        DEFAULT,
        fast_contact=settings.fast_contact,
        fast_resolve=settings.fast_resolve,
        extension_most=settings.extension_most,
        extension_count=settings.extension_count,
        warn_long=settings.warn_long,
        warn_short=settings.warn_short,
        repeat_count=settings.repeat_count,
        repeat_days=settings.repeat_days,
    )
