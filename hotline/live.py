"""Queues and agents at this moment, as the console's first page shows them."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from asterisk_conf.render import QUEUES
from callqueue.live import view
from callqueue.live.query import Asked, ask
from callqueue.live.view import Seat, Seating
from callqueue.live.watch import Watch
from hotline.settings import Settings

LABELS = {name: label for name, _weight, label in QUEUES}
STATES = {
    Seating.UNREGISTERED: "未注册", Seating.LOGGED_OUT: "未签入", Seating.FREE: "空闲", Seating.RINGING: "振铃",
    Seating.TALKING: "通话中", Seating.HELD: "保持中", Seating.WRAP_UP: "话后整理", Seating.PAUSED: "暂停",
}


async def look(settings: Settings, manager: Asked) -> list[Seat]:
    """The agents, asked for once; whether a call is on hold is known to the service alone. Raises AMIError."""
    state = await ask(manager)
    return view.seats(state, settings.agent_numbers, time.time(), settings.wrapup_seconds)


class Live:
    """What the first page shows of queues and agents; no caller."""

    def __init__(self, settings: Settings, watch: Watch) -> None:
        self._settings = settings
        self._watch = watch

    async def now(self) -> dict[str, Any] | None:
        """Queues and agents with Chinese labels, or None while the state is not current."""
        if not self._watch.current:
            return None
        state, now = self._watch.state, time.time()
        agents = view.seats(state, self._settings.agent_numbers, now, self._settings.wrapup_seconds)
        found = {line.name: line for line in view.queues(state, now)}
        return {
            "agents": [{"number": seat.number, "state": seat.state, "label": STATES[seat.state]} for seat in agents],
            "queues": [{**asdict(found[name]), "label": label} for name, label in LABELS.items() if name in found],
        }
