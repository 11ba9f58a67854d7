"""Tables that people send: CSV and xlsx, read safely, and xlsx written so that no cell becomes a formula."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zipfile import ZipFile

from tickets.errors import Invalid
from tickets.zips import BROKEN, check_zip

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 30 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 200
MOST_WRITTEN = 10_000
Row = TypeVar("Row")
Key = TypeVar("Key")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref\s*=\s*[\"']([A-Z0-9:$]+)[\"']")


def read_rows(path: Path) -> list[tuple[int, list[Any]]]:
    """The rows of a .csv or .xlsx file with their numbers as a spreadsheet shows them; empty rows left out.

    CSV may be UTF-8 (with or without mark) or GB18030, as Chinese spreadsheets save it. Raises Invalid.
    """
    data = _bytes(path)
    rows = _xlsx(data) if path.suffix.lower() == ".xlsx" else _csv(data)
    return [(number, row) for number, row in rows if any(cell not in (None, "") for cell in row)]


def _bytes(path: Path) -> bytes:
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise Invalid("文件", "只接受 .csv 或 .xlsx")
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Invalid("文件", f"超过{MOST_BYTES // 1024 // 1024}MB")
        return path.read_bytes()
    except OSError as error:
        raise Invalid("文件", f"无法读取（{error.strerror}）") from error


def _csv(data: bytes) -> Iterator[tuple[int, list[Any]]]:
    reader = csv.reader(io.StringIO(_decoded(data), newline=""))
    try:
        for row in reader:
            yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise Invalid("文件", f"第{reader.line_num}行不是CSV") from error


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("文件", "编码不是UTF-8或GB18030")


def _xlsx(data: bytes) -> list[tuple[int, list[Any]]]:
    import openpyxl  # a quarter of a second that only tables need

    check_zip(data, MOST_UNPACKED)
    try:
        _check_parts(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of every extension it does not know
            sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True).worksheets[0]
    except (*BROKEN, TypeError, AttributeError, SyntaxError) as error:
        raise Invalid("文件", "不是可读的xlsx表格") from error
    if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
        raise Invalid("文件", f"超过{MOST_ROWS}行或{MOST_COLUMNS}列")
    _fill_merged(sheet)
    return [
        (number, [cell.strip() if isinstance(cell, str) else cell for cell in row])
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
    ]


def _check_parts(data: bytes) -> None:
    """Refuses what would make the reader itself run out of memory: entities, and merged areas beyond the limits."""
    from openpyxl.utils import range_boundaries

    with ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            part = archive.read(name) if name.lower().endswith((".xml", ".rels")) else b""
            if b"<!" in part.replace(b"<!--", b"") or part.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise Invalid("文件", "表格内有不允许的标记")
            for area in _MERGED.findall(part):
                _left, _top, right, bottom = range_boundaries(area.decode())
                if (right or 0) > MOST_COLUMNS or (bottom or 0) > MOST_ROWS:
                    raise Invalid("文件", "合并单元格过大")


def _fill_merged(sheet: Worksheet) -> None:
    """A merged cell speaks for every row it covers."""
    for area in list(sheet.merged_cells.ranges):
        value = sheet.cell(area.min_row, area.min_col).value
        sheet.unmerge_cells(area.coord)
        for row in range(area.min_row, area.max_row + 1):
            sheet.cell(row, area.min_col, value)


def put(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    """Writes a cell; text stays text, even when it starts like a formula."""
    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def every(page_after: Callable[[Key | None], tuple[Sequence[Row], Key | None]]) -> Iterator[Row]:
    """The rows of every page, the first being after None; as many as a table that is exported may have, and not much
    more.
    """
    after: Key | None = None
    count = 0
    while count < MOST_WRITTEN:
        rows, after = page_after(after)
        yield from rows
        count += len(rows)
        if after is None:
            return


def written(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """An xlsx file of the rows, at most `MOST_WRITTEN`; None is an empty cell, text stays text."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append(list(header))
    for row in islice(rows, MOST_WRITTEN):
        sheet.append([_cell(sheet, "" if value is None else str(value)) for value in row])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _cell(sheet: Any, value: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, "".join(letter for letter in value if letter in "\n\t" or letter >= " ")[:32_000])
    cell.data_type = "s"  # a text that starts like a formula stays a text
    return cell


def header_places(header: Sequence[Any], names: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Where each wanted column stands in a header row; each has several spellings. Missing ones are left out."""
    titles = [str(cell or "").strip().lower() for cell in header]
    return {
        key: titles.index(found)
        for key, spellings in names.items()
        if (found := next((name for name in spellings if name in titles), None)) is not None
    }


def cell_text(row: Sequence[Any], place: int | None) -> str:
    """The text of a cell, "" when the row is too short; a number typed as a number keeps no decimal point."""
    value = row[place] if place is not None and place < len(row) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()
