"""FastAGI servers alone: the CPU of one session of eight commands, server by server in turns."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from bench.gauge import median
from bench.report import BenchError, Findings, Row, Say, Table
from bench.scale import Scale

NAMES = {
    "ours": "county-hotline: its server, on uvloop",
    "menu": "county-hotline: with its main menu and its log",
    "stock": "panoramisk as it is, on asyncio",
    "floor": "asyncio.Protocol without anything else, on uvloop",
}
# One event at a time wakes a server, as calls do: prompts take seconds, commands microseconds.
_AT_ONCE = 1
_WARM = 50
_SECONDS, _ENDING = 60.0, 5.0


@dataclass(slots=True)
class Server:
    """A server in its own process, and the milliseconds of CPU a session it used in each round."""

    name: str
    process: subprocess.Popen[str]
    port: int = 0
    milliseconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    def cpu(self) -> float:
        """The CPU time it has used, seconds."""
        asked: IO[str] = self.process.stdin  # type: ignore[assignment]
        answered: IO[str] = self.process.stdout  # type: ignore[assignment]
        asked.write("\n")
        asked.flush()
        return float(answered.readline())


@contextmanager
def server(name: str) -> Iterator[Server]:
    """A server that runs; gone after the block. Raises BenchError."""
    command = [sys.executable, "-m", "bench.servers", name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        made = Server(name, process)
        try:
            port = process.stdout.readline() if process.stdout else ""
            if not port.strip().isdigit():
                raise BenchError(f"the server {name} did not start")
            made.port = int(port)
            yield made
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """The server ends with its input; one that does not is killed."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_ENDING)
    except subprocess.TimeoutExpired:
        process.kill()


def call(port: int, sessions: int) -> dict[str, Any]:
    """What a client process tells of its sessions. Raises BenchError when one was not whole."""
    command = [sys.executable, "-m", "bench.fake_asterisk", str(port), str(sessions), str(_AT_ONCE)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{sessions} sessions were not over in {_SECONDS:g} s") from None
    if done.returncode:
        raise BenchError("the client failed")
    told: dict[str, Any] = json.loads(done.stdout)
    if told["whole"] != sessions:
        raise BenchError(f"{told['whole']} of {sessions} sessions had all their commands; the last: {told['lines']}")
    return told


def run(scale: Scale, say: Say) -> Findings:
    """The servers' CPU a session, and ours against stock."""
    with ExitStack() as stack:
        servers = [stack.enter_context(server(name)) for name in NAMES]
        lines = {name: call(one.port, _WARM)["lines"] for name, one in zip(NAMES, servers, strict=True)}
        if any(_bare(line) != _bare(lines["stock"]) for line in lines.values()):
            raise BenchError(f"the servers do not send the same commands: {lines}")
        for number in range(1, scale.session_rounds + 1):
            for one in servers:
                _round(one, scale.sessions)
            figures = ", ".join(f"{one.name} {one.milliseconds[-1]:.3f} ms" for one in servers)
            say(f"round {number} of {scale.session_rounds}: {figures}")
    return _findings(servers, scale)


def _bare(lines: list[str]) -> list[str]:
    """The commands without how long Asterisk is to wait before it takes the call back, which costs nothing."""
    return [re.sub(r'AUTOHANGUP "\d+"', "AUTOHANGUP", line) for line in lines]


def _round(one: Server, sessions: int) -> None:
    before = one.cpu()
    told = call(one.port, sessions)
    one.milliseconds.append((one.cpu() - before) * 1000 / sessions)
    one.rates.append(sessions / told["seconds"])


def _findings(servers: list[Server], scale: Scale) -> Findings:
    # What else the machine does only adds: the least of the rounds is nearest to the truth.
    least = {one.name: min(one.milliseconds) for one in servers}
    lines = [
        (NAMES[one.name], least[one.name], median(one.milliseconds), max(one.milliseconds), max(one.rates),
         least[one.name] / least["floor"])
        for one in servers
    ]  # fmt: skip
    ours, menu = (least[name] / least["stock"] for name in ("ours", "menu"))
    return Findings(
        tables=[Table(("server", "CPU ms, least", "median", "most", "sessions/s", "x floor"), lines)],
        rows=[
            Row("CPU a session of eight commands, our server / stock panoramisk", ours, "x", most=0.5),
            Row("the same with our main menu and log / stock panoramisk", menu, "x"),
        ],
        remarks=[
            f"{scale.session_rounds} rounds, in turns, of {scale.sessions} sessions, one at a time",
            "the CPU is that of the server's process alone; the client is another",
        ],
    )
