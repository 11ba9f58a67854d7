"""`python -m figures.document`: writes the table of figures into docs/statistics.md, from their one definition."""

from __future__ import annotations

from pathlib import Path

from callqueue import document
from figures.core import FIGURES

PAGE = Path(__file__).parents[1] / "docs" / "statistics.md"


def filled(text: str) -> str:
    """The page with the table between its marks. Raises ValueError when a mark is missing."""
    return document.filled(text, FIGURES, "figures.document")


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
