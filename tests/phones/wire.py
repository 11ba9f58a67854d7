"""The test's end of a worker process: commands out, events in, no threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class PhoneError(Exception):
    """The phone could not do what the test asked."""


class TimedOut(PhoneError):
    """What the test waited for did not happen in time."""


class Refused(PhoneError):
    """The other side said no; status is its SIP code."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a phone's log; at is monotonic seconds, comparable between processes of one machine."""

    at: float
    what: str
    call: int | None = None
    detail: str = ""
    status: int = 0


class Worker:
    """One child process; its input is its lifeline: it ends when that is closed."""

    def __init__(self, folder: Path, limit: float, setup: dict[str, Any]) -> None:
        self.folder = folder
        self.alive, self.leaving = True, False
        self._rest = b""
        self._serial = 0
        with open(folder / "stderr.log", "wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.phones.worker", str(folder), str(int(limit) + 1)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
                cwd=Path(__file__).resolve().parents[2],
            )
        self._write(setup)

    def fileno(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    @property
    def pid(self) -> int:
        return self._process.pid

    def post(self, do: str, arguments: dict[str, Any]) -> int:
        """Return the id that the reply will carry in "re"."""
        self._serial += 1
        self._write({"id": self._serial, "do": do, "with": arguments})
        return self._serial

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
        except (BrokenPipeError, ValueError) as gone:
            raise PhoneError(f"the phone's process is gone: {self.last_words()}") from gone

    def read(self) -> list[dict[str, Any]]:
        """Return the messages that have come in; call it when fileno() is readable."""
        data = os.read(self.fileno(), 65536)
        self.alive = bool(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def last_words(self) -> str:
        """Return the end of what the process wrote to standard error."""
        return (self.folder / "stderr.log").read_text(errors="replace")[-2000:]

    def quit(self) -> None:
        """Return nothing; the phone hangs up, unregisters and ends by itself."""
        assert self._process.stdin is not None
        self.leaving = True
        try:
            self.post("quit", {})
        except PhoneError:
            self.alive = False
        self._process.stdin.close()

    def reap(self) -> int:
        """Return the exit code; a process that has not closed its output by now is killed."""
        assert self._process.stdout is not None
        if self.alive:
            self._process.kill()
        code = self._process.wait()
        self._process.stdout.close()
        return code
