"""What processes use, read from /proc (proc(5)), and figures of many measurements."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Cpu:
    """User and system time, seconds: of a process with all its threads, and of its children that have ended."""

    own: float
    children: float

    def __sub__(self, other: Cpu) -> Cpu:
        return Cpu(self.own - other.own, self.children - other.children)

    def __add__(self, other: Cpu) -> Cpu:
        return Cpu(self.own + other.own, self.children + other.children)


def cpu(pid: int) -> Cpu:
    """What the process has used until now. Raises OSError when it is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system, child_user, child_system = (int(field) / _TICK for field in fields[11:15])
    return Cpu(user + system, child_user + child_system)


def pss(pid: int) -> int:
    """The process's memory, bytes, what it shares counted by its share. Raises OSError."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"no Pss of process {pid}")


def rss() -> int:
    """Our own resident memory, bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def reset_peak() -> None:
    """Returns when the kernel has begun anew to note our largest resident memory (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """Our largest resident memory since reset_peak(), bytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed (nearest rank); 0 of none."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else 0.0


def median(values: Iterable[float]) -> float:
    """The middle value, the lower of two; 0 of none."""
    return percentile(values, 0.5)
