"""How the parts of the service stand, as JSON: on disk every second, at /api/v1/status, on the console's page."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hotline import VERSION
from hotline.beat import touch
from hotline.supervisor import write_whole
from store.base import LOCAL

State = Mapping[str, Any]
_PERIOD = 1.0  # seconds; the supervisor kills a service that is silent for five


def moment(seconds: float) -> str:
    """A moment of the wall clock as ISO 8601 in Asia/Shanghai, to the second."""
    return datetime.fromtimestamp(seconds, LOCAL).isoformat(timespec="seconds")


class Standing:
    """Collects what each part says of itself; a part is a function that gives at least `state`."""

    def __init__(self, parts: Mapping[str, Callable[[], State]]) -> None:
        self._parts = parts
        self._since = time.time()

    def now(self) -> dict[str, Any]:
        """How everything stands at this moment."""
        return {
            "version": VERSION,
            "pid": os.getpid(),
            "since": moment(self._since),
            "at": moment(time.time()),
            "parts": {name: dict(part()) for name, part in self._parts.items()},
        }

    async def run(self, file: Path) -> None:
        """Writes it to `file` every second: this is also the sign that the event loop runs."""
        while True:
            try:
                write_whole(file, json.dumps(self.now(), ensure_ascii=False))
            except OSError:
                touch(file)  # a full disk: the old text stays, but we are alive
            await asyncio.sleep(_PERIOD)
