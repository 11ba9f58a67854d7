"""The fixture `store`: an empty database with every table, once on SQLite and once on PostgreSQL.

PostgreSQL is the server of HOTLINE_TEST_POSTGRES (a URL whose user may create databases), else a private one made for
the session when its programs are installed. In CI it is never left out: without PostgreSQL the tests fail.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

import tickets.tables  # registers the tables
from store.base import Base
from store.engine import Store
from tests.postgres import binaries, cluster

SERVER = "HOTLINE_TEST_POSTGRES"
_counter = itertools.count(1)


def dialects() -> list[str]:
    """The databases to test on."""
    wanted = os.environ.get(SERVER) or os.environ.get("CI") or binaries()
    return ["sqlite", "postgresql"] if wanted else ["sqlite"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """The URL of a PostgreSQL server."""
    given = os.environ.get(SERVER)
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    with cluster() as url:
        yield make_url(url)


@pytest.fixture(params=dialects())
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hotline.db'}"
        return
    server: URL = request.getfixturevalue("postgres_server")
    name = f"hotline_test_{os.getpid()}_{next(_counter)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store with every table and nothing in them."""
    assert tickets.tables.TicketRow.metadata is Base.metadata
    opened = Store(database_url)
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.close()
