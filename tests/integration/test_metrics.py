"""Supervisors' own tools on a running hotline: figures for Prometheus, and the account that may only read."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from telephony.ami import Manager, connect
from tests.hotline_fixture import Hotline, eventually

pytestmark = pytest.mark.asterisk


def fetched(hotline: Hotline, path: str, **headers: str) -> tuple[int, str]:
    """Status and text of an answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{hotline.settings.http_port}{path}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def names(text: str) -> set[str]:
    return {family.name for family in text_string_to_metric_families(text)}


def test_prometheus_reads_our_figures_and_asterisks(hotline: Hotline) -> None:
    def ours() -> set[str]:
        status, text = fetched(hotline, "/metrics")
        assert status == 200
        found = names(text)
        return found if "hotline_calls_24h" in found else set()

    found = eventually(ours, 40, "the figures of the day")
    assert found >= {
        "hotline_queue_waiting", "hotline_agents", "hotline_part_up", "hotline_process_resident_memory_bytes"
    }
    status, text = fetched(hotline, "/metrics/asterisk")
    assert status == 200
    assert {"asterisk_core_uptime_seconds", "asterisk_calls_count", "asterisk_endpoints_state"} <= names(text)


def test_who_comes_from_elsewhere_needs_a_token(hotline: Hotline) -> None:
    """A proxy on this machine says for whom it asks."""
    far = {"X_Forwarded_For": "192.0.2.7", "X_Forwarded_Proto": "https"}
    assert fetched(hotline, "/metrics", **far)[0] == 401
    assert fetched(hotline, "/metrics", **far, Authorization="Bearer wrong")[0] == 401
    hotline.ok("accounts", "add", "gauge", "--role", "supervisor")
    hotline.ok("accounts", "add", "seat", "--role", "agent")
    tokens = {name: hotline.json("accounts", "token", name)["token"] for name in ("gauge", "seat")}
    assert fetched(hotline, "/metrics", **far, Authorization=f"Bearer {tokens['gauge']}")[0] == 200
    assert fetched(hotline, "/metrics/asterisk", **far, Authorization=f"Bearer {tokens['seat']}")[0] == 403


def as_monitor(hotline: Hotline, work: Callable[[Manager], Coroutine[Any, Any, Any]]) -> Any:
    """What `work` gives, on a link of the account `monitor`."""

    async def run() -> Any:
        port, secret = hotline.settings.ami_port, hotline.passwords["ami_monitor"]
        async with connect("127.0.0.1", port, "monitor", secret) as manager:
            return await work(manager)

    return asyncio.run(run())


def test_the_account_for_other_panels_reads_and_changes_nothing(hotline: Hotline) -> None:
    async def work(manager: Manager) -> tuple[list[str], list[Any]]:
        listed = await manager.listing({"Action": "QueueStatus"})
        listed += await manager.listing({"Action": "CoreShowChannels"})
        refused = [
            await manager.action(action) for action in (
                {"Action": "Originate", "Channel": "PJSIP/8001", "Application": "Wait", "Data": "1"},
                {"Action": "QueueAdd", "Queue": "consult", "Interface": "PJSIP/8001"},
                {"Action": "QueuePause", "Interface": "PJSIP/8001", "Paused": "true"},
                {"Action": "Hangup", "Channel": "PJSIP/8001-00000000"},
                {"Action": "Command", "Command": "core show version"},
                {"Action": "Setvar", "Variable": "HOTLINE_X", "Value": "1"},
                {"Action": "Redirect", "Channel": "PJSIP/8001-00000000", "Exten": "1", "Context": "agents",
                 "Priority": "1"},
                {"Action": "GetConfig", "Filename": "manager.conf"}, {"Action": "DBPut", "Family": "a", "Key": "b"},
            )
        ]  # fmt: skip
        return [item["Event"] for item in listed], refused

    events, refused = as_monitor(hotline, work)
    assert "QueueParams" in events
    assert [reply.message for reply in refused] == ["Permission denied"] * len(refused)


def test_nothing_hides_what_happens_in_queues_from_other_panels(hotline: Hotline) -> None:
    async def work(manager: Manager) -> set[str]:
        heard, seen = manager.events(), set[str]()
        await asyncio.to_thread(hotline.ok, "agents", "login", "8001")
        await asyncio.to_thread(hotline.ok, "agents", "pause", "8001", "--reason", "rest")
        await asyncio.to_thread(hotline.ok, "agents", "logout", "8001")
        async with asyncio.timeout(10):
            while not {"QueueMemberAdded", "QueueMemberPause", "QueueMemberRemoved"} <= seen:
                seen.add((await heard.get())["Event"])
        return seen

    as_monitor(hotline, work)
