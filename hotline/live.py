"""Queues and agents at this moment, by query over AMI; kept for two seconds, so that pages do not press Asterisk."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from asterisk_conf.render import QUEUES
from hotline import seats
from hotline.settings import Settings
from telephony.ami import AMIError, Manager

_KEPT = 2.0  # seconds
LABELS = {name: label for name, _weight, label in QUEUES}
STATES = {
    "unregistered": "未注册", "logged-out": "未签入", "free": "空闲", "ringing": "振铃", "talking": "通话中",
    "wrap-up": "话后整理", "paused": "暂停",
}


async def look(settings: Settings, manager: Manager) -> tuple[list[seats.Seat], list[seats.Queue]]:
    """Agents and queues. Raises AMIError."""
    members = await manager.listing({"Action": "QueueStatus"})
    endpoints = await manager.listing({"Action": "PJSIPShowEndpoints"})
    after_call = time.time() - settings.wrapup_seconds
    return seats.seats(settings.agent_numbers, endpoints, members, after_call), seats.queues(members)


class Live:
    """What the console's page shows of queues and agents."""

    def __init__(self, settings: Settings, manager: Manager) -> None:
        self._settings = settings
        self._manager = manager
        self._at = float("-inf")
        self._found: dict[str, Any] | None = None

    async def now(self) -> dict[str, Any] | None:
        """Queues and agents with Chinese labels, or None while Asterisk cannot be asked."""
        if time.monotonic() - self._at < _KEPT:
            return self._found
        try:
            agents, queues = await look(self._settings, self._manager)
        except AMIError:
            self._found = None
        else:
            found = {queue.name: queue for queue in queues}
            self._found = {
                "agents": [{**asdict(seat), "label": STATES[seat.state]} for seat in agents],
                "queues": [{**asdict(found[name]), "label": label} for name, label in LABELS.items() if name in found],
            }
        self._at = time.monotonic()
        return self._found
