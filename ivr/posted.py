"""What the service posts for classic scripts, which have no time to ask it: open or closed, and who is elderly."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from telephony.call import Facts

FILE = "run/menu"
"""Below the home folder; `key=value` lines, written by the service, read at each call."""


def text(menu: dict[str, str], elderly: Iterable[str]) -> str:
    """The file's contents: the arguments of MenuSettings.of that are alike for all callers, and the elderly numbers."""
    return "".join(f"{key}={value}\n" for key, value in {**menu, "elderly": ",".join(sorted(elderly))}.items())


def arguments(home: Path, facts: Facts) -> dict[str, str]:
    """The arguments of MenuSettings.of for this call: its own, over what was posted (nothing yet: the defaults)."""
    try:
        lines = (home / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    found = dict(line.partition("=")[::2] for line in lines)
    elderly = bool(facts.caller) and facts.caller in found.get("elderly", "").split(",")
    return {**found, "elderly": str(int(elderly)), **facts.arguments}
