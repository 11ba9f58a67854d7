"""Everything that must be in place before the parts are started. Each step is safe to repeat."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from asterisk_conf import install, render
from asterisk_conf.install import Asterisk
from callback_survey import versions
from callqueue import cel
from hotline import music, places, probe
from hotline.errors import HotlineError
from hotline.probe import Port
from hotline.settings import Settings
from speech import make
from store import migrate
from store.engine import Store

LEAST_FREE = 200 * 1024 * 1024  # bytes; below it recordings would soon have no room
_LONGEST_SOCKET = 100  # bytes of a path that a UNIX socket takes (107), less what `hotline demo` adds


def home(settings: Settings) -> None:
    """The home folder, for its owner alone. Raises HotlineError when it cannot be had."""
    home = settings.home
    if len(os.fsencode(home / places.CONTROL_SOCKET)) > _LONGEST_SOCKET:
        raise HotlineError(f"HOTLINE_HOME: {home} is too long a path for Asterisk's control socket: take a shorter one")
    try:
        for name in ("", "run", "log", places.RECORDINGS, places.OVERRIDES, places.MUSIC):
            (home / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        home.chmod(0o700)
    except OSError as error:
        raise HotlineError(f"HOTLINE_HOME: cannot write {home}: {error.strerror}; give a folder of your own") from None


def secrets(settings: Settings) -> None:
    """The accounts' passwords, and room for recordings. Raises HotlineError when there is none, or they are damaged."""
    home = settings.home
    try:
        render.passwords(settings)
        (home / places.SECRETS).chmod(0o600)
    except ValueError:
        file = home / places.SECRETS
        raise HotlineError(f"{file} is damaged: restore it, or remove it to make new passwords") from None
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE:
        raise HotlineError(f"{home} has {free >> 20} MB free, {LEAST_FREE >> 20} MB are needed: make room, try again")


def asterisk(settings: Settings, say: Callable[[str], None]) -> Asterisk:
    """The Asterisk to run: an installed one, the private copy, or a copy fetched now."""
    found = find_asterisk(settings)
    return found or install.fetch(settings.asterisk_folder, say)


def find_asterisk(settings: Settings) -> Asterisk | None:
    """The Asterisk that is there already, or None."""
    return install.find(settings.asterisk_folder, prefer_private=settings.asterisk == "private")


def prompts(settings: Settings) -> None:
    """Puts the sounds where Asterisk looks for them, own recordings first."""
    make.install(settings.home / places.SOUNDS, overrides=settings.home / places.OVERRIDES)


def database(settings: Settings) -> None:
    """Creates and migrates the database, and keeps in it what is shipped as data."""
    migrate.upgrade(settings.database)
    store = Store(settings.database)
    try:
        with store.begin() as session:
            versions.keep_shipped(session)
    finally:
        store.close()


def configuration(settings: Settings, found: Asterisk) -> None:
    """Writes Asterisk's configuration and the dialplan."""
    render.render(settings, found, cel.MAPPING.partition("=> ")[2], music.folder(settings, found))


def ports(settings: Settings) -> list[Port]:
    """Every fixed port the hotline listens on."""
    own = [
        Port("HOTLINE_SIP_PORT", "udp", settings.bind, settings.sip_port),
        Port("HOTLINE_SIP_PORT", "tcp", settings.bind, settings.sip_port),
        Port("HOTLINE_HTTP_PORT", "tcp", settings.bind, settings.http_port),
        Port("HOTLINE_AMI_PORT", "tcp", "127.0.0.1", settings.ami_port),
        Port("HOTLINE_AGI_PORT", "tcp", "127.0.0.1", settings.agi_port),
        Port("HOTLINE_METRICS_PORT", "tcp", "127.0.0.1", settings.metrics_port),
    ]
    return own


def ports_free(settings: Settings) -> None:
    """Raises HotlineError naming what has a port, and the setting that gives another."""
    reasons = [f"{reason}: stop that, or set {port.setting} to another port"
               for port in ports(settings) if (reason := probe.taken(port))]
    if reasons:
        raise HotlineError("; ".join(dict.fromkeys(reasons)))
