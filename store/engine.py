"""Opening the database: SQLite in WAL mode, or PostgreSQL by URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

LOCK_WAIT_SECONDS = 2.0


class Store:
    """The database of one hotline. Synchronous; the service calls it in threads, never from the event loop.

    lock_wait: seconds after which a write to SQLite that others do not let come is given up.
    """

    def __init__(self, url: str, lock_wait: float = LOCK_WAIT_SECONDS) -> None:
        self.url = url
        self.engine = _engine(url, lock_wait)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # On SQLite a plain BEGIN: readers do not wait for the one writer, nor it for them.
        self._readers = sessionmaker(self.engine.execution_options(read_only=True), expire_on_commit=False)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One short transaction: committed at the end of the block, rolled back when it raises."""
        with self._sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One short transaction that is meant to read; what little it may write (a calendar's seed) is committed."""
        with self._readers.begin() as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str, lock_wait: float) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 2})
    if parsed.database and parsed.database != ":memory:":
        # The file holds personal data: the owner alone may read it (SQLite gives its side files the same mode).
        os.close(os.open(parsed.database, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(parsed, connect_args={"timeout": lock_wait})
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late for a read-then-write transaction; ours below takes the write lock first.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    connection.exec_driver_sql(
        "BEGIN" if connection.get_execution_options().get("read_only") else "BEGIN IMMEDIATE"
    )
