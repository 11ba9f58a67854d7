"""Calls placed by SIPp (sipp.readthedocs.io), the carrier's side of the trunk."""

from __future__ import annotations

import csv
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bench.report import BenchError
from tests.hotline_fixture import TRUNK_HOST, Hotline, free_port

MISSING = "SIPp is not installed: apt-get install sip-tester"
_SCENARIO = Path(__file__).parent / "scenarios" / "citizen.xml"
_ANSWER_BYE = """<recv request="BYE" timeout="20000" />
  <send>
    <![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

    ]]>
  </send>"""
_SAY_BYE = """<pause milliseconds="500" />
  <send retrans="500">
    <![CDATA[
      BYE [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      [routes]
      From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
      Call-ID: [call_id]
      CSeq: 3 BYE
      Max-Forwards: 70
      Content-Length: 0

    ]]>
  </send>
  <recv response="200" timeout="20000" />"""
_callers = itertools.count(13900000001)


class Ending(Enum):
    """Who hangs up."""

    HOTLINE = _ANSWER_BYE
    CITIZEN = _SAY_BYE


@dataclass(frozen=True, slots=True)
class Burst:
    """Calls to place: `rate` a second, at most `most` at once; 1 is pressed `listen` seconds after the answer."""

    number: str
    calls: int
    rate: int
    most: int
    listen: float
    ending: Ending

    @property
    def limit(self) -> float:
        """Seconds after which it is given up."""
        return 30 + 4 * (self.calls / self.rate + self.listen)


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of the calls. `callers`: the number of each; `failures`: what SIPp counts failures by."""

    callers: Sequence[str]
    done: int
    failed: int
    seconds: float
    failures: dict[str, int]


def find() -> str | None:
    """SIPp's path, None when it is not installed."""
    return shutil.which("sipp")


class Placing:
    """Calls that are being placed."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, burst: Burst, callers: Sequence[str]) -> None:
        self._process = process
        self._folder = folder
        self._callers = callers
        self._burst = burst

    @property
    def going(self) -> bool:
        """Whether not all are over."""
        return self._process.poll() is None

    def over(self) -> Placed:
        """What became of them, once all are over. Raises BenchError when that takes too long."""
        try:
            self._process.wait(self._burst.limit)
        except subprocess.TimeoutExpired:
            raise BenchError(f"{self._burst.calls} calls were not over in {self._burst.limit:.0f} s") from None
        return _placed(self._folder, self._callers)


@contextmanager
def placing(hotline: Hotline, burst: Burst) -> Iterator[Placing]:
    """Places calls while the block runs; those that are not over at its end are dropped. Raises BenchError."""
    program = find()
    if program is None:
        raise BenchError(MISSING)
    callers = [str(next(_callers)) for _ in range(burst.calls)]
    with tempfile.TemporaryDirectory(prefix="sipp-") as name:
        folder = Path(name)
        (folder / "citizen.xml").write_text(_SCENARIO.read_text().replace("  ENDING", f"  {burst.ending.value}"))
        (folder / "callers.csv").write_text("SEQUENTIAL\n" + "".join(f"{caller};\n" for caller in callers))
        with (folder / "complaints").open("wb") as complaints:
            process = subprocess.Popen(
                [program, *_arguments(hotline, burst)], cwd=folder, env={**os.environ, "TERM": "dumb"},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaints,
            )  # fmt: skip
        try:
            yield Placing(process, folder, burst, callers)
        finally:
            process.kill()
            process.wait()


def place(hotline: Hotline, burst: Burst) -> Placed:
    """What became of the calls. Raises BenchError when they are not over in time."""
    with placing(hotline, burst) as calls:
        return calls.over()


def _arguments(hotline: Hotline, burst: Burst) -> list[str]:
    port = str(hotline.settings.trunk_peer).rpartition(":")[2]
    given = {
        "-sf": "citizen.xml", "-inf": "callers.csv", "-s": burst.number, "-i": TRUNK_HOST, "-p": port,
        "-mi": TRUNK_HOST, "-mp": free_port(TRUNK_HOST), "-m": burst.calls, "-r": burst.rate, "-l": burst.most,
        "-d": round(burst.listen * 1000), "-timeout": f"{burst.limit:.0f}s", "-stf": "counts.csv", "-fd": 1,
        "-error_file": "errors.log",
    }  # fmt: skip
    flags = ("-trace_stat", "-trace_err", "-nostdin", "-timeout_error")
    return [*(str(word) for pair in given.items() for word in pair), *flags, hotline.sip]


def _placed(folder: Path, callers: Sequence[str]) -> Placed:
    try:
        with (folder / "counts.csv").open(newline="") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        done = int(last["SuccessfulCall(C)"])
    except (OSError, IndexError, KeyError, ValueError) as error:
        complaints = (folder / "complaints").read_text(errors="replace").strip()
        raise BenchError(f"SIPp did not place the calls: {complaints or error!r}") from None
    kinds = {name.removesuffix("(C)"): int(value) for name, value in last.items() if _counts_failures(name, value)}
    # Calls that never began are failures, too.
    return Placed(callers, done, len(callers) - done, _seconds(last["ElapsedTime(C)"]), kinds)


def _counts_failures(name: str | None, value: str | None) -> bool:
    return bool(name and name.startswith("Failed") and name.endswith("(C)") and value and int(value))


def _seconds(elapsed: str) -> float:
    """The seconds in HH:MM:SS and what follows it."""
    hours, minutes, seconds = elapsed.split(":")[:3]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
