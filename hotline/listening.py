"""Whether callers are heard, not only their keys; and the server through which they are."""

from __future__ import annotations

import logging

from asterisk_conf.install import Asterisk
from hotline import places, speech
from hotline.settings import Settings
from speech.errors import SpeechError
from speech.hearing import Recogniser
from speech.pool import Pool
from telephony.audiosocket import has_keys
from telephony.ear import Ears, alaw_sounds

log = logging.getLogger(__name__)


def ears(settings: Settings, found: Asterisk | None, recogniser: Recogniser | None) -> Ears | None:
    """The ears of the calls; None when they are asked by key alone, and why is logged."""
    why = _deaf(settings, found)
    if why or recogniser is None:
        log.info("questions are asked by key alone: %s", why or "there is no recogniser")
        return None
    return Ears(recogniser, alaw_sounds(settings.home / places.SOUNDS / "zh"))


def recogniser(settings: Settings) -> Pool | None:
    """The recogniser in force, not started; None when there is no model, or nobody is to be listened to."""
    if not settings.survey_speech or not speech.model(settings).is_dir():
        return None
    return speech.pool(settings)


async def opened(pool: Pool) -> None:
    """Starts the recogniser; one whose model does not open leaves every question to keys, and the log says why."""
    try:
        await pool.start()
    except SpeechError as error:
        log.error("questions are asked by key alone: %s", error)


def _deaf(settings: Settings, found: Asterisk | None) -> str:
    if not settings.survey_speech:
        return "survey_speech is off"
    if settings.agi_mode != "fastagi":
        return "agi_mode is not fastagi"
    if found is None or not (found.modules / "app_audiosocket.so").exists():
        return "Asterisk has no AudioSocket"
    if not has_keys(found.version):
        return f"the AudioSocket of Asterisk {found.version} hands on no keys, 20.13, 21.8 or 22.3 does"
    return ""
