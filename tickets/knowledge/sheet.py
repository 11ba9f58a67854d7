"""Articles as a table: taken out as xlsx, loaded from xlsx or CSV, all or nothing."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from tickets.access import Actor
from tickets.errors import ImportRefused, Invalid, NotFound, RowError
from tickets.knowledge import articles
from tickets.knowledge.articles import FIELDS, Article
from tickets.sheets import cell_text, header_places, put, read_rows

_COLUMNS = {
    "code": ("code", "编号"), **{need.name: (need.name, need.label) for need in FIELDS},
}  # fmt: skip
_NEEDED = ("title", "text", "source")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a table did: articles that are new, that got a new version, that were the same already."""

    added: int = 0
    changed: int = 0
    same: int = 0


def load(session: Session, path: Path, *, by: Actor, at: datetime, keep: bool = False) -> Loaded:
    """Puts the rows of a table in: a code that is there gets a new version, unless `keep` leaves it alone.

    Raises ImportRefused with every bad row (nothing is written), Invalid, Forbidden.
    """
    rows = read_rows(path)
    places = header_places(rows[0][1], _COLUMNS) if rows else {}
    missing = [name for name in _NEEDED if name not in places]
    if missing:
        raise Invalid("表头", f"要有 {'、'.join(_COLUMNS[name][1] for name in missing)}")
    done: list[str] = []
    bad: list[RowError] = []
    for number, row in rows[1:]:
        cells = {name: cell_text(row, place) for name, place in places.items()}
        try:
            done.append(_put(session, cells, by, at, keep))
        except Invalid as error:
            bad.append(RowError(number, str(error)))
    if bad:
        raise ImportRefused(bad)
    return Loaded(done.count("added"), done.count("changed"), done.count("same"))


def _put(session: Session, cells: dict[str, str], by: Actor, at: datetime, keep: bool) -> str:
    code = cells.pop("code", "")
    if not cells.get("state"):
        cells.pop("state", None)
    try:
        old = articles.get(session, code, by=by) if code else None
    except NotFound:
        old = None
    if old is None:
        articles.add(session, cells, by=by, at=at, code=code)
        return "added"
    if keep or all(_told(getattr(old, name)) == _told(value) for name, value in cells.items()):
        return "same"
    articles.edit(session, code, cells, by=by, at=at)
    return "changed"


def _told(value: Any) -> str:
    return "" if value is None else str(value.label if hasattr(value, "label") else value)


def start(session: Session, *, by: Actor, at: datetime) -> Loaded:
    """Puts in what the package brings; an article that is there already stays as it is."""
    with as_file(files("tickets.knowledge").joinpath("data/start.csv")) as path:
        return load(session, path, by=by, at=at, keep=True)


def written(found: Iterable[Article]) -> bytes:
    """The articles as xlsx, with the columns that `load` reads."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "知识库"
    _row(sheet, 1, [spellings[1] for spellings in _COLUMNS.values()])
    for number, one in enumerate(found, 2):
        _row(sheet, number, [_told(getattr(one, name)) for name in _COLUMNS])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _row(sheet: Any, number: int, values: Sequence[str]) -> None:
    for column, value in enumerate(values, 1):
        put(sheet, number, column, value)
