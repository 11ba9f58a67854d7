"""Pages of a list in any order, by the key of the last row of the page before; never by an offset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Row = TypeVar("Row")


def ordered(
    session: Session, query: Select[Any], by: Column, key: Column, *, down: bool = False, after: Any = None
) -> Select[Any]:
    """The query in the order of `by` (never empty) and, where that is the same, of `key` (unique); `down`: the reverse.

    It begins behind the row whose key is `after`; at the beginning when there is no such row any more.
    """
    last = session.execute(select(by, key).where(key == after)).one_or_none() if after else None
    if last is not None:
        place = tuple_(by, key)
        known = tuple_(*(literal(value, column.type) for value, column in zip(last, (by, key), strict=True)))
        query = query.where(place < known if down else place > known)
    return query.order_by(*((by.desc(), key.desc()) if down else (by, key)))


def cut(rows: Sequence[Row], size: int) -> tuple[Sequence[Row], Row | None]:
    """The page out of one row more than it has room for, and the row that the next page follows, None on the last."""
    return rows[:size], rows[size - 1] if len(rows) > size else None
