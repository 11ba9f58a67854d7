"""The interface while its database is away, and when something unforeseen happens: told, logged, never half done."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from console import accounts, passwords, rest, routes
from console.rest import BASE, Rest
from console.route import Answer, Asked
from hotline.clocks import Clocks
from store.base import Base, now
from store.engine import Store
from tests.unit.tickets_support import days
from tickets.access import Action, Actor, Role
from tickets.deadlines import DEFAULT
from tickets.duties import start_catalogue
from tickets.intake import Submission, receive
from tickets.service import act, get, history
from tickets.terms import Channel, RequestType

AGENT, OFFICE = Actor("agent", Role.AGENT), Actor("office", Role.COUNTY_ADMIN)
Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def serving(store: Store, folder: Path) -> AsyncIterator[Client]:
    made = Rest(store, folder, DEFAULT)
    application = web.Application()
    application.add_subapp(BASE, made.application())
    async with TestClient(TestServer(application)) as client:
        yield client
    made.close()


def token(store: Store) -> dict[str, str]:
    """The header of a new agent."""
    with store.begin() as session:
        accounts.add(session, "agent", [Role.AGENT], passwords.generated())
        return {"Authorization": f"Bearer {accounts.new_token(session, 'agent', 'tests', 1)[0]}"}


def run(store: Store, folder: Path, talk: Callable[[Client], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        async with serving(store, folder) as client:
            return await talk(client)

    return asyncio.run(whole())


@pytest.fixture
def file_store(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path / 'hotline.db'}")
    Base.metadata.create_all(store.engine)
    return store


async def problem(response: ClientResponse, status: int) -> dict[str, Any]:
    assert response.status == status and response.content_type == "application/problem+json"
    body: dict[str, Any] = await response.json(content_type=None)
    return body


def test_a_locked_database_is_503_and_nothing_is_made(file_store: Store, tmp_path: Path) -> None:
    """Also a read: nothing is shown that the audit log cannot record."""
    headers = token(file_store)

    async def talk(client: Client) -> None:
        with closing(sqlite3.connect(tmp_path / "hotline.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            made = await client.post(f"{BASE}/tickets", json={"subject": "停水"}, headers=headers)
            await problem(made, 503)
            assert made.headers["Retry-After"]
            await problem(await client.get(f"{BASE}/tickets", headers=headers), 503)
        page = await (await client.get(f"{BASE}/tickets", headers=headers)).json()
        assert page == {"items": [], "next": None}

    run(file_store, tmp_path, talk)
    file_store.close()


def test_a_database_that_is_gone_is_503(tmp_path: Path) -> None:
    away = Store("postgresql://nobody@127.0.0.1:1/nothing")

    async def talk(client: Client) -> None:
        answer = await client.get(f"{BASE}/tickets", headers={"Authorization": "Bearer hl_x"})
        assert "127.0.0.1" not in str(await problem(answer, 503))

    run(away, tmp_path, talk)
    away.close()


def test_what_nobody_foresaw_is_500_without_its_words(
    file_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    headers = token(file_store)

    def broken(_asked: Asked) -> Answer:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(rest, "ROUTES", tuple(replace(route, handler=broken) for route in routes.ROUTES))

    async def talk(client: Client) -> None:
        answer = await client.get(f"{BASE}/accounts/me", headers=headers)
        assert "secret" not in str(await problem(answer, 500))

    run(file_store, tmp_path, talk)
    assert "the secret of the house" in caplog.text
    file_store.close()


def test_the_clocks_sweep_and_outlive_a_database_that_is_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """R40: the service opens supervision by itself; a sweep that fails is caught up."""
    with store.begin() as session:
        start_catalogue(session)
        given = Submission(Channel.WEB, days(0), subject="停水", phone="13800000001", request_type=RequestType.HELP)
        number = receive(session, given, AGENT).number
        act(session, number, Action.ACCEPT, by=AGENT, at=days(0))
        act(session, number, Action.DISPATCH, by=OFFICE, at=days(0), unit="swj")
    clocks = Clocks(store, DEFAULT)
    with monkeypatch.context() as broken:
        broken.setattr("hotline.clocks.sweep", lambda *_a, **_k: 1 / 0)
        assert not clocks.round() and clocks.reason == "ZeroDivisionError"
    assert days(60) < now()
    assert clocks.round() and clocks.reason == ""
    with store.reading() as session:
        assert get(session, number).supervision == "tracked"
        assert {"overdue", "supervise"} <= {event["action"] for event in history(session, number)}
    assert clocks.round()
