"""The interface of missed-call tasks: nothing is dialled before the attempt is committed, and nobody else may."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from callqueue import missed
from callqueue.disposition import Disposition
from callqueue.missed import Rules
from callqueue.tables import MissedAttemptRow
from console import accounts, passwords
from console.rest import BASE, Rest
from console.route import Means
from store.engine import Store
from tests.stores import store
from tests.unit.test_missed import inbound
from tickets.access import Role
from tickets.deadlines import DEFAULT

__all__ = ["store"]
ANY_HOUR = Rules(opens=0, closes=24 * 60, expiry=timedelta(days=36500))


def header(store: Store, name: str, role: Role) -> dict[str, str]:
    with store.begin() as session:
        accounts.add(session, name, [role], passwords.generated())
        return {"Authorization": f"Bearer {accounts.new_token(session, name, 'tests', 1)[0]}"}


def test_the_life_of_a_task_over_rest(store: Store, tmp_path: Path) -> None:
    dialled: list[tuple[Mapping[str, str], str]] = []

    def dial(headers: Mapping[str, str]) -> None:
        with store.begin() as session:
            row = session.get(MissedAttemptRow, headers["ChannelId"])
            dialled.append((headers, row.agent if row else "not committed"))

    agent, auditor = header(store, "agent", Role.AGENT), header(store, "auditor", Role.AUDITOR)
    for phone in ("13800000001", "13800000002"):
        with store.begin() as session:
            missed.take(session, inbound(0, Disposition.ABANDONED_QUEUE, phone), ANY_HOUR)

    async def talk(client: TestClient[web.Request, web.Application]) -> None:
        listed = await (await client.get(f"{BASE}/missed", headers=agent)).json()
        first, second = (item["id"] for item in listed["items"])
        assert (await client.get(f"{BASE}/missed", headers=auditor)).status == 403
        given = await client.post(f"{BASE}/missed/{first}/assign", json={"agent": "8002"}, headers=agent)
        assert (await given.json())["assignee"] == "8002"
        called = await client.post(f"{BASE}/missed/{first}/call", json={"agent": "8001"}, headers=agent)
        assert (called.status, (await called.json())["made"][0]["outcome"]) == (202, "open")
        again = await client.post(f"{BASE}/missed/{first}/call", json={"agent": "8001"}, headers=agent)
        assert again.status == 409
        closed = await client.post(f"{BASE}/missed/{second}/close", json={"reason": "已答复"}, headers=agent)
        assert (await closed.json())["closed_by"] == "agent"
        assert (await client.get(f"{BASE}/missed/999999", headers=agent)).status == 404

    async def whole() -> None:
        made = Rest(store, tmp_path, DEFAULT, Means(missed=ANY_HOUR, dial=dial))
        application = web.Application()
        application.add_subapp(BASE, made.application())
        async with TestClient(TestServer(application)) as client:
            await talk(client)
        made.close()

    asyncio.run(whole())
    assert [(headers["Exten"], by) for headers, by in dialled] == [("13800000001", "8001")]
