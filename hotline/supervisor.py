"""Keeping Asterisk and the service running: started again when they end, killed when they stop answering."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hotline import processes
from hotline.processes import Process
from store.base import LOCAL

log = logging.getLogger(__name__)

FIRST_WAIT = 0.5  # seconds before a part that died is started again; doubles up to the longest
LONGEST_WAIT = 10.0
STEADY = 30.0  # seconds after which a part counts as well again
STARTING = 30.0  # seconds a part may take to its first sign of life
GAP = 2.5  # a longer time between two looks means that we were not running ourselves (suspended, starved)


@dataclass(frozen=True, slots=True)
class Sign:
    """A file that a living part touches; unchanged for `seconds`, the part counts as dead."""

    file: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class Part:
    """A program to keep running. `stop_seconds`: how long it may take to end by itself after SIGTERM."""

    name: str
    command: tuple[str, ...]
    output: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    signs: tuple[Sign, ...] = ()
    stop_seconds: float = 10.0


class Watch:
    """Whether one sign of life is overdue; measured on our own clock, so that no step of the wall clock matters."""

    def __init__(self, sign: Sign) -> None:
        self._sign = sign
        self._seen = _touched(sign.file)
        self._deadline = 0.0

    def start(self, now: float) -> None:
        """The part begins anew: whatever it left behind is no sign."""
        self._seen = _touched(self._sign.file)
        self._deadline = now + max(STARTING, self._sign.seconds)

    def excuse(self, now: float) -> None:
        """We were not looking: what was due meanwhile is not held against the part."""
        self._deadline = max(self._deadline, now + self._sign.seconds)

    def overdue(self, now: float) -> bool:
        touched = _touched(self._sign.file)
        if touched != self._seen:
            self._seen = touched
            self._deadline = now + self._sign.seconds
        return now > self._deadline


def _touched(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


class Keeper:
    """Keeps one part running. `look` is called often; times are those of a monotonic clock, in seconds."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.process: Process | None = None
        self.restarts = -1
        self.since = ""  # ISO 8601, for people
        self._child: subprocess.Popen[bytes] | None = None
        self._watches = [Watch(sign) for sign in part.signs]
        self._wait = FIRST_WAIT
        self._started = self._due = self._looked = 0.0

    def look(self, now: float) -> bool:
        """Whether something changed: the part was started, has ended, or was killed."""
        if self._looked and now - self._looked > GAP:
            for watch in self._watches:
                watch.excuse(now)
        self._looked = now
        if self._child is None:
            return now >= self._due and self._start(now)
        code = self._child.poll()
        if code is not None:
            self._ended(now, f"ended with {_spoken(code)}")
            return True
        if any(watch.overdue(now) for watch in self._watches):
            self._child.kill()
            self._child.wait()
            self._ended(now, "gave no sign of life and was killed")
            return True
        return False

    def _start(self, now: float) -> bool:
        for watch in self._watches:
            watch.start(now)
        with open(os.open(self.part.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as output:
            try:
                self._child = subprocess.Popen(
                    self.part.command, env=dict(self.part.environment), stdin=subprocess.DEVNULL, stdout=output,
                    stderr=subprocess.STDOUT, start_new_session=True, umask=0o077,
                )
            except OSError as error:
                self._ended(now, f"could not be started: {error}")
                return True
        self.process = processes.of(self._child.pid)
        self.restarts += 1
        self._started, self.since = now, datetime.now(LOCAL).isoformat(timespec="seconds")
        log.info("%s started, process %d", self.part.name, self._child.pid)
        return True

    def _ended(self, now: float, how: str) -> None:
        if now - self._started > STEADY:
            self._wait = FIRST_WAIT
        log.warning("%s %s; started again in %.1f s", self.part.name, how, self._wait)
        self._child = self.process = None
        self._due = now + self._wait
        self._wait = min(2 * self._wait, LONGEST_WAIT)

    def end(self) -> str:
        """How the part ended: gone, stopped, or killed."""
        how = processes.stop(self.process, self.part.stop_seconds) if self.process else "gone"
        if self._child is not None:
            self._child.wait()
        self._child = self.process = None
        log.info("%s %s", self.part.name, how)
        return how


def _spoken(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"


class Supervisor:
    """Keeps all parts; writes who runs to `record` at every change, for `hotline down` and `status`."""

    def __init__(
        self, parts: Sequence[Part], record: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.keepers = [Keeper(part) for part in parts]
        self._record = record
        self._clock = clock

    def look(self) -> None:
        """Starts, restarts and kills what needs it."""
        if any([keeper.look(self._clock()) for keeper in self.keepers]):
            self._write()

    def stop(self) -> None:
        """Ends the parts, the last started first, and forgets them."""
        for keeper in reversed(self.keepers):
            keeper.end()
        self._record.unlink(missing_ok=True)

    def _write(self) -> None:
        parts = {
            keeper.part.name: {**asdict(keeper.process), "restarts": keeper.restarts, "since": keeper.since}
            for keeper in self.keepers if keeper.process
        }
        own = processes.of(os.getpid())
        assert own is not None
        write_whole(self._record, json.dumps({"supervisor": asdict(own), **parts}))


def write_whole(file: Path, text: str) -> None:
    """Writes a file (owner only) so that a reader finds the old text or the new, never a part."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as handle:
        handle.write(text)
    temporary.rename(file)


def record(file: Path) -> dict[str, dict[str, Any]]:
    """What a supervisor has written of the parts, by name: pid, started, restarts, since (ISO 8601)."""
    try:
        known: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def recorded(file: Path) -> dict[str, Process]:
    """The processes on record, by name, whether they still run or not."""
    return {name: Process(int(entry["pid"]), str(entry["started"])) for name, entry in record(file).items()}
