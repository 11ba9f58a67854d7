"""Figures for Prometheus: our own at /metrics; at /metrics/asterisk Asterisk's, which itself listens locally only.

Read from this machine, or with the token of an account that may see the floor. No figure names a citizen.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from callqueue.live.view import Seating
from console import credentials, origin
from console.errors import ConsoleError
from store.engine import Store
from tickets.access import Action

_PATIENCE = ClientTimeout(total=5)  # seconds for Asterisk's answer
_LINE = (  # of a queue: its key in the view, the name of the figure, what it is
    ("waiting", "waiting", "callers waiting"), ("longest", "longest_wait_seconds", "how long the longest has waited"),
    ("members", "members", "agents logged in"), ("free", "free", "agents who can take the next call"),
)
_COUNTED = (  # counters: part, its key, what it counts
    ("agi", "served", "FastAGI sessions served"), ("agi", "refused", "FastAGI sessions refused"),
    ("ami", "logins", "log-ins to AMI"), ("live", "events", "AMI events that changed the live state"),
    ("live", "queries", "times the live state was built by query"),
)
View = Mapping[str, Any]


class Figures(Collector):
    """The view of the floor, and how the parts stand, as metrics."""

    def __init__(self, look: Callable[[], View], standing: Callable[[], View]) -> None:
        self._look, self._standing = look, standing

    def collect(self) -> Iterator[Metric]:
        yield from _parts(self._standing()["parts"])
        seen = self._look()
        yield GaugeMetricFamily("hotline_live_current", "Whether the live state is current", value=seen["current"])
        yield from _floor(seen)
        yield from _day(seen["figures"])


def _parts(parts: Mapping[str, View]) -> Iterator[Metric]:
    up = GaugeMetricFamily("hotline_part_up", "Whether a part of the service works", labels=["part"])
    for name, part in parts.items():
        up.add_metric([name], part["state"] == "up")
    yield up
    if "agi" in parts:
        yield GaugeMetricFamily("hotline_agi_sessions", "FastAGI sessions now", value=parts["agi"]["sessions"])
    for name, key, what in _COUNTED:
        if name in parts:
            yield CounterMetricFamily(f"hotline_{name}_{key}", what, value=parts[name][key])


def _floor(seen: View) -> Iterator[Metric]:
    for key, name, what in _LINE:
        family = GaugeMetricFamily(f"hotline_queue_{name}", f"By queue: {what}", labels=["queue"])
        for queue in seen["queues"]:
            family.add_metric([queue["name"]], queue[key])
        yield family
    agents = GaugeMetricFamily("hotline_agents", "Agents by what they are doing", labels=["state"])
    found = Counter(str(agent["state"]) for agent in seen["agents"])
    for state in Seating:
        agents.add_metric([state.value], found[state.value])
    yield agents
    trunks = GaugeMetricFamily("hotline_trunk_channels", "Channels of a trunk", labels=["trunk"])
    for trunk in seen["trunks"]:
        trunks.add_metric([trunk["name"]], trunk["channels"])
    yield trunks
    yield GaugeMetricFamily("hotline_alerts", "Thresholds that are exceeded", value=len(seen["alerts"]))


def _day(figures: View) -> Iterator[Metric]:
    """Of the last 24 hours; nothing before the ledger was read once."""
    if not figures:
        return
    calls = GaugeMetricFamily("hotline_calls_24h", "Inbound calls that asked for a person", labels=["outcome"])
    for outcome in ("offered", "answered", "in_time", "abandoned"):
        calls.add_metric([outcome], figures[outcome])
    yield calls
    if figures["offered"]:
        share = figures["answered"] / figures["offered"]
        yield GaugeMetricFamily("hotline_connection_rate_24h", "Of them answered, 0 to 1 (GB/T 33358)", value=share)


class Metrics:
    """The two routes."""

    def __init__(
        self, figures: Figures, store: Store, threads: ThreadPoolExecutor, asterisk: str
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(figures)
        ProcessCollector(namespace="hotline", registry=self._registry)
        self._store, self._threads, self._asterisk = store, threads, asterisk

    def add_to(self, application: web.Application) -> None:
        application.router.add_get("/metrics", self._ours)
        application.router.add_get("/metrics/asterisk", self._theirs)

    async def _ours(self, request: web.Request) -> web.Response:
        await self._allowed(request)
        text = generate_latest(self._registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _theirs(self, request: web.Request) -> web.Response:
        await self._allowed(request)
        try:
            async with ClientSession(timeout=_PATIENCE) as client, client.get(self._asterisk) as answer:
                text = await answer.read()
        except (ClientError, TimeoutError):
            raise web.HTTPBadGateway(text="Asterisk does not answer\n") from None
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST}, status=answer.status)

    async def _allowed(self, request: web.Request) -> None:
        """Raises HTTPUnauthorized, HTTPForbidden."""
        come = origin.of(request)
        if come.here and "Authorization" not in request.headers:
            return
        if not come.private:
            raise web.HTTPForbidden(text="a token travels over TLS alone\n")
        try:
            given = credentials.read(request.headers.get("Authorization"))
            work = asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: credentials.recognise(self._store, given)
            )
            account = await work if given.token else None
        except (ConsoleError, SQLAlchemyError):
            account = None
        if account is None:
            raise web.HTTPUnauthorized(text="a token is needed\n", headers={"WWW-Authenticate": "Bearer"})
        if account.acting(Action.FLOOR_READ) is None:
            raise web.HTTPForbidden(text="this account may not see the floor\n")
