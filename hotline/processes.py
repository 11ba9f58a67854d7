"""Processes we started, known by pid and time of start, so that a pid used again is never taken for ours."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One process. `started` is the boot's id and the ticks since boot at which it began (proc_pid_stat(5))."""

    pid: int
    started: str


def of(pid: int) -> Process | None:
    """The process that has this pid now, or None; a zombie counts as gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if fields[0] in "ZX" else Process(pid, f"{boot}:{fields[19]}")


def alive(process: Process | None) -> bool:
    """Whether exactly this process still runs."""
    return process is not None and of(process.pid) == process


def send(process: Process, number: signal.Signals) -> bool:
    """Whether the signal reached this very process; another one that got its pid is left alone."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return False
    try:
        if not alive(process):
            return False
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def wait(process: Process, seconds: float) -> bool:
    """Whether the process has gone within `seconds`."""
    end = time.monotonic() + seconds
    while alive(process):
        if time.monotonic() >= end:
            return False
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)
        time.sleep(0.05)
    return True


def stop(process: Process, seconds: float) -> str:
    """How it ended: "gone" (it was not running), "stopped" (by SIGTERM) or "killed" (after `seconds`)."""
    if not send(process, signal.SIGTERM):
        return "gone"
    if wait(process, seconds):
        return "stopped"
    send(process, signal.SIGKILL)
    # A stopped process (SIGSTOP) takes SIGKILL as well; only the kernel can delay it now.
    wait(process, 5.0)
    return "killed"
