"""A million tickets: what each page costs, and the sweep of the clocks, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import ticket_maker
from bench.gauge import percentile
from bench.report import BenchError, Findings, Row, Say, Table
from bench.scale import Scale
from store.engine import Store
from tests import postgres

MISSING = "PostgreSQL is not installed (apt-get install postgresql): SQLite alone is measured"
PAGE_MS, SWEEP_SECONDS, GROWTH_MIB = 50.0, 2.0, 50.0
_BYTES = 4_000  # of disk a ticket, on both databases together, with room to work
_SECONDS = 300.0  # that the pages of one database may take
_SHARE = 0.15  # of the time left, for filling one database; indexes take as much again, pages a little more


def run(scale: Scale, say: Say) -> Findings:
    """Both databases side by side."""
    found = Findings()
    results: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _check_room(Path(folder), scale.tickets)
        results["SQLite"] = _measured(f"sqlite:///{folder}/bench.db", scale, lambda text: say(f"SQLite: {text}"))
    if postgres.binaries():
        with postgres.cluster() as url:
            results["PostgreSQL"] = _measured(url, scale, lambda text: say(f"PostgreSQL: {text}"))
    else:
        found.remarks.append(MISSING)
    found.tables = [_pages(results), _sweeps(results)]
    for name, result in results.items():
        found.rows += _rows(name, result)
        found.remarks.append(f"{name}: {result['tickets']:,} tickets, each page {scale.queries} times at most")
        over = [page for page, times in result["pages"].items() if percentile(times, 0.95) > PAGE_MS]
        found.remarks += [f"{name}, over {PAGE_MS:g} ms: {'; '.join(over)}"] if over else []
    return found


def _check_room(folder: Path, tickets: int) -> None:
    if shutil.disk_usage(folder).free < tickets * _BYTES:
        raise BenchError(f"{folder.parent} has no {tickets * _BYTES / 1e9:.0f} GB free: make room or set BENCH_TICKETS")


def _measured(url: str, scale: Scale, say: Say) -> dict[str, Any]:
    store = Store(url)
    try:
        made = ticket_maker.make(store, scale.tickets, _SHARE * scale.seconds, say)
    finally:
        store.close()
    command = [sys.executable, "-m", "bench.ticket_pages", url, str(scale.queries)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise BenchError(f"the pages took more than {_SECONDS:.0f} s") from None
    if done.returncode:
        raise BenchError("the pages failed")
    say("pages asked for and clocks swept")
    told: dict[str, Any] = json.loads(done.stdout)
    return told | {"tickets": made}


def _pages(results: Mapping[str, Mapping[str, Any]]) -> Table:
    columns = [f"{name} {which}" for name in results for which in ("p50 ms", "p95")]
    first = next(iter(results.values()))
    lines = [
        (page, *(percentile(result["pages"][page], share) for result in results.values() for share in (0.5, 0.95)))
        for page in first["pages"]
    ]
    return Table(("page", *columns), lines)


def _sweeps(results: Mapping[str, Mapping[str, Any]]) -> Table:
    columns = [f"{name} {which}" for name in results for which in ("s", "tickets")]
    sweeps = [result["sweeps"] for result in results.values()]
    names = [f"day {place}" for place in range(1, len(sweeps[0]))] + ["after a week without"]
    lines = [
        (name, *(cell for swept in sweeps for cell in (swept[place]["seconds"], int(swept[place]["tickets"]))))
        for place, name in enumerate(names)
    ]
    return Table(("sweep", *columns), lines)


def _rows(name: str, result: Mapping[str, Any]) -> list[Row]:
    slowest, p95 = max(
        ((page, percentile(times, 0.95)) for page, times in result["pages"].items()), key=lambda pair: pair[1]
    )
    daily = [one["seconds"] for one in result["sweeps"][:-1]]
    return [
        Row(f"{name}: p95 of the slowest page ({slowest})", p95, "ms", most=PAGE_MS),
        Row(f"{name}: p95 of a day's sweep", percentile(daily, 0.95), "s", most=SWEEP_SECONDS),
        Row(f"{name}: memory that pages and sweeps add", result["grown"] / 2**20, "MiB", most=GROWTH_MIB),
    ]
