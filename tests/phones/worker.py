"""A worker process: one phone, commands in and events out as JSON lines.

    python -m tests.phones.worker FOLDER LIMIT

pjsua2 is GPL and wants a single thread, so it lives here and never in the test's own process. Only a pipe
connects the two: when the test dies, standard input ends, and the worker goes with its folder.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.phones.clock import Clock
from tests.phones.softphone import Softphone, reason

IDLE, BUSY = 0.05, 0.02
"""Longest wait for SIP, in seconds: a command waits that long too, a SIP message never does."""


class Pipe:
    """The test side, as lines of JSON."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)  # whatever C code prints must not mix with the protocol
        self._rest = b""
        self.open = True

    def tell(self, what: str, **facts: Any) -> None:
        """Return nothing; an event with its monotonic time, written whole."""
        self.send({"at": time.monotonic(), "what": what, **facts})

    def send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._out, data) :]
        except BrokenPipeError:
            self.open = False

    def requests(self) -> list[dict[str, Any]]:
        """Return the commands that have come in, without waiting."""
        return self._read() if select.select([0], [], [], 0)[0] else []

    def first(self) -> dict[str, Any]:
        """Return the first line of all; EOFError when the test side is gone before it."""
        while self.open:
            if lines := self._read():
                return lines[0]
        raise EOFError

    def _read(self) -> list[dict[str, Any]]:
        data = os.read(0, 65536)
        if not data:
            self.open = False
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines]


def serve(pipe: Pipe, clock: Clock, folder: Path) -> None:
    """Return when the test side says quit or is gone; the first line it sends describes the phone."""
    phone = Softphone(pipe.tell, clock, folder, pipe.first())
    while pipe.open:
        most = BUSY if phone.talking() else IDLE
        phone.endpoint.libHandleEvents(int(1000 * clock.idle(most)))
        for action in clock.due():
            with phone.guard():
                action()
        for request in pipe.requests():
            if request["do"] == "quit":
                phone.close()
                return
            pipe.send({"re": request["id"], **obey(phone, request)})
    phone.close()
    if not phone.setup["keep"]:
        abandon(folder)


def abandon(folder: Path) -> None:
    """Return nothing; a killed test cleans up nothing, so the last worker takes the town's folder too."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()


def obey(phone: Softphone, request: dict[str, Any]) -> dict[str, Any]:
    """Return the result or the error of one command."""
    try:
        return {"result": getattr(phone, request["do"])(**request["with"])}
    except Exception as error:  # the driver's edge: the test gets it as a PhoneError
        traceback.print_exc()
        return {"error": reason(error)}


def main() -> None:
    folder, limit = Path(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the test side decides
    signal.alarm(limit)
    pipe = Pipe()
    try:
        serve(pipe, Clock(), folder)
    finally:
        sys.stderr.flush()
    os._exit(0)  # no destructors: SWIG's objects and the endpoint's threads end in no safe order


if __name__ == "__main__":
    main()
