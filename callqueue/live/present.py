"""Has Asterisk find out, as soon as it has started, which telephones are there.

It knows from before where each has registered, but takes it for away until its turn to be asked has come, within half a
minute: callers would meet queues without agents.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Protocol

from callqueue.live.control import Actor
from telephony.ami import AMIError

log = logging.getLogger(__name__)
BOOTED = "FullyBooted"  # told at each login, and at the end of a start during which somebody logged in


class Link(Actor, Protocol):
    """What is used of telephony.ami.Manager."""

    def events(self, *names: str) -> AsyncIterable[Mapping[str, str]]: ...


async def ask_telephones(manager: Link, numbers: Iterable[str]) -> None:
    """Returns when the manager is closed."""
    asked = tuple(numbers)
    async for event in manager.events(BOOTED):
        if event["Event"] != BOOTED:
            continue
        try:
            for number in asked:
                await manager.action({"Action": "PJSIPQualify", "Endpoint": number})
        except AMIError as error:
            log.warning("which telephones are there could not be asked: %s", type(error).__name__)
