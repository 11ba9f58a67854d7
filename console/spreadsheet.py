"""Lists as spreadsheets: what a page shows, at most 10,000 rows, text that stays text."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from console.page import Saved
from store.base import now

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 10_000


def saved(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], seen: Sequence[str] = ()) -> Saved:
    """A file `title`-moment.xlsx of the rows; None is an empty cell. `seen` are its tickets, for the audit log."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append(list(header))
    for row in islice(rows, MOST_ROWS):
        sheet.append([_cell(sheet, "" if value is None else str(value)) for value in row])
    data = io.BytesIO()
    book.save(data)
    return Saved(f"{title}-{now():%Y%m%d-%H%M}.xlsx", data=data.getvalue(), media=MEDIA, seen=tuple(seen))


def _cell(sheet: Any, value: str) -> Any:
    cell = WriteOnlyCell(sheet, "".join(letter for letter in value if letter in "\n\t" or letter >= " ")[:32_000])
    cell.data_type = "s"  # a text that starts like a formula stays a text
    return cell
