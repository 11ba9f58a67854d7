"""The figures of callbacks as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from openpyxl import Workbook

from callback_survey import figures

KINDS: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The kinds of files there are, with their media types."""


def exported(found: Mapping[str, Any], kind: str) -> bytes:
    """The figures as a file of a kind. Raises KeyError for another."""
    table = [figures.HEAD, *([_safe(value) for value in row] for row in figures.rows(found))]
    return {"csv": _csv, "xlsx": _xlsx}[kind](table)


def _safe(value: Any) -> Any:
    """The value so that no sheet takes it for a formula: units and matters name themselves."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _csv(table: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(table: Any) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("callbacks")
    for row in table:
        sheet.append(list(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
