"""The floor: what supervisors see of queues and agents, and what they do to them, for pages and REST."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from typing import Any

from callqueue import places
from callqueue.live import control, view
from callqueue.live.control import ControlError, Listening, NoSuch
from callqueue.live.watch import Watch
from hotline.live import LABELS, STATES
from hotline.settings import Settings
from hotline.standing import moment
from store.base import now
from telephony.ami import Manager

_SECONDS = 8.0  # an action takes at most; the interface's own answer ten


class Floor:
    """`look` and `do` for threads and for the loop; the actions run on the loop that `start` was called on."""

    def __init__(self, settings: Settings, manager: Manager, watch: Watch) -> None:
        self._settings = settings
        self._manager = manager
        self._watch = watch
        self.figures: dict[str, Any] = {}
        self.alerts: list[str] = []
        self._told: dict[str, Any] | None = None
        self._whole = ""
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """From now on actions can be carried out, on the running loop."""
        self._loop = asyncio.get_running_loop()

    def look(self) -> dict[str, Any]:
        """Everything at this moment as JSON values; `current` false: as it was at `since`. Raises TimeoutError."""
        return self._watch.on_loop(self._look)

    def _look(self) -> dict[str, Any]:
        watch, now = self._watch, time.time()
        state, mine = watch.state, self._settings
        seats = view.seats(state, mine.agent_numbers, now, mine.wrapup_seconds)
        lines = {line.name: line for line in view.queues(state, now)}
        phones = (*mine.agent_numbers, *mine.supervisor_numbers, "citizen")
        return {
            "current": watch.current,
            "since": moment(watch.since),
            "at": moment(now),
            "agents": [{**plain(seat), "label": STATES[seat.state]} for seat in seats],
            "queues": [{**plain(lines[name]), "label": label} for name, label in LABELS.items() if name in lines],
            "trunks": [plain(trunk) for trunk in view.trunks(state, phones)],
            "figures": self.figures,
            "alerts": self.alerts,
            "phones": list(mine.supervisor_numbers),
        }

    def tell(self, seen: dict[str, Any]) -> None:
        """From now on `whole` is this look: what pages are told after it are changes of it."""
        self._told, self._whole = seen, ""

    def whole(self) -> str:
        """What a page that has just been opened is told, made once for all that open before the next change."""
        if not self._whole:
            seen = self.look() if self._told is None else self._told
            text = json.dumps({"kind": "all", **seen}, ensure_ascii=False)
            if self._told is None:
                return text
            self._whole = text
        return self._whole

    def places(self) -> dict[str, int]:
        """Where citizens stand who keep a place in a queue, by number; 0: an agent is calling."""
        return places.positions(self._watch.state) if self._watch.current else {}

    def do(self, what: str, of: str, body: Mapping[str, Any]) -> None:
        """Carries out an action, from a thread. Raises ControlError, AMIError, TimeoutError."""
        if self._loop is None or not self._watch.current:
            raise ControlError("与 Asterisk 的连接中断，暂不能操作")
        asyncio.run_coroutine_threadsafe(self._done(what, of, body), self._loop).result(_SECONDS)

    async def _done(self, what: str, of: str, body: Mapping[str, Any]) -> None:
        await self._act(what, of, body)

    def _act(self, what: str, of: str, body: Mapping[str, Any]) -> Coroutine[Any, Any, object]:
        manager, state = self._manager, self._watch.state
        match what:
            case "hangup":
                return control.hang_up(manager, state, of)
            case "front":
                return self._then_ask(control.to_front(manager, state, of, now()))
            case "move":
                return control.to_queue(manager, state, of, body["queue"])
        if of not in self._settings.agent_numbers:
            raise NoSuch(f"没有坐席 {of}")
        match what:
            case "pause":
                return self._paused(of, body["reason"])
            case "unpause":
                return self._paused(of, "")
            case "queues":
                return control.move_agent(manager, state, of, body["queues"])
            case "logout":
                return control.log_out(manager, of, tuple(state.queues))
        if body["phone"] not in self._settings.supervisor_numbers:
            raise NoSuch(f"没有督导话机 {body['phone']}")
        return control.join(manager, state, of, body["phone"], Listening(what))

    async def _paused(self, number: str, reason: str) -> None:
        if not await control.pause(self._manager, number, reason):
            raise ControlError(f"坐席 {number} 未签入任何队列")

    async def _then_ask(self, action: Coroutine[Any, Any, None]) -> None:
        """Asterisk tells nobody of a new order in a queue: it is asked."""
        await action
        self._watch.ask_again()


def plain(value: Any) -> Any:
    """A dataclass as a dict, as dataclasses.asdict() makes it, which copies everything and takes ten times as long."""
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    names = getattr(value, "__dataclass_fields__", None)
    return {name: plain(getattr(value, name)) for name in names} if names else value
