"""Many calls at once: none may fail or be missing from the ledger, and each may cost the service little memory."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import gauge, line, sipp
from bench.report import Findings, Row, Say
from bench.scale import Scale
from bench.sipp import Burst, Ending, Placed
from hotline import places
from tests.hotline_fixture import Hotline

_LISTEN = 10.0  # seconds; the greeting and the whole menu take nine
_CALL = _LISTEN + 0.5
_EVERY = 0.5  # seconds between two looks at the service
_LEDGER_SECONDS = 20.0
_WARM = Burst("12345", 20, 10, 20, 1.0, Ending.CITIZEN)
KIB = 1024


@dataclass(slots=True)
class Carried:
    """What became of many calls. `looks`: FastAGI sessions and the service's memory (bytes), twice a second."""

    placed: Placed
    missing: int = 0  # calls that have no finished row in the ledger
    double: int = 0  # rows more than calls
    fallen: int = 0  # calls that the fallback served
    looks: list[tuple[int, int]] = field(default_factory=list)

    @property
    def most(self) -> int:
        """The most sessions seen at once."""
        return max((sessions for sessions, _ in self.looks), default=0)

    def memory(self, before: int) -> float:
        """Bytes a session, of the looks at nearly the most sessions. `before`: the service's memory without any."""
        full = [(memory - before) / sessions for sessions, memory in self.looks if sessions >= 0.9 * self.most > 0]
        return gauge.median(full)


def carry(hotline: Hotline, burst: Burst) -> Carried:
    """What became of the burst's calls, seen from both sides and in the ledger. Raises BenchError."""
    notes = line.Notes(hotline)
    service = hotline.pid("service")
    with sipp.placing(hotline, burst) as calls:
        looks = list(_looks(hotline, service, calls))
        carried = Carried(calls.over(), looks=looks)
    carried.missing, carried.double = _ledger(hotline, carried.placed.callers)
    carried.fallen = notes.look()[1]
    return carried


def _looks(hotline: Hotline, service: int, calls: sipp.Placing) -> Iterator[tuple[int, int]]:
    while calls.going:
        yield _sessions(hotline), gauge.pss(service)
        time.sleep(_EVERY)


def _sessions(hotline: Hotline) -> int:
    """How many FastAGI sessions the service said it has, at most a second ago."""
    try:
        status: dict[str, Any] = json.loads((hotline.home / places.STATUS).read_text())
    except FileNotFoundError:  # a service that has just begun
        return 0
    return int(status["parts"]["agi"]["sessions"])


def _ledger(hotline: Hotline, callers: Sequence[str]) -> tuple[int, int]:
    """How many callers have no finished row, and how many rows are too many, once the ledger has had its time."""
    end = time.monotonic() + _LEDGER_SECONDS
    while True:
        listed = hotline.ok("calls", "list", "--limit", str(10 * len(callers) + 1000), "--json")
        rows = Counter(row["caller"] for row in json.loads(listed) if row["ended_at"])
        missing = sum(not rows[caller] for caller in callers)
        if not missing or time.monotonic() > end:
            return missing, sum(max(rows[caller] - 1, 0) for caller in callers)
        time.sleep(1)


def run(scale: Scale, say: Say) -> Findings:
    """Failed calls, the ledger, and memory a call, at the scale's rate."""
    if sipp.find() is None:
        return Findings(left_out=sipp.MISSING)
    at_once = min(scale.load_calls, 10 * scale.load_rate)
    with line.hotline() as hotline:
        carry(hotline, _WARM)
        before = gauge.pss(hotline.pid("service"))
        say(f"{scale.load_calls} calls, {scale.load_rate} a second, {at_once} at once, each {_CALL:g} s in the menu")
        burst = Burst("12345", scale.load_calls, scale.load_rate, at_once, _LISTEN, Ending.CITIZEN)
        carried = carry(hotline, burst)
    placed = carried.placed
    if placed.failures:
        say(f"failures: {placed.failures}")
    # Of fewer calls the memory is mostly what the service takes once.
    goal = 50 if at_once >= 200 else None
    return Findings(
        rows=[
            Row("calls that failed", placed.failed, f"of {scale.load_calls}", most=0),
            Row("calls missing from the ledger", carried.missing, f"of {scale.load_calls}", most=0),
            Row("ledger rows too many", carried.double, most=0),
            Row("calls served by the fallback instead of the menu", carried.fallen),
            Row("calls in the menu at once, at most", carried.most, least=0.9 * at_once),
            Row("memory of the service a call", carried.memory(before) / KIB, "KiB", most=goal),
        ],
        remarks=[f"memory of the service without calls {before / KIB**2:.0f} MiB (PSS)"],
    )
