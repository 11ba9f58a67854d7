"""Writing many rows at once, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql, sqlite
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
    table = _table(kind)
    names = [column.name for column in table.columns]
    statement = _insert(session, kind).on_conflict_do_nothing()
    if connection.dialect.positional:
        connection.exec_driver_sql(str(statement.compile(dialect=connection.dialect)), list(rows))
    else:
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def upsert(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Returns when the rows are there; a row whose key is there already is replaced. All rows have the same columns."""
    if not rows:
        return
    keys = [column.name for column in _table(kind).primary_key]
    statement = _insert(session, kind)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


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


def _insert(session: Session, kind: type[Base]) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(_table(kind))
