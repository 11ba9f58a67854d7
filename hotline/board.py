"""Tells the supervisors' pages what changes: one look at the state for all of them, and alerts; tells webhooks, too."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from callqueue.live.figures import figures
from callqueue.live.watch import Watch
from console import audit, webhooks
from console.push import Hub, Message
from console.supervisor import TOPIC
from hotline.floor import Floor
from hotline.happenings import Happening, of_alerts, of_calls
from hotline.posting import Posting
from hotline.settings import Settings
from store.base import now
from store.engine import Store
from tickets.access import SYSTEM

log = logging.getLogger(__name__)
_TOGETHER = 0.2  # seconds of changes told at once
_IDLE = 1.0  # seconds after which it is looked again without a change: what the clock changes
_FIGURES = 20.0  # seconds between two readings of the ledger
_KEYS = (("agents", "number"), ("queues", "name"), ("trunks", "name"))
View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Beyond these supervisors are alerted: callers waiting in a queue, seconds one has waited, percent answered."""

    waiting: int
    seconds: int
    rate: int


def thresholds(settings: Settings) -> Thresholds:
    """Those of the settings."""
    return Thresholds(settings.alert_waiting, settings.alert_seconds, settings.alert_rate)


def alerts(seen: View, known: View, limits: Thresholds) -> dict[str, str]:
    """What is beyond a threshold: a lasting name of each alert, and its words."""
    found = {}
    for queue in seen["queues"]:
        if queue["waiting"] > limits.waiting:
            found[f"waiting {queue['name']}"] = f"{queue['label']}队列排队人数超过 {limits.waiting} 人"
        if queue["longest"] > limits.seconds:
            found[f"longest {queue['name']}"] = f"{queue['label']}队列有来电等待超过 {limits.seconds} 秒"
    if known.get("offered") and known["rate"] < limits.rate:
        found["rate"] = f"24 小时接通率低于 {limits.rate}%"
    if not seen["current"]:
        found["link"] = "与 Asterisk 的连接中断，数据不是最新"
    return found


def changes(before: View, seen: View) -> dict[str, Any]:
    """What of the view differs: whole rows, by kind."""
    told: dict[str, Any] = {}
    for kind, key in _KEYS:
        old = {row[key]: row for row in before.get(kind, ())}
        rows = [row for row in seen[kind] if old.get(row[key]) != row]
        if rows:
            told[kind] = rows
    return told


class Board:
    """`run` publishes to the hub while the service runs."""

    def __init__(
        self, floor: Floor, watch: Watch, hub: Hub, store: Store, threads: ThreadPoolExecutor, limits: Thresholds,
        posting: Posting,
    ) -> None:
        self._floor, self._watch, self._hub, self._store = floor, watch, hub, store
        self._threads, self._limits, self._posting = threads, limits, posting
        self._before: View = {}
        self._alerts: dict[str, str] = {}
        self._figures_at = float("-inf")

    async def run(self) -> None:
        """Never returns."""
        while True:
            await self._watch.changed(_IDLE)
            await asyncio.sleep(_TOGETHER)
            if time.monotonic() - self._figures_at > _FIGURES:
                await self._count()
            await self.tell()

    async def tell(self) -> None:
        """Publishes what has changed since it was told last."""
        seen = self._floor.look()
        told = changes(self._before, seen)
        found = alerts(seen, seen["figures"], self._limits)
        new = {name: words for name, words in found.items() if name not in self._alerts}
        happened = [*of_alerts(self._alerts, found, seen["at"]), *of_calls(self._before, seen)]
        wanted = [one for one in happened if one.event in self._posting.wanted]
        if found != self._alerts:
            seen["alerts"] = told["alerts"] = self._floor.alerts = list(found.values())
        if seen["figures"] != self._before.get("figures"):
            told["figures"] = seen["figures"]
        if told or seen["current"] != self._before.get("current"):
            state = {name: seen[name] for name in ("current", "since", "at")}
            text = json.dumps({"kind": "some", **state, **told}, ensure_ascii=False)
            self._hub.publish(TOPIC, Message(TOPIC, text))
        self._before, self._alerts = seen, found
        self._floor.tell(seen)
        if new or wanted:
            await self._work(lambda: self._on_record(new, wanted))

    async def _count(self) -> None:
        self._figures_at = time.monotonic()

        def work() -> None:
            with self._store.reading() as session:
                self._floor.figures = figures(session, now())

        await self._work(work)

    def _on_record(self, new: Mapping[str, str], wanted: list[Happening]) -> None:
        with self._store.begin() as session:
            for one in wanted:
                webhooks.publish(session, one.event, one.subject, one.data)
            for name, words in new.items():
                audit.write(session, audit.Entry(SYSTEM, "alert", detail={"alert": name, "words": words}))

    async def _work(self, work: Any) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except SQLAlchemyError as error:  # the heartbeat tells of the database
            log.warning("the supervisors' figures could not be read or written: %s", type(error).__name__)
