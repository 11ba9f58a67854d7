"""A report as a file: rows for CSV, and a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font

from callqueue.figures import EXPLAINED, FIGURES, URGENT
from callqueue.reports import Report

KINDS: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The kinds of files there are, with their media types."""


def exported(found: Report, kind: str) -> bytes:
    """The report as a file of a kind."""
    if kind == "csv":
        text = io.StringIO(newline="")
        csv.writer(text).writerows(cells(found))
        return text.getvalue().encode("utf-8-sig")
    data = io.BytesIO()
    book(found).save(data)
    return data.getvalue()


def cells(found: Report) -> Iterator[list[Any]]:
    """The report as a sheet: a row of names, then the rows."""
    names = ["period", "of", *(figure.name for figure in FIGURES)]
    yield names
    for row in found.rows:
        yield [_safe(row[name]) for name in names]


def _safe(value: Any) -> Any:
    """The value so that no sheet takes it for a formula: a group's name comes from what a caller dialled."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def book(found: Report) -> Workbook:
    """The report as a workbook: figures, totals, emergencies, and what each figure means."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    labels = [figure.label for figure in FIGURES]
    _fill(sheet, "指标", ["时段", "分组", *labels], list(cells(found))[1:])
    totals = [[_safe(row["of"]), *(row[figure.name] for figure in FIGURES)] for row in found.totals]
    _fill(made.create_sheet(), "合计", ["分组", *labels], totals)
    urgent = [[row["period"], *(row[one.name] for one in URGENT)] for row in found.urgent]
    _fill(made.create_sheet(), "紧急", ["时段", *(one.label for one in URGENT)], urgent)
    explained = [[one.label, one.unit, one.formula] for one in EXPLAINED]
    _fill(made.create_sheet(), "口径", ["指标", "单位", "计算方法"], explained)
    return made


def _fill(sheet: Any, title: str, head: list[str], rows: list[list[Any]]) -> None:
    sheet.title = title
    for row in (head, *rows):
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
