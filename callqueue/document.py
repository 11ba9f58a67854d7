"""`python -m callqueue.document`: writes the table of figures into docs/figures.md, from their one definition."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from callqueue.figures import EXPLAINED

PAGE = Path(__file__).parents[1] / "docs" / "figures.md"
_COMMAND = "callqueue.document"


class Explained(Protocol):
    """A figure with its one definition."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def formula(self) -> str: ...


def filled(text: str, figures: Iterable[Explained] = EXPLAINED, command: str = _COMMAND) -> str:
    """The page with the table between its marks. Raises ValueError when a mark is missing."""
    begin, end = f"<!-- figures: written by `python -m {command}` -->", "<!-- end of figures -->"
    start, stop = text.index(begin) + len(begin), text.index(end)
    rows = (f"| `{one.name}` | {one.label} | {one.unit} | {one.formula} |" for one in figures)
    return "\n".join([text[:start], "| name | 指标 | unit | 计算方法 |", "|---|---|---|---|", *rows, text[stop:]])


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
