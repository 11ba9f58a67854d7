"""What a session's task waits on for a reply: one future for the whole session, which wakes the task at once.

It saves every command a future of its own and a turn of the event loop to wake the task. The interface is that of
futures, which a task knows by `_asyncio_future_blocking`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Turn(Generic[T]):
    """Ours to wait while `waiting`, until something arrives or goes wrong; then it can be begun again.

    `arrive` and `fail` run the task until it waits again: call them from the event loop, never inside a task.
    """

    __slots__ = ("_asyncio_future_blocking", "_callback", "_context", "_error", "_loop", "_value", "waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asyncio_future_blocking = False
        self._loop = loop
        self._callback: Callable[[Turn[T]], object] | None = None
        self._context: Context | None = None
        self._value: T | None = None
        self._error: BaseException | None = None
        self.waiting = False

    def begin(self) -> Turn[T]:
        """Itself, to be awaited by one task."""
        self._value = self._error = None
        self.waiting = True
        return self

    def arrive(self, value: T) -> None:
        """Ends the wait with what was waited for."""
        self._value = value
        self._end()

    def fail(self, error: BaseException) -> None:
        """Ends the wait with an error."""
        self._error = error
        self._end()

    def _end(self) -> None:
        self.waiting = False
        callback, self._callback = self._callback, None
        if callback and self._context is not None:  # an empty context is false
            self._context.run(callback, self)

    def __await__(self) -> Generator[Turn[T], None, T]:
        if self.waiting:
            self._asyncio_future_blocking = True
            yield self
        return self.result()

    def result(self) -> T:
        """What arrived. Raises what went wrong."""
        if self._error:
            error, self._error = self._error, None  # kept, it would hold the session in a circle
            raise error
        return self._value  # type: ignore[return-value]

    def add_done_callback(self, callback: Callable[[Turn[T]], object], *, context: Context) -> None:
        """How a task says that it waits."""
        self._callback = callback
        self._context = context

    def cancel(self, msg: Any = None) -> bool:
        """How a task that waits is cancelled: it learns of it in the loop's next turn."""
        if not self.waiting:
            return False
        self.waiting = False
        self._error = asyncio.CancelledError() if msg is None else asyncio.CancelledError(msg)
        self._loop.call_soon(self._end)
        return True

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop of the task that may wait."""
        return self._loop
