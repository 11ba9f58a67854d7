"""Callers listened to over AudioSocket: the service's CPU a caller, and how evenly a prompt is sent.

The server is the service's own, in this process; the callers' packets come from another (bench/callers.py), as Asterisk
would send them: one each 20 ms, while a prompt plays.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence

import uvloop

from bench import answers
from bench.report import BenchError, Findings, Row, Say, Table
from bench.scale import QUICK, Scale
from speech.hearing import Heard
from telephony.agi import Reply
from telephony.audiosocket import RATE
from telephony.call import Asked
from telephony.ear import Ears

_SETTLED = 1.0  # seconds until all are connected
_SECONDS = 6.0
_ROUNDS = 10
_GOAL_CALLERS = 30  # the channels of a callback run


class Nobody:
    """A recogniser that has nothing to do: nobody speaks."""

    async def hear(self, pcm: bytes, words: Mapping[str, Sequence[str]]) -> Heard:
        raise BenchError("noise was taken for speech")


def run(scale: Scale, say: Say) -> Findings:
    """CPU and evenness, for one caller and for many at once."""
    findings = Findings()
    lines = []
    for count in (1, _GOAL_CALLERS) if scale.name == QUICK.name else (1, _GOAL_CALLERS, 2 * _GOAL_CALLERS):
        say(f"{count} callers")
        share, gap = uvloop.run(_measure(count))
        lines.append((count, 100 * share, 1000 * share / count, 1000 * gap))
        if count == _GOAL_CALLERS:
            findings.rows += [
                Row(f"CPU of the service, {count} callers at once", 100 * share, "% of a core", most=25.0),
                Row("99 of 100 steps of a prompt within", 1000 * gap, "ms", most=40.0),
            ]
    say(f"{answers.CALLERS} callers who speak at once")
    took = uvloop.run(answers.seconds(_ROUNDS))
    findings.rows.append(Row(f"an answer made out, {answers.CALLERS} at the same moment, 95 of 100 within",
                             1000 * took[int(0.95 * len(took))], "ms", most=500.0))
    findings.tables.append(Table(("callers", "% of a core", "ms CPU a second each", "step p99 ms"), lines))
    return findings


async def _measure(count: int) -> tuple[float, float]:
    """The share of a core that `count` callers take, and the time between two steps that 99 in 100 do not exceed."""
    ears = Ears(Nobody(), lambda _prompts: b"\1\2" * round(RATE * (_SETTLED + _SECONDS + 2)))
    await ears.start()
    over = asyncio.Event()
    addresses: asyncio.Queue[str] = asyncio.Queue()

    async def send(line: str, blocks: float = 0.0) -> Reply:
        addresses.put_nowait(line.split('"')[3])
        await over.wait()
        return Reply(200, "0")

    asked = Asked("1", {"yes": ("是",)}, 5.0, "")
    listening = [asyncio.create_task(ears.ear().listen(send, ["prompt"], asked)) for _ in range(count)]
    try:
        all_of_them = [await addresses.get() for _ in range(count)]
        command = [sys.executable, "-m", "bench.callers", str(_SETTLED + _SECONDS), *all_of_them]
        callers = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        await asyncio.sleep(_SETTLED)
        if ears.sessions != count:
            raise BenchError(f"{ears.sessions} of {count} callers connected")
        began, used = time.monotonic(), time.process_time()
        await asyncio.sleep(_SECONDS - 0.5)
        share = (time.process_time() - used) / (time.monotonic() - began)
        said, _ = await callers.communicate()
        return share, float(json.loads(said)["p99"])
    finally:
        over.set()
        await asyncio.gather(*listening)
        await ears.close()
