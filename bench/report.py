"""What a section found, and how it is shown: tables for people, the same numbers as JSON for programs."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

Say = Callable[[str], None]
Cell = str | float | int


class BenchError(Exception):
    """A section could not measure what it was to measure."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `most` or `least`: the goal, None when there is none."""

    what: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def goal(self) -> str:
        """The goal in words, "" when there is none."""
        if self.most is not None:
            return f"<= {number(self.most)}"
        return f">= {number(self.least)}" if self.least is not None else ""

    @property
    def met(self) -> bool | None:
        """Whether the goal was met, None when there is none."""
        if self.most is not None:
            return self.value <= self.most
        return self.value >= self.least if self.least is not None else None


@dataclass(frozen=True, slots=True)
class Table:
    """Figures side by side."""

    columns: tuple[str, ...]
    lines: Sequence[tuple[Cell, ...]]


@dataclass(slots=True)
class Findings:
    """What a section found: tables, figures with goals, remarks; `left_out` says why it measured nothing."""

    tables: list[Table] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    left_out: str = ""


def failure(error: Exception) -> str:
    """Why something was not measured, in one line."""
    return str(error).partition("\n")[0][:200]


def number(value: Cell | None) -> str:
    """A figure as people read it: three digits that mean something, thousands apart."""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(columns: Sequence[str], lines: Iterable[Sequence[Cell]]) -> str:
    """The lines under their columns; numbers to the right."""
    cells = [tuple(columns), *(tuple(number(cell) for cell in line) for line in lines)]
    widths = [max(_width(line[place]) for line in cells) for place in range(len(columns))]
    return "\n".join("  " + "  ".join(map(_padded, line, widths, range(len(line)))).rstrip() for line in cells)


def _padded(cell: str, width: int, place: int) -> str:
    blanks = " " * (width - _width(cell))
    return cell + blanks if place == 0 else blanks + cell


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def shown(findings: Findings) -> str:
    """A section's findings as text."""
    if findings.left_out:
        return f"  left out: {findings.left_out}"
    parts = [table(one.columns, one.lines) for one in findings.tables]
    if findings.rows:
        judged = {True: "met", False: "NOT met", None: ""}
        values = [f"{number(row.value)} {row.unit}".strip() for row in findings.rows]
        lines = [
            (row.what, value, row.goal, judged[row.met]) for row, value in zip(findings.rows, values, strict=True)
        ]
        parts.append(table(("figure", "value", "goal", ""), lines))
    if findings.remarks:
        parts.append("\n".join(f"  {remark}" for remark in findings.remarks))
    return "\n\n".join(parts)
