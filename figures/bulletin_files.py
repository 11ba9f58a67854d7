"""The bulletin as files: a workbook with charts, and a document."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from figures.bulletin import Bulletin, Cell, Section
from figures.core import FIGURES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FORMULA = ("=", "+", "-", "@")
_WIDEST = 60


def xlsx(found: Bulletin) -> bytes:
    """The workbook: a sheet a section, charts beside their tables, and what each figure means."""
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "概况"
    for text in (found.title, *found.summary):
        first.append([_safe(text)])
    first["A1"].font = Font(bold=True, size=14)
    first.column_dimensions["A"].width = 100
    for row in first["A2:A10"]:
        row[0].alignment = Alignment(wrap_text=True)
    for section in found.sections:
        _sheet(book.create_sheet(section.title), section)
    formulas = tuple((one.label, one.unit, one.formula) for one in FIGURES)
    _sheet(book.create_sheet("指标口径"), Section("指标口径", ("指标", "单位", "计算方法"), formulas))
    return _bytes(book.save)


def _sheet(sheet: Any, section: Section) -> None:
    for row in (section.head, *section.rows):
        sheet.append([_safe(value) for value in row])
    for place, cell in enumerate(sheet[1], 1):
        cell.font = Font(bold=True)
        widest = max(_width(row[place - 1]) for row in (section.head, *section.rows))
        sheet.column_dimensions[get_column_letter(place)].width = min(_WIDEST, widest + 2)
    sheet.freeze_panes = "A2"
    if section.note:
        sheet.append([])
        sheet.append([section.note])
    if section.chart:
        _draw(sheet, section)


def _draw(sheet: Any, section: Section) -> None:
    assert section.chart is not None
    drawn: Any = LineChart() if section.chart.kind == "line" else BarChart()
    drawn.title, drawn.height, drawn.width = section.title, 9, 18
    last = 1 + min(len(section.rows), 31)
    for column in section.chart.columns:
        drawn.add_data(Reference(sheet, min_col=column + 1, min_row=1, max_row=last), titles_from_data=True)
    drawn.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    drawn.x_axis.delete = drawn.y_axis.delete = False
    sheet.add_chart(drawn, f"{get_column_letter(len(section.head) + 2)}2")


def _safe(value: Cell) -> Cell:
    """The value so that no sheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _width(value: Cell) -> int:
    return sum(2 if ord(letter) > 255 else 1 for letter in ("" if value is None else str(value)))


def docx(found: Bulletin) -> bytes:
    """The document: what the figures say, then a table a section."""
    made = Document()
    made.core_properties.title, made.core_properties.author = found.title, "12345"
    for name in ("Normal", "Heading 1", "Heading 2", "Title"):
        _in_chinese(made.styles[name])
    made.styles["Normal"].font.size = Pt(11)
    head = made.add_heading(found.title, 0)
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    made.add_paragraph(f"编制日期：{found.made}").alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in found.summary:
        made.add_paragraph(text).paragraph_format.first_line_indent = Pt(22)
    for number, section in enumerate(found.sections, 1):
        made.add_heading(f"{number}. {section.title}", 1)
        _table(made, section)
        if section.note:
            made.add_paragraph(f"注：{section.note}")
    return _bytes(made.save)


def _in_chinese(style: Any) -> None:
    style.font.name = "Times New Roman"
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")


def _table(made: Any, section: Section) -> None:
    table = made.add_table(rows=1, cols=len(section.head), style="Light Grid Accent 1")
    for cell, text in zip(table.rows[0].cells, section.head, strict=True):
        cell.text = text
    for row in section.rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = _word(value)
            if isinstance(value, int | float):
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _word(value: Cell) -> str:
    return "—" if value is None else str(value)


def _bytes(save: Any) -> bytes:
    kept = io.BytesIO()
    save(kept)
    return kept.getvalue()
