"""The pool of recognisers: bounded, and whole again when one of its processes dies or hangs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from speech.errors import SpeechError
from speech.hearing import Heard, RecogniserBusy
from speech.pool import COMMAND, Pool

ROOT = Path(__file__).parents[2]
WORDS = {"yes": ["是"]}
# A process that does as the samples say; it stands for the recogniser, whose sounds have tests of their own.
FAKE = """
import json, os, sys, time
from speech.worker import ANSWER, REQUEST
def say(answer):
    content = json.dumps(answer).encode()
    sys.stdout.buffer.write(ANSWER.pack(len(content)) + content)
    sys.stdout.buffer.flush()
say({"error": ""})
while head := sys.stdin.buffer.read(REQUEST.size):
    words, pcm = (sys.stdin.buffer.read(size) for size in REQUEST.unpack(head))
    if pcm == b"die":
        os._exit(1)
    if pcm == b"rubbish":
        sys.stdout.buffer.write(ANSWER.pack(3) + b"{{{")
        sys.stdout.buffer.flush()
        continue
    while pcm == b"hang" or (pcm.startswith(b"/") and not os.path.exists(pcm)):
        time.sleep(0.01)
    say({"text": pcm.decode(), "value": "yes", "confidence": 1.0})
"""
COMMAND_FAKE = (sys.executable, "-c", FAKE)


@asynccontextmanager
async def pool(processes: int = 1, waiting: int = 2, seconds: float = 20.0,
               command: Sequence[str] = COMMAND_FAKE) -> AsyncIterator[Pool]:
    made = Pool(Path("none"), processes, waiting, 0.7, seconds, command)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


def pids(made: Pool) -> list[int]:
    return [process.pid for process in made._all]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def body_heard() -> None:
    async with pool() as made:
        assert await made.hear("是".encode(), WORDS) == Heard("是", "yes", 1.0)


async def body_full(tmp_path: Path) -> None:
    """R36: with too much to do the question is asked by key at once, not later."""
    go = tmp_path / "go"
    async with pool(waiting=1) as made:
        held = [asyncio.create_task(made.hear(str(go).encode(), WORDS)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(RecogniserBusy):
            await made.hear(b"late", WORDS)
        go.touch()
        assert [heard.text for heard in await asyncio.gather(*held)] == [str(go)] * 2
        assert (await made.hear(b"after", WORDS)).text == "after"


async def body_lost(what: bytes, seconds: float) -> None:
    async with pool(seconds=seconds) as made:
        before = pids(made)
        with pytest.raises(RecogniserBusy):
            await made.hear(what, WORDS)
        made._seconds = 20.0
        assert (await made.hear(b"again", WORDS)).text == "again"
        assert pids(made) != before
        assert all(map(gone, before))


async def body_cancelled(tmp_path: Path) -> None:
    """Nobody gets the answer of the caller before."""
    go = tmp_path / "go"
    async with pool() as made:
        first = asyncio.create_task(made.hear(str(go).encode(), WORDS))
        await asyncio.sleep(0.05)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        go.touch()
        assert (await made.hear(b"mine", WORDS)).text == "mine"


async def body_closed() -> None:
    async with pool() as made:
        held = asyncio.create_task(made.hear(b"hang", WORDS))
        await asyncio.sleep(0.05)
        running = pids(made)
        await made.close()
        with pytest.raises(RecogniserBusy):
            await held
        with pytest.raises(RecogniserBusy):
            await made.hear(b"later", WORDS)
        assert all(map(gone, running))


def test_an_answer_comes_back() -> None:
    asyncio.run(body_heard())


def test_a_full_queue_refuses_at_once(tmp_path: Path) -> None:
    asyncio.run(body_full(tmp_path))


@pytest.mark.parametrize(("what", "seconds"), [(b"die", 20.0), (b"rubbish", 20.0), (b"hang", 0.5)])
def test_a_process_that_dies_lies_or_hangs_is_replaced(what: bytes, seconds: float) -> None:
    asyncio.run(body_lost(what, seconds))


def test_a_caller_who_hangs_up_leaves_no_answer_behind(tmp_path: Path) -> None:
    asyncio.run(body_cancelled(tmp_path))


def test_closing_ends_every_process_and_every_wait() -> None:
    asyncio.run(body_closed())


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="not a vosk model"):
        asyncio.run(Pool(tmp_path).start())


def test_no_process_outlives_a_killed_service() -> None:
    """The service is killed while its recogniser is at work; nothing of it stays."""
    service = f"""
import asyncio, sys
from pathlib import Path
from speech.pool import Pool
async def main():
    pool = Pool(Path("none"), command=(sys.executable, "-c", {FAKE!r}))
    await pool.start()
    print(*[process.pid for process in pool._all], flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", service], cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        worker = int(running.stdout.readline())
        running.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while not gone(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert gone(worker)
    assert COMMAND[-1] == "speech.worker"
