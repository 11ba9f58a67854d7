"""Waiting until a call would be answered, seen from outside."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from asterisk_conf import render
from hotline import places, probe, supervisor
from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.steps import Steps

_ASTERISK_SECONDS = 60.0
_SERVICE_SECONDS = 40.0
_TRIES = 3
FRESH = 2.0  # seconds: the age of a heartbeat the dialplan still trusts


def heartbeat_age(settings: Settings) -> float | None:
    """Seconds since the service was last well, or None when it never was."""
    try:
        return max(0.0, time.time() - (settings.home / places.HEARTBEAT).stat().st_mtime)
    except OSError:
        return None


def service_well(settings: Settings) -> bool:
    """Whether the dialplan would give a call to the service now."""
    age = heartbeat_age(settings)
    return age is not None and age <= FRESH


def asterisk_up(settings: Settings) -> bool:
    """Whether Asterisk has loaded everything and answers AMI."""
    return bool(probe.ami_version(settings.ami_port, render.passwords(settings)["ami"]))


def sip_up(settings: Settings) -> bool:
    """Whether the SIP port answers."""
    return bool(probe.sip_options(probe.reachable_host(settings.bind), settings.sip_port))


def ami_connected(settings: Settings) -> bool:
    """Whether the service says that it has its line to Asterisk."""
    try:
        status = json.loads((settings.home / places.STATUS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(status["parts"]["ami"]["state"] == "up")


class Ready:
    """The last steps of `hotline up`. `look` waits a moment and says whether to go on."""

    def __init__(self, settings: Settings, look: Callable[[], bool]) -> None:
        self._settings = settings
        self._look = look

    def wait(self, steps: Steps) -> None:
        """Returns when a call would be answered, or when `look` says no. Raises HotlineError with the cause."""
        log = self._settings.home / "log"
        with steps.step("Asterisk started"):
            self._until(asterisk_up, _ASTERISK_SECONDS, f"Asterisk does not start: see {log / 'asterisk.out'} "
                        f"and {log / 'messages'}")
        with steps.step("service started"):
            self._until(service_well, _SERVICE_SECONDS, f"the service does not start: see {log / 'service.log'} "
                        f"and {log / 'service.out'}")
        with steps.step("ready for calls"):
            self._until(sip_up, 10.0, "Asterisk does not answer on its SIP port: see HOTLINE_BIND and HOTLINE_SIP_PORT")
            self._until(ami_connected, 10.0, f"the service has no line to Asterisk (AMI): see {log / 'service.log'}")

    def _until(self, done: Callable[[Settings], bool], seconds: float, otherwise: str) -> None:
        end = time.monotonic() + seconds
        while not done(self._settings):
            if not self._look():
                return
            if time.monotonic() > end or self._failing():
                raise HotlineError(f"{otherwise}{self._last_words()}")

    def _failing(self) -> bool:
        """A part that has ended again and again will not come up by waiting."""
        known = supervisor.record(self._settings.home / places.PROCESSES)
        return any(entry.get("restarts", 0) >= _TRIES for entry in known.values())

    def _last_words(self) -> str:
        files = (self._settings.home / name for name in (places.SERVICE_OUTPUT, places.ASTERISK_OUTPUT))
        words = [line for file in files if file.exists() for line in file.read_text(errors="replace").splitlines()[-1:]]
        return f" (last words: {'; '.join(words)})" if words else ""
