"""Writing many rows at once, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from store.base import Base

T = TypeVar("T")

AT_ONCE = 500
"""Values in one IN (...); SQLite takes a thousand in its oldest versions."""

_LOCK = 12345


def add(session: Session, kind: type[Base], rows: Sequence[tuple[Any, ...]]) -> None:
    """Returns when the rows are there; a row whose key is there already is left as it is.

    For the raw tables: each row holds all columns in the table's order, as plain text and numbers that need no
    conversion, which spares most of the time.
    """
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.positional:
        connection.exec_driver_sql(_adding_text(kind, connection.dialect), list(rows))
    else:
        names = [column.name for column in _table(kind).columns]
        statement = _insert(kind, connection.dialect).on_conflict_do_nothing()
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def upsert(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Returns when the rows are there; a row whose key is there already is replaced. All rows have the same columns."""
    if not rows:
        return
    session.flush()  # what the rows refer to
    connection = session.connection()
    connection.execute(_replacing(kind, connection.dialect, tuple(rows[0])), rows)


@lru_cache(maxsize=64)
def _adding_text(kind: type[Base], dialect: Dialect) -> str:
    return str(_insert(kind, dialect).on_conflict_do_nothing().compile(dialect=dialect))


@lru_cache(maxsize=64)  # to make a statement takes longer than to run it
def _replacing(kind: type[Base], dialect: Dialect, names: tuple[str, ...]) -> Any:
    keys = [column.name for column in _table(kind).primary_key]
    statement = _insert(kind, dialect)
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def alone(session: Session) -> None:
    """Returns when no other transaction imports; SQLite's write lock, which the session has, is enough there."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def portions(values: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    rest = iter(values)
    while portion := list(islice(rest, size)):
        yield portion


def _table(kind: type[Base]) -> Table:
    table = kind.__table__
    assert isinstance(table, Table)
    return table


def _insert(kind: type[Base], dialect: Dialect) -> Any:
    return (postgresql if dialect.name == "postgresql" else sqlite).insert(_table(kind))
