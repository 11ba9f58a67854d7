"""Calls written by hand, one event a line, as the CSV lines that Asterisk would write of them.

A line is `seconds leg event rest`. Legs are named below; `leg/linkedid` gives the leg another linkedid than the
caller's. An event in capitals is CEL's own, any other is a note with `rest` as its facts. `rest` of CHAN_START is the
extension, of the bridge events the bridge, of HANGUP the cause, of APP_START the application and its arguments, of
STREAM_BEGIN the kind of stream.
"""

from __future__ import annotations

import csv
import io
import json

from callqueue import cel, groups, ledger, queuelog
from callqueue.calls import Call
from callqueue.cel import CelEvent
from callqueue.queuelog import QueueRow

START = 1_800_000_000
CHANNELS = {
    "c": "PJSIP/trunk-00000001",
    "a": "PJSIP/8001-00000002",
    "b": "PJSIP/8002-00000003",
    "d": "PJSIP/emergency-00000004",
    "t": "PJSIP/trunk-00000005",
    "z": "PJSIP/citizen-00000006",
    "s": "PJSIP/8008-00000007",
    "k": "PJSIP/8001-00000008",
    "x1": "Local/110@danger-desk-00000001;1",
    "x2": "Local/110@danger-desk-00000001;2",
    "y1": "Local/s@danger-agent-00000002;1",
    "y2": "Local/s@danger-agent-00000002;2",
    "p1": "Local/13800000001@kept-place-00000003;1",
    "p2": "Local/13800000001@kept-place-00000003;2",
}
INBOUND = """
0.000 c CHAN_START 12345
0.010 c visit direction=inbound&line=12345&caller=13800000001&dialled=12345
0.020 c ANSWER
"""


def uniqueid(leg: str) -> str:
    """The leg's uniqueid; the caller's is the visit's linkedid."""
    return f"{START}.{list(CHANNELS).index(leg)}"


def lines(trace: str) -> list[str]:
    """The CSV lines of the trace."""
    return [_line(*row.split(maxsplit=3)) for row in trace.splitlines() if row.strip()]


def events(trace: str) -> list[CelEvent]:
    return [cel.parse(line) for line in lines(trace)]


def rows(text: str) -> list[QueueRow]:
    """The queue_log rows of lines `seconds|leg|queue|agent|event|...`."""
    found = []
    for line in text.split():
        second, leg, *rest = line.split("|")
        call = uniqueid(leg) if leg in CHANNELS else leg
        found.append(queuelog.parse("|".join([str(START + int(second)), call, *rest])))
    return found


def call(trace: str, queue_log: str = "", stopped: float | None = None) -> Call:
    """The one call of the trace."""
    found = ledger.visit(events(trace), rows(queue_log), None if stopped is None else at(stopped))
    assert found is not None
    return found


def at(seconds: float) -> int:
    """Microseconds since the epoch."""
    return START * 1_000_000 + round(seconds * 1_000_000)


def visits(found: list[CelEvent], queue_rows: list[QueueRow]) -> list[Call]:
    """The calls among events of several, in the order of their start."""
    calls = []
    for group in groups.grouped(groups.legs(found)):
        mine = [event for event in found if event.linkedid in group.linkedids]
        built = ledger.visit(mine, [row for row in queue_rows if row.call in group.uniqueids], _stop(mine, queue_rows))
        calls += [built] if built else []
    return sorted(calls, key=lambda one: one.started_at)


def _stop(mine: list[CelEvent], queue_rows: list[QueueRow]) -> int | None:
    latest = max(event.at for event in mine)
    return min((row.at for row in queue_rows if row.event == queuelog.STARTED and row.at > latest), default=None)


def _line(seconds: str, leg: str, event: str, rest: str = "") -> str:
    leg, _, linkedid = leg.partition("/")
    own = event not in cel.STANDARD
    exten = rest if event == "CHAN_START" else ""
    app, _, data = rest.partition(" ") if event.startswith("APP_") else ("CELGenUserEvent" if own else "", "", "")
    caller = CHANNELS[leg].split("/")[1][:4] if leg in "abs" else "13800000001" if leg == "c" else ""
    output = io.StringIO()
    fields = [
        *(event, f"{START + int(seconds.split('.')[0])}.{seconds.split('.')[1].ljust(6, '0')}", caller, exten, "x"),
        *(CHANNELS[leg], app, data, uniqueid(leg), linkedid or uniqueid("c"), ""),
        event if own else rest if event.startswith("STREAM_") else "",
        _extra(event, rest, own),
    ]
    csv.writer(output, quoting=csv.QUOTE_ALL).writerow(fields)
    return output.getvalue().rstrip("\r\n")


def _extra(event: str, rest: str, own: bool) -> str:
    if own:
        return json.dumps({"extra": rest}, ensure_ascii=False)
    if event in ("BRIDGE_ENTER", "BRIDGE_EXIT"):
        return json.dumps({"bridge_id": rest, "bridge_technology": "simple_bridge"})
    return json.dumps({"hangupcause": int(rest or 16)}) if event == "HANGUP" else ""

