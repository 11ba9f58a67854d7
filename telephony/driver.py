"""What every driver of a call shares: replies that mean a hang-up, the dead-man's timer, the flow's end."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from telephony.agi import AGIDead, AGIError, Reply, command, parse_reply
from telephony.call import Call, CallerHungUp, Danger, Driver, Next, Outcome

if TYPE_CHECKING:
    Flow = Callable[[Call], Awaitable[Outcome]]

T = TypeVar("T")

GRACE = 3.0  # seconds a command may take over its longest time before Asterisk takes the call back


def settled(text: str) -> Reply:
    """The reply in `text`. Raises CallerHungUp when the channel is gone, AGIInvalid, AGIUsage."""
    try:
        reply = parse_reply(text)
    except AGIDead:
        raise CallerHungUp from None
    if reply.dead:
        raise CallerHungUp
    return reply


class FlowWaits(AGIError):
    """The flow awaited something other than its call."""


class DeadMan:
    """A driver that keeps Asterisk's absolute timeout ahead of every command (docs/design.md, guard 2).

    While the timeout already set covers a command no line is spent. Call.settle() disarms it.
    """

    __slots__ = ("_clock", "_deadline", "_send")

    def __init__(self, send: Driver, clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._clock = clock
        self._deadline = 0.0

    def __call__(self, line: str, blocks: float = 0.0) -> Awaitable[Reply]:
        if self._deadline < self._clock() + blocks + GRACE / 2:
            return self._armed(line, blocks)
        return self._send(line, blocks)

    async def _armed(self, line: str, blocks: float) -> Reply:
        now, seconds = self._clock(), math.ceil(blocks + GRACE)
        await self._send(command("SET AUTOHANGUP", seconds))
        self._deadline = now + seconds
        return await self._send(line, blocks)


async def run_flow(call: Call, flow: Flow) -> Outcome | None:
    """The flow's outcome, set on the channel; None when the caller hung up.

    The danger key becomes Next.DANGER. Any other exception is logged with the call's id and raised again: the
    driver closes the session with HOTLINE_NEXT unset, which takes the caller to the fallback.
    """
    try:
        try:
            outcome = await flow(call)
        except Danger:
            outcome = Outcome(Next.DANGER)
        await call.settle(outcome)
    except CallerHungUp:
        return None
    except Exception as error:
        _log_failure(call, error)
        raise
    return outcome


def _log_failure(call: Call, error: Exception) -> None:
    import logging  # a tenth of a classic script's time, and only a failure needs it

    trace = None if isinstance(error, AGIError) else error  # what Asterisk answered is told without a traceback
    log = logging.getLogger(__name__)
    log.error("flow failed: %r", error, exc_info=trace, extra={"call_id": call.facts.call_id})


def run(flow: Coroutine[Any, Any, T]) -> T:
    """What a flow returns, without an event loop. Raises FlowWaits when it awaits anything but its call."""
    try:
        flow.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    flow.close()
    raise FlowWaits("the flow waits for something outside its call")
