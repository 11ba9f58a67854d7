"""Callbacks by people and the office's sample over REST (R34, R37, R39): who may, what is dialled, what follows."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import update

from callback_survey import sampling
from callback_survey.schedule_tables import CallbackRow
from callqueue.missed import Rules
from console import accounts, passwords
from console.rest import BASE, Rest
from console.route import Means
from store.base import now
from store.engine import Store
from tests.reviewed import reviewed
from tests.stores import store
from tickets.access import Action, Actor, Role
from tickets.deadlines import DEFAULT
from tickets.duties import start_catalogue
from tickets.records import TICKETS
from tickets.service import act, get
from tickets.tables import TicketUnitRow
from tickets.terms import Part, State

__all__ = ["store"]

ANY_HOUR = Rules(opens=0, closes=24 * 60)
GOOD = {"contacted": "yes", "solved": "yes", "truthful": "yes", "satisfied": "2"}
Client = TestClient[web.Request, web.Application]
_PHONES = (str(13900030000 + number) for number in itertools.count())


@pytest.fixture
def county(store: Store) -> Iterator[Store]:
    """A county whose citizens wait for a person; three of the water bureau's."""
    with store.begin() as session:
        start_catalogue(session)
    yield store


def of_water(store: Store, why: str = "unreached") -> str:
    number = reviewed(store, next(_PHONES))
    with store.begin() as session:
        session.execute(update(TICKETS).where(TICKETS.c.number == number).values(lead_unit="swj"))
        session.add(TicketUnitRow(number=number, unit="swj", part=Part.LEAD))
        waits = update(CallbackRow).where(CallbackRow.ticket == number)
        session.execute(waits.values(stage="people", why=why, due_at=now() - timedelta(hours=1)))
    return number


def header(store: Store, name: str, role: Role, unit: str = "") -> dict[str, str]:
    with store.begin() as session:
        accounts.add(session, name, [role], passwords.generated(), unit)
        return {"Authorization": f"Bearer {accounts.new_token(session, name, 'tests', 1)[0]}"}


def talk(store: Store, folder: Path, said: Callable[[Client], Awaitable[None]]) -> list[Mapping[str, str]]:
    """What was dialled."""
    dialled: list[Mapping[str, str]] = []

    async def whole() -> None:
        rest = Rest(store, folder, DEFAULT, Means(missed=ANY_HOUR, dial=dialled.append))
        application = web.Application()
        application.add_subapp(BASE, rest.application())
        async with TestClient(TestServer(application)) as client:
            await said(client)
        rest.close()

    asyncio.run(whole())
    return dialled


async def json_of(client: Client, path: str, headers: Mapping[str, str], status: int = 200, body: Any = None) -> Any:
    ask = client.get(BASE + path, headers=headers) if body is None else client.post(
        BASE + path, json=body, headers=headers)  # fmt: skip
    async with ask as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


def test_r37_who_waits_is_listed_called_and_told(county: Store, tmp_path: Path) -> None:
    numbers = [of_water(county), of_water(county, "wrong-person"), of_water(county)]
    office, admin = header(county, "office", Role.COUNTY_ADMIN), header(county, "admin", Role.ADMIN)
    liaison = header(county, "liaison", Role.UNIT_LIAISON, "swj")

    async def said(client: Client) -> None:
        listed = await json_of(client, "/people?size=2", office)
        rest = await json_of(client, f"/people?size=2&after={listed['next']}", office)
        assert [one["number"] for one in (*listed["items"], *rest["items"])] == numbers and rest["next"] is None
        newest = await json_of(client, "/people?sort=newest&why=unreached", office)
        assert [one["number"] for one in newest["items"]] == [numbers[2], numbers[0]]
        assert (await json_of(client, "/people", liaison))["items"] == []  # nobody has answered the hotline yet
        await json_of(client, "/people?unit=gaj", liaison, 403)
        await json_of(client, "/people", admin, 403)
        path = f"/people/{numbers[0]}"
        assert (await json_of(client, path, office))["why"] == "unreached"
        await json_of(client, f"{path}/call", liaison, 403, {"agent": "8001"})
        await json_of(client, f"{path}/call", office, 202, {"agent": "8001"})
        await json_of(client, f"{path}/record", office, 422, {"means": "person", "result": "reached"})
        told = {"means": "person", "result": "reached", "answers": GOOD}
        assert await json_of(client, f"{path}/record", office, 200, told) == {"over": True}
        await json_of(client, path, office, 404)
        vain = {"means": "visit", "result": "no-answer", "place": "城关路"}
        assert await json_of(client, f"/people/{numbers[2]}/record", office, 200, vain) == {"over": False}
        (tried,) = (await json_of(client, f"/people/{numbers[2]}", office))["tries"]
        assert (tried["means"], tried["place"], tried["result"]) == ("visit", "城关路", "no-answer")

    dialled = talk(county, tmp_path, said)
    assert [one["Channel"] for one in dialled] == ["PJSIP/8001"]
    with county.reading() as session:
        ticket = get(session, numbers[0])
    assert (ticket.state, ticket.satisfied) == (State.CLOSED, 2)


def test_r34_the_sample_is_asked_and_compared(county: Store, tmp_path: Path) -> None:
    numbers = [of_water(county), of_water(county)]
    with county.begin() as session:
        for number in numbers:
            session.execute(update(TICKETS).where(TICKETS.c.number == number).values(state=State.SIGNED))
            act(session, number, Action.CONTACT, by=Actor("handler", Role.UNIT_HANDLER, "swj"))
        assert sampling.draw(session, now().date(), 100, now()) == 2
    boss, liaison = header(county, "boss", Role.SUPERVISOR), header(county, "liaison", Role.UNIT_LIAISON, "swj")

    async def said(client: Client) -> None:
        listed = await json_of(client, "/checks?size=1&kind=contact&unit=swj", boss)
        rest = await json_of(client, f"/checks?size=1&after={listed['next']}", boss)
        first, second = (*listed["items"], *rest["items"])
        assert {first["ticket"], second["ticket"]} == set(numbers) and rest["next"] is None
        newest = await json_of(client, "/checks?newest=true", boss)
        assert [one["id"] for one in newest["items"]] == [second["id"], first["id"]]
        for path in ("/checks", f"/checks/{first['id']}"):
            await json_of(client, path, liaison, 403)
        path = f"/checks/{first['id']}"
        assert (await json_of(client, path, boss))["asks"] == ["contacted"]
        await json_of(client, f"{path}/call", boss, 202, {"agent": "8002"})
        await json_of(client, path, boss, 422, {"told": {"satisfied": "1"}})
        assert (await json_of(client, path, boss, 200, {"told": {"contacted": "no"}}))["differs"] is True
        await json_of(client, f"{path}/call", boss, 409, {"agent": "8002"})
        assert (await json_of(client, f"/checks/{second['id']}", boss, 200, {}))["tries"] == 1
        for query, found in (("done=true", [first["id"]]), ("done=true&differs=false", []), ("unit=gaj", []),
                             ("done=true&differs=true", [first["id"]])):  # fmt: skip
            assert [one["id"] for one in (await json_of(client, f"/checks?{query}", boss))["items"]] == found
        await json_of(client, "/checks/999999", boss, 404)

    dialled = talk(county, tmp_path, said)
    assert [one["Channel"] for one in dialled] == ["PJSIP/8002"]
