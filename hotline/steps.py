"""Showing work step by step: a tick and the seconds when a step is done, what it says while it lasts."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Steps:
    """Prints one line a step. `quiet` prints nothing (for --json)."""

    def __init__(self, out: TextIO | None = None, quiet: bool = False) -> None:
        self._out = out or sys.stdout
        self._quiet = quiet
        self._began = time.monotonic()
        self._live = self._out.isatty()
        plain = "✓".encode(self._out.encoding or "ascii", "ignore") == b""
        self._tick, self._cross = ("ok", "no") if plain else ("✓", "✗")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Runs the block as one step; ticked when it ends, crossed when it raises."""
        began = time.monotonic()
        if self._live:
            self._write(f"  {name} ...", end="")
        try:
            yield
        except BaseException:
            self._line(self._cross, name, began)
            raise
        self._line(self._tick, name, began)

    def say(self, text: str) -> None:
        """A line of its own within a step."""
        self._write(f"{self._start()}    {text}")

    def seconds(self) -> float:
        """Seconds since the first step."""
        return time.monotonic() - self._began

    def _line(self, mark: str, name: str, began: float) -> None:
        self._write(f"{self._start()}{mark} {name:<44}{time.monotonic() - began:6.1f} s")

    def _start(self) -> str:
        return "\r\033[K" if self._live else ""

    def _write(self, text: str, end: str = "\n") -> None:
        if not self._quiet:
            print(text, end=end, file=self._out, flush=True)
