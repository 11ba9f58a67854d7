"""`python -m figures.document`: writes the table of figures into docs/statistics.md, from their one definition."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from figures.core import FIGURES

PAGE = Path(__file__).parents[1] / "docs" / "statistics.md"
_BEGIN, _END = "<!-- figures: written by `python -m figures.document` -->", "<!-- end of figures -->"


def lines() -> Iterator[str]:
    """The table's lines."""
    yield "| name | 指标 | unit | 计算方法 |"
    yield "|---|---|---|---|"
    for one in FIGURES:
        yield f"| `{one.name}` | {one.label} | {one.unit} | {one.formula} |"


def filled(text: str) -> str:
    """The page with the table between its marks. Raises ValueError when a mark is missing."""
    start, stop = text.index(_BEGIN) + len(_BEGIN), text.index(_END)
    return "\n".join([text[:start], *lines(), text[stop:]])


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
