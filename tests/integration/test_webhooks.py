"""Webhooks: who is told of what, once each, signed, again until it is taken, and once more when asked for."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout, web
from sqlalchemy import update

import console.tables  # registers the tables
from callqueue.disposition import Disposition
from callqueue.tables import CallRow
from console import webhooks
from console.errors import BadAddress, NoSuchWebhook
from console.tables import DeliveryRow
from console.webhooks import Event
from hotline.happenings import of_alerts, of_calls
from hotline.posting import Posting
from store.base import now
from store.engine import Store

assert console.tables.WebhookRow


class Receiver:
    """Another program: notes what it is sent and answers with `statuses`, the last again and again."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[tuple[dict[str, str], str]] = []
        self.url = ""

    async def _take(self, request: web.Request) -> web.Response:
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.text()))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return web.Response(status=status, headers={"Location": self.url} if status in (301, 307) else {})

    async def __aenter__(self) -> Receiver:
        application = web.Application()
        application.router.add_post("/in", self._take)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/in"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


@pytest.fixture
def posting(store: Store) -> Iterator[Posting]:
    threads = ThreadPoolExecutor(1)
    yield Posting(store, threads)
    threads.shutdown()


def added(store: Store, url: str, *events: Event) -> dict[str, Any]:
    with store.begin() as session:
        return webhooks.add(session, url, list(events))


def logged(store: Store) -> list[dict[str, Any]]:
    with store.reading() as session:
        return webhooks.deliveries(session)[0]


def hurry(store: Store) -> None:
    """Whatever waits is due."""
    with store.begin() as session:
        session.execute(update(DeliveryRow).values(due_at=now()))


def published(store: Store, event: Event, subject: str, **data: Any) -> int:
    with store.begin() as session:
        return webhooks.publish(session, event, subject, data)


def ended_call(store: Store, call_id: str, ended: bool = True) -> None:
    at = now()
    numbers = dict.fromkeys(("wait_s", "talk_s", "hold_s", "ring_s"), 0.0)
    words = dict.fromkeys(("line", "dialled", "queue", "agent", "ticket_no", "attempt", "emergency", "callback"), "")
    lists: dict[str, Any] = {name: [] for name in ("path", "agents", "recordings", "answers")}
    with store.begin() as session:
        session.add(CallRow(
            call_id=call_id, direction="inbound", caller="13900000001", started_at=at, ended_at=at if ended else None,
            disposition=Disposition.ANSWERED, handed_over=ended, **numbers, **words, **lists,
        ))  # fmt: skip


def test_what_is_sent_is_signed_and_taken_once(store: Store, posting: Posting) -> None:
    async def run() -> None:
        async with Receiver(204) as other, ClientSession() as client:
            made = added(store, other.url, Event.ALERT)
            assert published(store, Event.ALERT, "waiting consult", words="排队人数超过 5 人") == 1
            assert published(store, Event.ALERT, "waiting consult") == 0, "the same is told once"
            assert published(store, Event.ENDED, "1.1") == 0, "only what was asked for"
            assert await posting.round(client) == 1 and await posting.round(client) == 0
            [(headers, body)] = other.got
            told = json.loads(body)
            assert (told["type"], told["data"]) == ("alert.begun", {"words": "排队人数超过 5 人"})
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
            key = base64.b64decode(made["secret"].removeprefix("whsec_"))
            right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            assert headers["webhook-signature"] == f"v1,{right}"
            assert posting.wanted == {Event.ALERT}

    asyncio.run(run())
    [row] = logged(store)
    assert (row["stage"], row["attempts"], row["status"]) == ("done", 1, 204)


def test_what_is_not_taken_is_sent_again_later_and_given_up_at_last(store: Store, posting: Posting) -> None:
    async def run() -> None:
        async with Receiver(500, 307, 503) as other, ClientSession() as client:
            added(store, other.url)
            published(store, Event.ALERT, "rate")
            waits = []
            for attempt in range(1 + len(webhooks.DELAYS)):
                assert await posting.round(client) == 1
                [row] = logged(store)
                assert row["attempts"] == attempt + 1
                if row["stage"] == "waiting":
                    waits.append(_seconds(row))
                    assert await posting.round(client) == 0, "not before it is due"
                hurry(store)
            assert [round(wait) for wait in waits] == list(webhooks.DELAYS)
            assert row["stage"] == "given-up" and len({headers["webhook-id"] for headers, _ in other.got}) == 1
            assert await posting.round(client) == 0
            other.statuses = [200]
            with store.begin() as session:
                webhooks.replay(session, row["id"])
            assert await posting.round(client) == 1
            assert logged(store)[0]["stage"] == "done"
            assert len({body for _, body in other.got}) == 1

    asyncio.run(run())


def _seconds(row: dict[str, Any]) -> float:
    return (datetime.fromisoformat(row["due_at"]) - datetime.fromisoformat(row["tried_at"])).total_seconds()


def test_a_receiver_that_is_away_or_silent_holds_up_nobody(store: Store, posting: Posting) -> None:
    async def run() -> None:
        silent = await asyncio.start_server(lambda reader, _writer: reader.read(), "127.0.0.1", 0)
        async with Receiver(200) as other, ClientSession(timeout=ClientTimeout(total=0.5)) as client:
            added(store, f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/")
            added(store, "http://127.0.0.1:9/")
            added(store, other.url)
            assert published(store, Event.ALERT, "rate") == 3
            assert await posting.round(client) == 3
            assert len(other.got) == 1
        silent.close()

    asyncio.run(run())
    assert {(row["webhook"], row["stage"], bool(row["error"])) for row in logged(store)} == {
        (1, "waiting", True), (2, "waiting", True), (3, "done", False),
    }


def test_calls_of_the_ledger_are_told_once_whatever_is_restarted(store: Store) -> None:
    ended_call(store, "before")
    added(store, "http://127.0.0.1:9/", Event.ENDED)
    ended_call(store, "one")
    ended_call(store, "goes on", ended=False)
    for _time in range(2):
        with store.begin() as session:
            webhooks.publish_ended(session, timedelta(days=1))
    [row] = logged(store)
    assert row["subject"] == "one" and row["body"]["data"]["disposition"] == "answered"


def test_two_machines_do_not_send_the_same(store: Store) -> None:
    added(store, "http://127.0.0.1:9/")
    published(store, Event.ALERT, "rate")
    with store.begin() as session:
        assert len(webhooks.due(session, 10)) == 1
    with store.begin() as session:
        assert webhooks.due(session, 10) == []


def test_addresses_that_are_none_and_what_is_not_there_are_refused(store: Store) -> None:
    for url in ("ftp://a/", "https://", "http:///x", "javascript:1", "http://a/" + "x" * 500, "http://a/\n",
                "http://a:port/", "http://[/", "http://a b/"):
        with pytest.raises(BadAddress):
            added(store, url)
    with store.begin() as session, pytest.raises(NoSuchWebhook):
        webhooks.replay(session, 1)
    with store.begin() as session, pytest.raises(NoSuchWebhook):
        webhooks.remove(session, 1)


def test_a_webhook_goes_with_its_deliveries(store: Store) -> None:
    made = added(store, "http://127.0.0.1:9/")
    published(store, Event.ALERT, "rate")
    with store.begin() as session:
        webhooks.remove(session, made["id"])
        assert webhooks.webhooks(session) == [] and webhooks.deliveries(session)[0] == []


def test_old_deliveries_are_forgotten_but_for_those_that_wait(store: Store) -> None:
    added(store, "http://127.0.0.1:9/")
    for subject in ("a", "b"):
        published(store, Event.ALERT, subject)
    with store.begin() as session:
        session.execute(update(DeliveryRow).values(created_at=now() - webhooks.KEPT - timedelta(days=1)))
        session.execute(update(DeliveryRow).where(DeliveryRow.subject == "a").values(stage="done"))
        webhooks.sweep(session)
    assert [row["subject"] for row in logged(store)] == ["b"]


def view(**more: Any) -> dict[str, Any]:
    return {"current": True, "at": "now", "queues": [], "agents": [], **more}


CALLER = {"uniqueid": "1.1", "call": "1.1", "caller": "139", "position": 1, "since": 1.0, "path": "greeting:1"}
PEER = {"number": "139", "call": "1.1", "queue": "consult", "path": "greeting:1"}


def test_what_happened_between_two_looks() -> None:
    waits = view(queues=[{"name": "consult", "callers": [CALLER]}])
    talks = view(agents=[{"number": "8001", "peers": [PEER]}], queues=[{"name": "consult", "callers": []}])
    [waiting] = of_calls(view(), waits)
    assert (waiting.event, waiting.data["queue"], waiting.data["caller"]) == (Event.WAITING, "consult", "139")
    [answered] = of_calls(waits, talks)
    assert (answered.event, answered.data["agent"], answered.data["call"]) == (Event.ANSWERED, "8001", "1.1")
    assert list(of_calls(talks, talks)) == []
    assert list(of_calls({}, waits)) == list(of_calls(view(current=False), waits)) == []
    began, over = of_alerts({"rate": "低"}, {"link": "断"}, "t")
    assert (began.event, began.data["alert"], over.event, over.data["alert"]) == (
        Event.ALERT, "link", Event.ALERT_OVER, "rate",
    )
