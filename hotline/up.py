"""`hotline up`: everything from nothing to a hotline that rings; stays and keeps it running."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path
from types import FrameType

from asterisk_conf.install import Asterisk
from hotline import banner, logs, parts, places, prepare, processes, running
from hotline.errors import HotlineError
from hotline.processes import Process
from hotline.readiness import Ready
from hotline.settings import Settings
from hotline.steps import Steps
from hotline.supervisor import Supervisor

log = logging.getLogger(__name__)

_LOOK = 0.25  # seconds between two looks at the parts
_ENDING = 25.0  # seconds the supervisor may take to stop everything


def register(parser: ArgumentParser) -> None:
    parser.add_argument("--detach", action="store_true", help="run in the background; return when it would answer")


def run(settings: Settings, arguments: Namespace) -> int:
    """Starts the hotline; 0 also when it is running already."""
    prepare.home(settings)
    try:
        handle = running.lock(settings)
    except running.AlreadyRunning:
        print(banner.already(running.settings_in_force(settings)))
        return 0
    with closing(os.fdopen(handle, "r+")) as lock:
        steps = Steps()
        found = _prepare(settings, steps)
        if arguments.detach:
            _detached(settings, steps, lock.fileno())
            return 0
        _foreground(settings, steps, found)
        return 0


def _prepare(settings: Settings, steps: Steps) -> Asterisk:
    print(f"Starting the hotline in {settings.home}")
    with steps.step("folders and secrets"):
        prepare.secrets(settings)
        _stop_leftovers(settings, steps)
    with steps.step("Asterisk"):
        found = prepare.asterisk(settings, steps.say)
    with steps.step("prompts installed"):
        prepare.prompts(settings)
    with steps.step("database migrated"):
        prepare.database(settings)
    with steps.step("configuration written"):
        prepare.configuration(settings, found)
    with steps.step("ports free"):
        prepare.ports_free(settings)
    running.remember(settings)
    return found


def _stop_leftovers(settings: Settings, steps: Steps) -> None:
    """Parts whose supervisor was killed still run: they are stopped, for two Asterisks cannot share the ports."""
    for name, process in running.parts(settings).items():
        steps.say(f"{name} was left over from before: {processes.stop(process, 10.0)}")
    for place in (places.PROCESSES, places.STATUS, places.HEARTBEAT, places.SERVICE_OUTPUT, places.ASTERISK_OUTPUT):
        (settings.home / place).unlink(missing_ok=True)


def _supervisor(settings: Settings, found: Asterisk) -> Supervisor:
    kept = [parts.asterisk(settings, found), parts.service(settings)]
    return Supervisor(kept, settings.home / places.PROCESSES)


def _foreground(settings: Settings, steps: Steps, found: Asterisk) -> None:
    logs.to_file(settings.home / places.HOTLINE_LOG)
    ending = _ending()
    watched = _supervisor(settings, found)

    def look() -> bool:
        watched.look()
        ending.wait(_LOOK)
        return not ending.is_set()

    try:
        Ready(settings, look).wait(steps)
        if not ending.is_set():
            print(banner.ready(settings, steps.seconds()), flush=True)
            print("Stop with Ctrl-C.", flush=True)
        while look():
            pass
    finally:
        print("\nstopping ...", flush=True)
        watched.stop()
        print("stopped", flush=True)


def _ending() -> threading.Event:
    """An event that is set when somebody wants us to stop."""
    ending = threading.Event()

    def wanted(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, wanted)
    return ending


def _detached(settings: Settings, steps: Steps, lock: int) -> None:
    """Hands the lock to a supervisor of its own session and waits until it has the hotline ready."""
    log_file = settings.home / places.HOTLINE_LOG
    command = [sys.executable, "-m", "hotline.cli", "supervise", "--lock", str(lock)]
    with open(os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as output:
        child = subprocess.Popen(
            command, env=dict(parts.environment(settings)), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, pass_fds=(lock,), cwd=Path.cwd(),
        )

    def look() -> bool:
        time.sleep(_LOOK)
        if child.poll() is not None:
            raise HotlineError(f"the supervisor ended with code {child.returncode}: see {log_file}")
        return True

    try:
        Ready(settings, look).wait(steps)
    except BaseException:
        child.terminate()
        child.wait(_ENDING)
        raise
    print(banner.ready(settings, steps.seconds()))
    child.returncode = 0  # it goes on without us; nothing is to be waited for


def supervise(settings: Settings, arguments: Namespace) -> int:
    """The supervisor in the background; it has the lock from `hotline up --detach`."""
    logs.to_file(settings.home / places.HOTLINE_LOG)
    found = prepare.find_asterisk(settings)
    if found is None:
        raise HotlineError("Asterisk has gone: run `hotline up` again")
    ending = _ending()
    watched = _supervisor(settings, found)
    try:
        while not ending.wait(_LOOK):
            watched.look()
    finally:
        watched.stop()
        os.close(arguments.lock)
    return 0


def down(settings: Settings, arguments: Namespace) -> int:
    """`hotline down`: stops the running hotline; 0 also when none was running."""
    left = running.parts(settings)
    if not left:
        if running.locked(settings):
            raise HotlineError(f"a hotline is just being started in {settings.home}: wait, or interrupt that")
        print(f"no hotline is running in {settings.home}")
        return 0
    steps = Steps()
    _end_supervisor(left, steps)
    for name, process in running.parts(settings).items():
        with steps.step(f"{name} stopped"):
            processes.stop(process, 10.0)
    (settings.home / places.PROCESSES).unlink(missing_ok=True)
    print("stopped")
    return 0


def _end_supervisor(left: dict[str, Process], steps: Steps) -> None:
    chief = left.get("supervisor")
    if chief is None:
        return
    with steps.step("Asterisk and the service stopped"):
        processes.send(chief, signal.SIGTERM)
        if not processes.wait(chief, _ENDING):
            processes.send(chief, signal.SIGKILL)
            processes.wait(chief, 5.0)




def register_supervise(parser: ArgumentParser) -> None:
    parser.add_argument("--lock", type=int, required=True)
