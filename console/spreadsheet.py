"""Lists as spreadsheets: what a page shows, at most 10,000 rows, text that stays text."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from console.page import Saved
from store.base import now

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 10_000
Row = TypeVar("Row")
Key = TypeVar("Key")


def every(page_after: Callable[[Key | None], tuple[Sequence[Row], Key | None]]) -> Iterator[Row]:
    """The rows of every page, the first being after None; as many as a spreadsheet may have, and not much more."""
    after: Key | None = None
    count = 0
    while count < MOST_ROWS:
        rows, after = page_after(after)
        yield from rows
        count += len(rows)
        if after is None:
            return


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
