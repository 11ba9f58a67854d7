"""Which music waiting callers hear: the county's own, else Asterisk's, else a tune of ours; never silence."""

from __future__ import annotations

from pathlib import Path

from asterisk_conf.install import Asterisk
from hotline import places
from hotline.settings import Settings
from speech import music


def folder(settings: Settings, found: Asterisk) -> Path:
    """The folder to play from. Where neither the county nor Asterisk's packages have music, a tune is made."""
    own, packaged = settings.home / places.MUSIC, found.data / "moh"
    for place in (own, packaged):
        if place.is_dir() and any(file.suffix in (".wav", ".alaw", ".ulaw", ".gsm") for file in place.iterdir()):
            return place
    made = settings.home / places.TUNE
    if not made.exists():
        music.write(made)
    return made.parent
