"""The state as Asterisk tells it when it is asked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from callqueue.live.state import QUERIES, State


class Asked(Protocol):
    """Whoever can be asked for a list, as telephony.ami.Manager can."""

    async def listing(self, headers: Mapping[str, str], /) -> list[dict[str, str]]: ...


async def ask(manager: Asked) -> State:
    """The state at this moment. Raises AMIError."""
    answers: list[dict[str, str]] = []
    for action in QUERIES:
        answers += await manager.listing({"Action": action})
    return built(answers, time.time())


def built(answers: Iterable[Mapping[str, str]], at: float) -> State:
    """The state that the answers to all QUERIES tell; `at`: when they were given, epoch seconds."""
    state = State()
    for answer in answers:
        state.apply({**answer, "Timestamp": f"{at:.6f}"})
    return state
