"""The page behind the one-time link (R36): a plain form in Chinese, used once, slow to be guessed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import update

from callback_survey import attempts
from callback_survey.deciding import Stage
from callback_survey.links import _hash
from callback_survey.schedule_tables import CallbackRow
from hotline.asking import _MOST, Asking
from store.base import now
from store.engine import Store
from tests.reviewed import reviewed
from tickets.deadlines import DEFAULT
from tickets.records import load
from tickets.terms import State

GIVEN = {"contacted": "yes", "solved": "yes", "truthful": "yes", "satisfied": "2"}


def invited(store: Store) -> tuple[str, str]:
    ticket, secret = reviewed(store, "13900000001"), secrets.token_urlsafe(32)
    with store.begin() as session:
        session.execute(
            update(CallbackRow).values(stage=Stage.SMS.value, token=_hash(secret), due_at=now() + timedelta(days=1))
        )
    return ticket, f"/survey/{secret}"


def visit(store: Store, doing: Callable[[TestClient], Awaitable[None]]) -> None:
    async def main() -> None:
        application = web.Application()
        asking = Asking(store, DEFAULT)
        asking.add_to(application)
        async with TestClient(TestServer(application)) as client:
            await doing(client)
        asking.close()

    asyncio.run(main())


def test_the_form_asks_each_question_and_works_once(store: Store) -> None:
    ticket, link = invited(store)

    async def doing(client: TestClient) -> None:
        page = await (await client.get(link)).text()
        assert page.count("<fieldset>") == 4 and "非常不满意" in page and "<script" not in page
        unfinished = await client.post(link, data={"satisfied": "1"})
        assert unfinished.status == 404 and "每一个问题" in await unfinished.text()
        taken = await client.post(link, data=GIVEN)
        assert taken.status == 200 and "感谢" in await taken.text()
        assert (await client.post(link, data=GIVEN)).status == 404
        assert (await client.get(link)).status == 404

    visit(store, doing)
    with store.begin() as session:
        found = load(session, ticket)
    assert (found.state, found.satisfied) == (State.CLOSED, 2)


def test_r37_why_somebody_is_not_satisfied_may_be_written(store: Store) -> None:
    ticket, link = invited(store)

    async def doing(client: TestClient) -> None:
        page = await (await client.get(link)).text()
        assert "不满意的原因（可不填）" in page and 'maxlength="500"' in page
        given = GIVEN | {"solved": "no", "satisfied": "4", "reason": " 路灯\x00只修了一盏\r\n" + "晚" * 600}
        assert (await client.post(link, data=given)).status == 200

    visit(store, doing)
    with store.begin() as session:
        web_answers = attempts.shown(session, ticket)["web"]
        found = load(session, ticket)
    [why] = [one for one in web_answers if one["question"] == "reason"]
    assert (why["by"], why["value"]) == ("web", "")
    assert why["heard"].startswith("路灯只修了一盏\n晚") and len(why["heard"]) == 500
    assert found.state != State.CLOSED and len(web_answers) == 5


def test_a_secret_nobody_has_is_told_nothing_and_guessing_is_slow(store: Store) -> None:
    async def doing(client: TestClient) -> None:
        answers = [(await client.get(f"/survey/{secrets.token_urlsafe(32)}")).status for _ in range(_MOST + 1)]
        assert answers == [404] * _MOST + [429]

    visit(store, doing)


def test_a_form_too_large_is_refused(store: Store) -> None:
    _, link = invited(store)

    async def doing(client: TestClient) -> None:
        assert (await client.post(link, data={"satisfied": "1" * 20_000})).status == 413

    visit(store, doing)
