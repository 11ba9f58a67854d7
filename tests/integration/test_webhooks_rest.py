"""Webhooks over REST, on each database: who may, what is answered, and that the running service delivers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from console import webhooks
from console.webhooks import Event
from store.engine import Store
from tests.hotline_fixture import eventually
from tests.rest_fixture import County, county, problem

__all__ = ["county"]
pytestmark = pytest.mark.asterisk


@pytest.fixture
def address() -> Iterator[tuple[str, list[str]]]:
    """An address that takes everything, and the ids of what it took."""
    taken: list[str] = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.headers["webhook-id"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Take)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/in", taken
    server.shutdown()
    server.server_close()


def test_an_admin_adds_one_sees_deliveries_and_has_them_made_again(
    county: County, address: tuple[str, list[str]]
) -> None:
    url, taken = address
    admin = county["admin"]
    made = admin.post("/webhooks", {"url": url, "events": ["alert.begun"]})
    assert made.status == 201 and made.body["secret"].startswith("whsec_")
    [listed] = admin.get("/webhooks").body["items"]
    assert listed["url"] == url and "secret" not in listed
    store = Store(county.hotline.settings.database)
    with store.begin() as session:
        assert webhooks.publish(session, Event.ALERT, "rate", {"words": "低"}) == 1
    store.close()
    eventually(lambda: len(taken) == 1, 15, "delivered")
    [row] = eventually(lambda: admin.get("/webhooks/deliveries?stage=done").body["items"], 10, "settled")
    assert (row["status"], row["attempts"], row["body"]["data"]) == (200, 1, {"words": "低"})
    assert admin.post(f"/webhooks/deliveries/{row['id']}/replay").status == 200
    eventually(lambda: len(taken) == 2, 15, "delivered once more")
    assert len(set(taken)) == 1
    assert admin.post(f"/webhooks/{listed['id']}/remove").status == 200
    assert admin.get("/webhooks").body["items"] == []


def test_what_is_wrong_or_not_allowed_is_refused(county: County) -> None:
    admin = county["admin"]
    problem(admin.post("/webhooks", {"url": "javascript:alert(1)"}), 422)
    problem(admin.post("/webhooks", {"url": "http://a/", "events": ["weather"]}), 400)
    problem(admin.post("/webhooks/deliveries/999/replay"), 404)
    problem(admin.post("/webhooks/999/remove"), 404)
    for who in ("boss", "office", "agent"):
        problem(county[who].get("/webhooks"), 403)
