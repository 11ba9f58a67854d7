"""The hotline that runs in a home folder, as another command finds it: its processes and its settings."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from hotline import places, processes, supervisor
from hotline.errors import HotlineError, NotRunning
from hotline.processes import Process
from hotline.settings import Settings
from hotline.supervisor import write_whole


class AlreadyRunning(HotlineError):
    """A hotline runs in this home folder."""


def lock(settings: Settings) -> int:
    """An open file that holds the home folder's lock for as long as any process has it. Raises AlreadyRunning."""
    handle = os.open(settings.home / places.LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise AlreadyRunning(f"a hotline is already running in {settings.home}") from None
    return handle


def locked(settings: Settings) -> bool:
    """Whether a supervisor holds the home folder."""
    if not (settings.home / places.LOCK).exists():
        return False
    try:
        os.close(lock(settings))
    except AlreadyRunning:
        return True
    return False


def parts(settings: Settings) -> dict[str, Process]:
    """The processes of this home that live: supervisor, asterisk, service."""
    known = supervisor.recorded(settings.home / places.PROCESSES)
    return {name: process for name, process in known.items() if processes.alive(process)}


def remember(settings: Settings) -> None:
    """Writes the settings in force, so that later commands need not be given them again."""
    write_whole(settings.home / places.RUNNING_SETTINGS, json.dumps(dict(settings.values), indent=1))


def settings_in_force(settings: Settings) -> Settings:
    """The settings the running hotline was started with; the given ones when none runs."""
    try:
        values = json.loads((settings.home / places.RUNNING_SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return settings
    return Settings(settings.home, {**settings.values, **values}) if parts(settings) else settings


def need(settings: Settings) -> Settings:
    """The settings of the running hotline. Raises NotRunning."""
    if not parts(settings):
        raise NotRunning(f"no hotline is running in {settings.home}: start it with `hotline up --detach`")
    return settings_in_force(settings)


@contextmanager
def held(settings: Settings) -> Iterator[int]:
    """The lock for the length of a block."""
    handle = lock(settings)
    try:
        yield handle
    finally:
        os.close(handle)
