"""A running hotline with accounts of every kind, on each database, and a small client of its REST interface."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from console import accounts, passwords
from store.engine import Store
from tests.hotline_fixture import Hotline
from tests.stores import dialects
from tickets.access import Role
from tickets.duties import start_catalogue

# Name, roles, unit.
PEOPLE = (
    ("agent", ("agent",), ""), ("office", ("county_admin",), ""), ("water", ("unit_handler",), "swj"),
    ("town", ("unit_liaison",), "town01"), ("boss", ("supervisor",), ""), ("auditor", ("auditor",), ""),
    ("admin", ("admin",), ""),
    ("everybody", ("agent", "county_admin", "unit_handler", "supervisor", "auditor", "admin"), "swj"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the interface."""

    status: int
    headers: Message
    data: bytes

    @property
    def body(self) -> Any:
        """The JSON value."""
        return json.loads(self.data)


@dataclass(frozen=True, slots=True)
class Client:
    """One account's way to the interface; `authorization` is the header's value, "" for none."""

    base: str
    authorization: str

    def send(
        self, method: str, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """What was answered, also when it is an error."""
        request = urllib.request.Request(self.base + path, data, headers or {}, method=method)
        if self.authorization:
            request.add_header("Authorization", self.authorization)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.headers, error.read())

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        """POSTs JSON; headers as if_match, idempotency_key."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("POST", path, json.dumps(body or {}).encode(), {"Content-Type": "application/json", **named})


class County:
    """The running hotline and its people, each by token."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline = hotline
        self.base = f"http://127.0.0.1:{hotline.settings.http_port}/api/v1"
        self.passwords: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        store = Store(hotline.settings.database)
        with store.begin() as session:
            start_catalogue(session)
            for name, roles, unit in PEOPLE:
                self.passwords[name] = passwords.generated()
                accounts.add(session, name, [Role(role) for role in roles], self.passwords[name], unit)
                self.tokens[name] = accounts.new_token(session, name, "tests", 1)[0]
        store.close()

    def __getitem__(self, name: str) -> Client:
        """The client of an account, "" for nobody."""
        return Client(self.base, f"Bearer {self.tokens[name]}" if name else "")

    def draft(self, **fields: Any) -> str:
        """The number of a new ticket."""
        given = {"subject": "自来水停水", "body": "城关路停水三天", "request_type": "help", "matter": "0301"}
        made = self["agent"].post("/tickets", given | {"phone": "13800000001"} | fields)
        assert made.status == 201, made.data
        return str(made.body["ticket"]["number"])

    def do(self, who: str, number: str, action: str, **needs: Any) -> dict[str, Any]:
        """The ticket after a move that must go well."""
        reply = self[who].post(f"/tickets/{number}/{action}", needs)
        assert reply.status == 200, (action, reply.data.decode())
        ticket: dict[str, Any] = reply.body
        return ticket


def problem(reply: Reply, status: int) -> dict[str, Any]:
    """The problem details of an error (RFC 9457)."""
    assert reply.status == status, reply.data.decode()
    assert reply.headers.get_content_type() == "application/problem+json"
    body: dict[str, Any] = reply.body
    assert body["status"] == status and body["title"] and body["instance"].startswith("/api/v1/")
    return body


def form(files: list[tuple[str, bytes]]) -> tuple[bytes, dict[str, str]]:
    """A multipart form of files, and its header."""
    head = '--XX\r\nContent-Disposition: form-data; name="file"; filename="{}"\r\n\r\n'
    body = b"".join(head.format(name).encode() + data + b"\r\n" for name, data in files)
    return body + b"--XX--\r\n", {"Content-Type": "multipart/form-data; boundary=XX"}


@pytest.fixture(scope="module", params=dialects())
def county(request: pytest.FixtureRequest) -> Iterator[County]:
    """A county on each database."""
    special: dict[str, object] = {}
    admin = None
    name = f"hotline_rest_{os.getpid()}_{request.module.__name__.rpartition('.')[2]}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        special["database_url"] = server.set(database=name).render_as_string(hide_password=False)
    hotline = Hotline(**special)
    try:
        hotline.start()
        yield County(hotline)
    finally:
        hotline.close()
        if admin is not None:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            admin.dispose()
