"""Recognition beside the event loop: a few processes, each with the model, and a bounded number of utterances waiting.

Each process loads the model for itself: one started anew shares no lock and no socket with the service, as a fork
would.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from speech.errors import SpeechError
from speech.hearing import Heard, RecogniserBusy
from speech.recognise import SHIPPED
from speech.worker import ANSWER, REQUEST

COMMAND = (sys.executable, "-m", "speech.worker")
_START_SECONDS = 30.0
_AGAIN_SECONDS = 1.0


class Pool:
    """A Recogniser: `processes` hear side by side, `most_waiting` wait; more raise RecogniserBusy at once."""

    def __init__(
        self, model: Path = SHIPPED, processes: int = 1, most_waiting: int = 4, threshold: float = 0.9,
        seconds: float = 2.0, command: Sequence[str] = COMMAND,
    ) -> None:
        self._command = (*command, str(model), str(threshold))
        self._processes, self._most, self._seconds = processes, processes + most_waiting, seconds
        self._free: asyncio.Queue[Process] = asyncio.Queue()
        self._all: set[Process] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._in_hand = 0
        self._closed = False

    async def start(self) -> None:
        """Starts the processes. Raises SpeechError when the model does not open."""
        try:
            for _ in range(self._processes):
                self._free.put_nowait(await self._started())
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Ends every process; whoever waits gets RecogniserBusy."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for process in list(self._all):
            await self._end(process)

    async def hear(self, pcm: bytes, words: Mapping[str, Sequence[str]]) -> Heard:
        """What was said. Raises RecogniserBusy when too much is waiting, or a process died or took too long."""
        if self._closed or self._in_hand >= self._most:
            raise RecogniserBusy("the recogniser has too much to do")
        # A caller who hangs up leaves the process to finish: it must not answer the next caller with this answer.
        task = self._run(self._heard(pcm, words))
        self._in_hand += 1
        task.add_done_callback(self._done)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise RecogniserBusy("the recogniser has been closed") from None
            raise

    def _done(self, task: asyncio.Task[Heard]) -> None:
        self._in_hand -= 1
        if not task.cancelled():
            task.exception()  # nobody may be left to take it

    async def _heard(self, pcm: bytes, words: Mapping[str, Sequence[str]]) -> Heard:
        try:
            async with asyncio.timeout(self._seconds):
                process = await self._free.get()
        except TimeoutError:
            raise RecogniserBusy("no recogniser has been free in time") from None
        try:
            async with asyncio.timeout(self._seconds):
                answer = await _asked(process, pcm, words)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
            await self._end(process)
            self._run(self._replace())
            raise RecogniserBusy(f"a recogniser died or took too long ({type(error).__name__})") from error
        except asyncio.CancelledError:
            await self._end(process)
            raise
        self._free.put_nowait(process)
        return Heard(answer["text"], answer["value"], answer["confidence"])

    async def _replace(self) -> None:
        """Another process in place of one that is gone, tried until it starts."""
        while not self._closed:
            try:
                self._free.put_nowait(await self._started())
                return
            except (SpeechError, OSError):
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _started(self) -> Process:
        process = await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        self._all.add(process)
        try:
            async with asyncio.timeout(_START_SECONDS):
                wrong = str((await _answer(process)).get("error", ""))
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError):
            wrong = "the recogniser's process does not start"
        except BaseException:
            await self._end(process)
            raise
        if wrong:
            await self._end(process)
            raise SpeechError(wrong)
        return process

    async def _end(self, process: Process) -> None:
        self._all.discard(process)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    def _run(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _asked(process: Process, pcm: bytes, words: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    content = json.dumps({value: list(given) for value, given in words.items()}).encode()
    assert process.stdin
    process.stdin.write(REQUEST.pack(len(content), len(pcm)) + content + pcm)
    await process.stdin.drain()
    return await _answer(process)


async def _answer(process: Process) -> dict[str, Any]:
    assert process.stdout
    (size,) = ANSWER.unpack(await process.stdout.readexactly(ANSWER.size))
    return dict(json.loads(await process.stdout.readexactly(size)))
