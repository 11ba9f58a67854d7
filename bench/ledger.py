"""Building the ledger: an event log as Asterisk writes it, of many calls, made into rows."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from bench import gauge
from bench.report import BenchError, Findings, Row, Say
from bench.scale import Scale
from callqueue.importer import Paths, import_new
from callqueue.tables import CallRow
from store import migrate
from store.engine import Store

_BEGAN = 1795380456_000000  # microseconds since the epoch
_APART = 400_000  # microseconds between two calls
_TRUNK, _AGENT = "PJSIP/trunk-{n:08x}", "PJSIP/8001-{n:08x}"
# A call that is greeted, chooses, waits, speaks with an agent and rates: who, when (seconds), what. The fields after
# the time are CEL's: caller, extension, context, application, its data, the user event's kind, and its extra.
_CALL = (
    ("c", 0.0, "CHAN_START", "12345", "from-trunk", "", "", "", ""),
    ("c", 0.01, "visit", "12345", "inbound", "CELGenUserEvent", "", "visit",
     "direction=inbound&line=12345&caller={caller}&dialled=12345"),
    ("c", 0.02, "ANSWER", "12345", "inbound", "Answer", "", "", ""),
    ("c", 8.0, "path", "inbound", "flow", "AGI", "", "path", "at=main&key=1"),
    ("c", 9.0, "recording", "s", "record", "CELGenUserEvent", "", "recording", "file=2026%2F11%2F23%2F{n}.wav"),
    ("c", 9.01, "queue", "s", "next-queue", "CELGenUserEvent", "", "queue", "queue=consult"),
    ("c", 9.02, "APP_START", "s", "next-queue", "Queue", "consult,ct", "", ""),
    ("a", 12.0, "CHAN_START", "s", "agents", "", "", "", ""),
    ("a", 15.0, "ANSWER", "s", "agents", "AppQueue", "(Outgoing Line)", "", ""),
    ("a", 15.01, "agent", "s", "agent-connected", "CELGenUserEvent", "", "agent", "agent=8001&call={unique}"),
    ("a", 15.02, "BRIDGE_ENTER", "s", "agents", "AppQueue", "(Outgoing Line)", "", "{bridge}"),
    ("c", 15.03, "BRIDGE_ENTER", "s", "next-queue", "Queue", "consult,ct", "", "{bridge}"),
    ("a", 95.0, "BRIDGE_EXIT", "s", "agents", "AppQueue", "(Outgoing Line)", "", "{bridge}"),
    ("c", 95.01, "BRIDGE_EXIT", "s", "next-queue", "Queue", "consult,ct", "", "{bridge}"),
    ("c", 95.02, "APP_END", "s", "next-queue", "Queue", "consult,ct", "", ""),
    ("c", 95.03, "queue-end", "s", "next-queue", "CELGenUserEvent", "", "queue-end", "status=CONTINUE"),
    ("a", 95.04, "HANGUP", "s", "agents", "AppQueue", "(Outgoing Line)", "", "{cause}"),
    ("a", 95.05, "CHAN_END", "s", "agents", "AppQueue", "(Outgoing Line)", "", ""),
    ("c", 99.0, "rating", "rating", "flow", "AGI", "", "rating", "value=5"),
    ("c", 99.1, "HANGUP", "s", "after-queue", "", "", "", "{cause}"),
    ("c", 99.2, "CHAN_END", "s", "after-queue", "", "", "", ""),
    ("c", 99.3, "LINKEDID_END", "s", "after-queue", "", "", "", ""),
)  # fmt: skip


def events(calls: int) -> Iterator[str]:
    """The lines of an event log, in the order of time within each call, calls one after the other."""
    for number in range(calls):
        yield from _call(number)


def _call(number: int) -> Iterator[str]:
    began = _BEGAN + number * _APART
    caller, unique = f"139{number:08d}", f"{began // 1_000_000}.{2 * number}"
    values = {"n": number, "caller": caller, "unique": unique, "cause": '{"hangupcause":16}',
              "bridge": f'{{"bridge_id":"{number:032x}","bridge_technology":"simple_bridge"}}'}  # fmt: skip
    for leg, after, kind, exten, context, app, data, note, extra in _CALL:
        at = began + round(after * 1_000_000)
        mine = leg == "c"
        told = extra.format(**values)
        fields = (
            kind, f"{at // 1_000_000}.{at % 1_000_000:06d}", caller if mine else "8001", exten, context,
            (_TRUNK if mine else _AGENT).format(n=number), app, data,
            unique if mine else f"{began // 1_000_000}.{2 * number + 1}", unique, "", note,
            f'{{"extra":"{told}"}}' if note else told,
        )  # fmt: skip
        yield ",".join('"' + field.replace('"', '""') + '"' for field in fields)


def run(scale: Scale, say: Say) -> Findings:
    """Lines a second, and what memory it takes."""
    calls = scale.events // len(_CALL)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        lines = "\n".join(events(calls)) + "\n"
        (folder / "cel.csv").write_text(lines)
        store = Store(f"sqlite:///{folder / 'bench.db'}")
        migrate.upgrade(store.url)
        say(f"{calls * len(_CALL):,} lines of {calls:,} calls, {len(lines) / 2**20:.0f} MiB")
        del lines
        try:
            return _built(store, Paths(folder / "cel.csv", folder / "queue_log"), calls)
        finally:
            store.close()


def _built(store: Store, paths: Paths, calls: int) -> Findings:
    gauge.reset_peak()
    before, began, used = gauge.rss(), time.perf_counter(), time.process_time()
    imported = import_new(store, paths)
    seconds, used = time.perf_counter() - began, time.process_time() - used
    with store.begin() as session:
        rows = session.execute(
            select(CallRow.disposition, CallRow.rating, func.count()).group_by(CallRow.disposition, CallRow.rating)
        ).all()
    if [tuple(row) for row in rows] != [("answered", 5, calls)] or imported.bad_lines:
        raise BenchError(f"of {calls} calls, all answered, the ledger has {[tuple(row) for row in rows]}")
    return Findings(
        rows=[
            Row("lines of the event log a second", imported.events / seconds, "lines/s"),
            Row("CPU a call", 1000 * used / calls, "ms"),
            Row("memory that building adds", (gauge.peak() - before) / 2**20, "MiB"),
        ],
        remarks=["on SQLite, without tickets; 20,000 lines/s are wanted"],
    )
