"""The registry form 武定县“12345”政府热线工作机构基本信息表 (R49), read from and written to xlsx (or read from CSV).

One row a person; the unit's cells span its people, as on the paper form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tickets.errors import ImportRefused, Invalid, RowError
from tickets.sheets import cell_text, header_places, put, read_rows
from tickets.terms import Duty
from tickets.units import Person, Unit
from tickets.wording import clean_text

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

TITLE = "武定县“12345”政府热线工作机构基本信息表"
HEADER = ("填报单位", "工作机构", "责任单位", "人员类别", "姓名", "单位", "职务", "办公电话", "手机号码")
_WIDTHS = (22, 22, 26, 12, 12, 24, 16, 16, 16)
_COLUMNS = {name: (name,) for name in HEADER} | {"人员类别": ("人员类别", "类别", "人员")}
_NEEDED = ("责任单位", "人员类别", "姓名")
_DUTIES = {duty.label: duty for duty in Duty} | {"联络人员": Duty.LIAISON, "承办人员": Duty.HANDLER}
_REPORTER = re.compile(r"^填报单位[：:]\s*(.+)$")
_PHONE = re.compile(r"^[0-9][0-9\-转 ]{2,19}$")
_HEADER_ROWS = 10


def read_form(path: Path) -> list[Unit]:
    """The units of a filled form. Raises ImportRefused with every bad row, Invalid when it is not the form."""
    rows = read_rows(path)
    start, places, reporter = _find_header(rows)
    units: dict[str, tuple[int, Unit]] = {}
    spoiled: set[str] = set()
    bad: list[RowError] = []
    for number, row in rows[start:]:
        cells = {name: cell_text(row, place) for name, place in places.items()}
        try:
            unit = _line(cells, reporter)
            first, known = units.get(unit.name, (number, replace(unit, people=())))
            units[unit.name] = first, replace(known, people=(*known.people, *unit.people))
        except Invalid as error:
            bad.append(RowError(number, str(error)))
            spoiled.add(cells["责任单位"])
    for name, (first, unit) in units.items():
        if unit.people and name not in spoiled:  # one error a unit is enough
            bad += [RowError(first, f"{name}：{what}") for what in unit.missing()]
    if bad:
        raise ImportRefused(sorted(bad, key=lambda error: error.row))
    if not units:
        raise Invalid("文件", "没有任何单位")
    return [unit for _first, unit in units.values()]


def _find_header(rows: list[tuple[int, list[Any]]]) -> tuple[int, dict[str, int], str]:
    reporter = ""
    for place, (_number, row) in enumerate(rows[:_HEADER_ROWS]):
        places = header_places(row, _COLUMNS)
        if all(name in places for name in _NEEDED):
            return place + 1, places, reporter
        match = _REPORTER.match(str(row[0] or ""))
        reporter = match.group(1).strip() if match else reporter
    raise Invalid("表头", "找不到“责任单位、人员类别、姓名”一行")


def _line(cells: dict[str, str], reporter: str) -> Unit:
    """The unit of a row with its one person, or none when the row names nobody."""
    unit = Unit(
        clean_text("责任单位", cells["责任单位"], 100, 1),
        body=clean_text("工作机构", cells.get("工作机构", ""), 100),
        reporter=clean_text("填报单位", cells.get("填报单位") or reporter, 100),
    )
    return replace(unit, people=(_person(cells),)) if cells["人员类别"] or cells["姓名"] else unit


def _person(cells: dict[str, str]) -> Person:
    duty = _DUTIES.get(cells["人员类别"])
    if duty is None:
        raise Invalid("人员类别", f"“{cells['人员类别'][:20]}”应为{'、'.join(known.label for known in Duty)}")
    return Person(
        duty,
        clean_text("姓名", cells["姓名"], 50, 1),
        clean_text("单位", cells.get("单位", ""), 100),
        clean_text("职务", cells.get("职务", ""), 100),
        _phone("办公电话", cells.get("办公电话", "")),
        _phone("手机号码", cells.get("手机号码", "")),
    )


def _phone(field: str, value: str) -> str:
    if value and not _PHONE.match(value):
        raise Invalid(field, f"“{value[:20]}”不是电话号码")
    return value


def write_form(units: Sequence[Unit], path: Path) -> None:
    """Writes the filled form (.xlsx); `read_form` reads it back."""
    from openpyxl import Workbook  # a quarter of a second that only tables need

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "基本信息表"
    put(sheet, 1, 1, TITLE)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADER))
    for column, name in enumerate(HEADER, 1):
        put(sheet, 2, column, name)
    row = 3
    for unit in units:
        row = _write_unit(sheet, row, unit)
    _style(sheet, row - 1)
    book.save(path)


def _write_unit(sheet: Worksheet, row: int, unit: Unit) -> int:
    last = row + max(len(unit.people), 1) - 1
    for column, value in enumerate((unit.reporter, unit.body, unit.name), 1):
        put(sheet, row, column, value)
        if last > row:
            sheet.merge_cells(start_row=row, start_column=column, end_row=last, end_column=column)
    for place, person in enumerate(unit.people):
        cells = (
            person.duty.label,
            person.name,
            person.employer,
            person.post,
            person.office_phone,
            person.mobile,
        )
        for column, value in enumerate(cells, 4):
            put(sheet, row + place, column, value)
    return last + 1


def _style(sheet: Worksheet, last: int) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side

    thin = Side(style="thin")
    for number, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGHI"[number]].width = width
    for cells in sheet.iter_rows(min_row=1, max_row=last, max_col=len(HEADER)):
        for cell in cells:
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
            if cell.row > 1:
                cell.border = Border(thin, thin, thin, thin)
    sheet.cell(1, 1).font = Font(bold=True, size=16)
    sheet.freeze_panes = "D3"
