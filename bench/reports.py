"""Reports over a year's calls: a million rows, and how long a day's, a week's and a month's figures take."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench import gauge
from bench.report import BenchError, Findings, Row, Say, Table
from bench.scale import Scale
from callqueue.periods import Period
from callqueue.reports import By, Report, report
from callqueue.tables import CallRow
from store import migrate
from store.base import LOCAL
from store.engine import Store

_FIRST = datetime(2026, 1, 1, tzinfo=LOCAL)
_DAYS = 365
_AT_ONCE = 20_000
_ROUNDS = 3
DAY_SECONDS = 1.0
"""What a day's report may take; it is asked for on a page."""


def run(scale: Scale, say: Say) -> Findings:
    """Seconds of each report, the best of three."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        store = Store(f"sqlite:///{Path(name) / 'bench.db'}")
        migrate.upgrade(store.url)
        try:
            _fill(store, scale.reported)
            say(f"{scale.reported:,} calls of {_DAYS} days")
            return _measured(store, scale.reported)
        finally:
            store.close()


def _fill(store: Store, calls: int) -> None:
    for first in range(0, calls, _AT_ONCE):
        with store.begin() as session:
            session.execute(insert(CallRow), list(_calls(first, min(calls, first + _AT_ONCE), calls)))


def _calls(first: int, end: int, whole: int) -> Iterator[dict[str, Any]]:
    for number in range(first, end):
        began = _FIRST + timedelta(days=_DAYS) * (number / whole)
        lost = number % 20 == 0
        reached = None if lost else began + timedelta(seconds=10 + number % 30)
        joined = (reached or began).isoformat()
        share = {"agent": f"80{number % 40:02d}", "joined_at": joined, "talk_s": 90.0, "hold_s": 5.0}
        yield {
            "call_id": f"c{number}", "direction": "inbound", "line": "12345", "caller": f"139{number:08d}",
            "dialled": "12345", "started_at": began, "answered_at": began, "ended_at": began + timedelta(seconds=130),
            "disposition": "abandoned-queue" if lost else "answered", "queue": ("consult", "request")[number % 2],
            "agent": "" if lost else share["agent"], "wait_s": 10.0, "talk_s": 0.0 if lost else 90.0, "hold_s": 5.0,
            "ring_s": 3.0, "queued_at": began + timedelta(seconds=9), "agent_at": reached, "pickup_s": 3.0,
            "transfers": 0, "ticket_no": "", "attempt": "", "rating": number % 5 + 1, "emergency": "", "callback": "",
            "path": [{"at": "greeting", "key": "1", "time": ""}], "agents": [] if lost else [share], "recordings": [],
            "answers": [], "handed_over": True,
        }  # fmt: skip


def _measured(store: Store, calls: int) -> Findings:
    day = _FIRST + timedelta(days=180)
    asked: dict[str, Callable[[], Report]] = {
        "a day by quarter-hour": lambda: _report(store, day, 1, Period.QUARTER, By.NONE),
        "a day by agent": lambda: _report(store, day, 1, Period.DAY, By.AGENT),
        "a week by queue": lambda: _report(store, day, 7, Period.DAY, By.QUEUE),
        "a month by day": lambda: _report(store, day, 30, Period.DAY, By.NONE),
    }
    gauge.reset_peak()
    before = gauge.rss()
    taken = {name: min(_seconds(ask) for _ in range(_ROUNDS)) for name, ask in asked.items()}
    (whole,) = _report(store, day, 1, Period.DAY, By.NONE).totals
    if abs(whole["inbound"] - calls / _DAYS) > 1:
        raise BenchError(f"the day has {whole['inbound']} calls, not {calls / _DAYS:.0f}")
    return Findings(
        rows=[
            Row("a day's report by quarter-hour", taken["a day by quarter-hour"], "s", most=DAY_SECONDS),
            Row("a day's report by agent", taken["a day by agent"], "s", most=DAY_SECONDS),
            Row("memory that reports add", (gauge.peak() - before) / 2**20, "MiB"),
        ],
        tables=[Table(("report", "s"), list(taken.items()))],
        remarks=[f"{calls:,} calls on SQLite, {calls // _DAYS:,} a day; best of {_ROUNDS}"],
    )


def _report(store: Store, since: datetime, days: int, period: Period, by: By) -> Report:
    with store.reading() as session:
        return report(session, since, since + timedelta(days=days), period, by, 15)


def _seconds(ask: Callable[[], Report]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began
