"""Every table as a file that other programs read: CSV for spreadsheets, JSON lines for exactness."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import IO, Any

from sqlalchemy import MetaData, Table, select
from sqlalchemy.orm import Session

from store.base import Base
from store.errors import StoreError

FORMATS = ("csv", "jsonl")
# What lets somebody in is in no export; answered requests only repeat what stands elsewhere.
SECRET = frozenset({
    "accounts.password", "accounts.totp", "api_tokens.hash", "sessions.hash", "sessions.totp_offered",
    "webhooks.secret",
})
LEFT_OUT = frozenset({"answered_requests"})
_ROWS = 1_000  # read at a time, so that memory does not grow with the table
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(session: Session, folder: Path, form: str, metadata: MetaData = Base.metadata) -> dict[str, int]:
    """How many rows of each table were written to `folder`, all as of one moment. Raises StoreError when it exists."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise StoreError(f"{folder} exists already: give another folder") from None
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    tables = [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]
    return {table.name: _table(session, table, folder / f"{table.name}.{form}", form) for table in tables}


def _table(session: Session, table: Table, file: Path, form: str) -> int:
    columns = [column for column in table.c if f"{table.name}.{column.name}" not in SECRET]
    query = select(*columns).order_by(*table.primary_key.columns)
    result = session.execute(query, execution_options={"yield_per": _ROWS})
    names = [column.name for column in columns]
    write = _csv if form == "csv" else _lines
    handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig" if form == "csv" else "utf-8", newline="") as out:
        return write(out, names, (tuple(row) for row in result))


def _csv(out: IO[str], names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> int:
    writer = csv.writer(out)
    writer.writerow(names)
    count = 0
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        count += 1
    return count


def _lines(out: IO[str], names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> int:
    count = 0
    for row in rows:
        values = dict(zip(names, map(_plain, row), strict=True))
        out.write(json.dumps(values, ensure_ascii=False) + "\n")
        count += 1
    return count


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _cell(value: Any) -> Any:
    plain = _plain(value)
    if isinstance(plain, list | dict):
        return json.dumps(plain, ensure_ascii=False)
    # A spreadsheet would run a text that starts like a formula; citizens write these texts.
    return f"'{plain}" if isinstance(plain, str) and plain.startswith(_FORMULA) else plain
