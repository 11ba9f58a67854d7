"""The manager's events: what one costs to read and apply, against panoramisk as it is and against the socket alone."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.gauge import median
from bench.manager_clients import LAST, NAMES
from bench.manager_server import frame, serving
from bench.report import BenchError, Findings, Row, Say, Table
from bench.scale import Scale

_RECORDED = Path(__file__).parents[1] / "tests" / "data" / "ami"
_LEFT_OUT = ("Resync", "Asked", "Check", "Shutdown")  # our marks; after the last stock panoramisk hangs up
_SECONDS = 120.0
_FLAT = 1_000_000  # events after whose first half the memory does not grow any more
_ROUNDS = 3
Told = dict[str, float]


def recorded() -> list[bytes]:
    """Every event of the recorded calls, as Asterisk sent it."""
    return [frame(event) for event in _events()]


def _events() -> Iterator[dict[str, str]]:
    for file in sorted(_RECORDED.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from (event for event in map(json.loads, lines) if event["Event"] not in _LEFT_OUT)


def run(scale: Scale, say: Say) -> Findings:
    """What an event costs each client, in turns; memory is that of the last and longest turn."""
    frames = recorded()
    say(f"{len(frames)} events of recorded calls, {sum(map(len, frames)) / len(frames):.0f} bytes each")
    few = max(scale.ami_events // 10, len(frames))
    measured: dict[str, list[Told]] = {name: [] for name in NAMES}
    for number in range(1, _ROUNDS + 1):
        for name, told in measured.items():
            told.append(_measured(name, frames, few))
        say(f"round {number} of {_ROUNDS}: " + ", ".join(f"{name} {told[-1]['each']:.2f} us" for name, told in
                                                         measured.items()))  # fmt: skip
    long = _measured("ours", frames, scale.ami_events)
    say(f"{scale.ami_events:,} events applied to the live state")
    return _findings(measured, long, scale)


def _measured(name: str, frames: list[bytes], count: int) -> Told:
    whole, more = divmod(count, len(frames))
    block, rest = b"".join(frames), b"".join(frames[:more])
    last = frame({"Event": "QueueCallerLeave", "Queue": LAST, "Uniqueid": "1.1"})

    def speak(link: socket.socket) -> None:
        for _ in range(whole):
            link.sendall(block)
        link.sendall(rest + last)

    with serving(lambda _query: (), speak) as port:
        command = [sys.executable, "-m", "bench.manager_clients", name, str(port), str(count)]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            raise BenchError(f"{name} had not read {count} events in {_SECONDS:g} s") from None
    if done.returncode:
        raise BenchError(f"the client {name} failed")
    told: dict[str, Any] = json.loads(done.stdout)
    return told | {"each": told["cpu"] / count * 1e6}


def _findings(measured: dict[str, list[Told]], long: Told, scale: Scale) -> Findings:
    least = {name: min(one["each"] for one in told) for name, told in measured.items()}
    lines = [
        (NAMES[name], least[name], median(one["each"] for one in told), 1e6 / least[name]) for name, told in
        measured.items()
    ]  # fmt: skip
    return Findings(
        tables=[Table(("client", "CPU us an event, least", "median", "events/s of one core"), lines)],
        rows=[
            Row("stock panoramisk's dispatch / ours with the live state, CPU an event",
                least["stock"] / least["ours"], "x", least=3),
            Row("the same against stock on uvloop", least["stock-uvloop"] / least["ours"], "x"),
            Row(f"memory that the second half of {scale.ami_events:,} events adds",
                (long["late"] - long["early"]) / 2**20, "MiB",
                most=1 if scale.ami_events >= _FLAT else None),
            Row("channels in the state after them", long["channels"]),
        ],
        remarks=[f"{_ROUNDS} rounds in turns; other work on the machine only adds: the least is nearest to the truth"],
    )  # fmt: skip
