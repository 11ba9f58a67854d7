"""The one future of an AGI session: woken at once, used again, cancelled like any other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar

import pytest
import uvloop

from telephony.turn import Turn

LOOPS = (asyncio.new_event_loop, uvloop.new_event_loop)
who: ContextVar[str] = ContextVar("who", default="nobody")


Run = Callable[[Coroutine[object, object, None]], None]


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Run:
    def on_loop(scenario: Coroutine[object, object, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(scenario)

    return on_loop


async def outside(action: Callable[[], object]) -> None:
    """Runs the action as the event loop would, in no task."""
    done = asyncio.Event()
    asyncio.get_running_loop().call_soon(lambda: (action(), done.set()))
    await done.wait()


def test_what_arrives_is_there_at_once_in_the_tasks_own_context(run: Run) -> None:
    async def scenario() -> None:
        turn: Turn[int] = Turn(asyncio.get_running_loop())
        seen: list[tuple[int, str]] = []

        async def session() -> None:
            who.set("session")
            for _ in range(3):
                seen.append((await turn.begin(), who.get()))

        task = asyncio.create_task(session())
        await asyncio.sleep(0)
        counted: list[int] = []

        def arrives() -> None:
            turn.arrive(len(seen))
            counted.append(len(seen))  # before the loop turns

        for _ in range(3):
            await outside(arrives)
        await task
        assert counted == [1, 2, 3]
        assert seen == [(0, "session"), (1, "session"), (2, "session")]
        assert who.get() == "nobody"

    run(scenario())


def test_an_error_is_raised_once_and_the_next_turn_is_clean(run: Run) -> None:
    async def scenario() -> None:
        turn: Turn[str] = Turn(asyncio.get_running_loop())

        async def session() -> str:
            with pytest.raises(ValueError, match="spoilt"):
                await turn.begin()
            return await turn.begin()

        task = asyncio.create_task(session())
        await asyncio.sleep(0)
        await outside(lambda: turn.fail(ValueError("spoilt")))
        await outside(lambda: turn.arrive("well"))
        assert await task == "well"

    run(scenario())


def test_a_cancelled_wait_ends_and_a_late_arrival_changes_nothing(run: Run) -> None:
    async def scenario() -> None:
        turn: Turn[str] = Turn(asyncio.get_running_loop())

        async def session() -> str:
            return await turn.begin()

        task = asyncio.create_task(session())
        await asyncio.sleep(0)
        task.cancel("enough")
        assert not turn.waiting
        with pytest.raises(asyncio.CancelledError, match="enough"):
            await task
        assert not turn.cancel()

    run(scenario())


def test_what_came_before_anybody_waited_is_kept(run: Run) -> None:
    async def scenario() -> None:
        turn: Turn[str] = Turn(asyncio.get_running_loop())
        begun = turn.begin()
        turn.arrive("early")
        assert await begun == "early"

    run(scenario())
