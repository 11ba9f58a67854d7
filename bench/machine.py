"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from datetime import datetime
from pathlib import Path

from asterisk_conf import install
from store.base import LOCAL


def facts(asterisk: str) -> dict[str, str]:
    """The machine and the programs; `load` is the load average at the beginning, which the figures suffer from."""
    return {
        "when": datetime.now(LOCAL).isoformat(timespec="seconds"),
        "cpu": f"{_model()}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.1f} GiB",
        "system": f"{_system()}, Linux {platform.release()}",
        "python": platform.python_version(),
        "asterisk": asterisk or "none",
        "load": f"{os.getloadavg()[0]:.2f}",
    }


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model"):
            return value.strip()
    return platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def asterisk(root: Path) -> str:
    """The version of the Asterisk that calls are measured on, "" when there is none."""
    found = install.find(root)
    return f"{found.version}{' (private copy)' if found.private else ''}" if found else ""
