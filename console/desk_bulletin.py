"""Handlers: the bulletin of a month, as a page and as files (R43-R45)."""

from __future__ import annotations

from datetime import timedelta

from console import bulletin_page
from console.page import Answered, Moved, Saved, Shown, Visit
from figures import remarks
from figures.bulletin import bulletin
from figures.bulletin_files import DOCX, XLSX, docx, xlsx
from figures.spans import Period, month_of, whole
from store.base import now
from tickets.access import Action
from tickets.errors import NotFound

MONTHS = 24


def _month(visit: Visit) -> str:
    """The month asked for; the last one that is over when none is."""
    last = whole(Period.MONTH, now().date()).since - timedelta(days=1)
    return visit.asked("month") or f"{last:%Y-%m}"


def page(visit: Visit) -> Answered:
    """The month in words, figures and charts."""
    month = _month(visit)
    found = bulletin(visit.session, month, now().date())
    values = bulletin_page.values(found)
    return Shown(
        {
            **values, "month": month, "months": _months(), "remarks": remarks.of_month(visit.session, month),
            "may_remark": visit.may(Action.REMARK),
        }
    )


def _months() -> list[tuple[str, str]]:
    day, found = whole(Period.MONTH, now().date()).since, list[tuple[str, str]]()
    while len(found) < MONTHS:
        found.append((f"{day:%Y-%m}", f"{day.year}年{day.month}月"))
        day = (day - timedelta(days=1)).replace(day=1)
    return found


def as_xlsx(visit: Visit) -> Answered:
    """The workbook."""
    found = bulletin(visit.session, _month(visit), now().date())
    return Saved(f"{found.title}.xlsx", data=xlsx(found), media=XLSX)


def as_docx(visit: Visit) -> Answered:
    """The document."""
    found = bulletin(visit.session, _month(visit), now().date())
    return Saved(f"{found.title}.docx", data=docx(found), media=DOCX)


def as_html(visit: Visit) -> Answered:
    """The page as one file."""
    found = bulletin(visit.session, _month(visit), now().date())
    return Saved(f"{found.title}.html", data=bulletin_page.whole(found), media="text/html; charset=utf-8")


def add(visit: Visit) -> Answered:
    """A remark of the office, such as a third party's evaluation."""
    month = visit.typed("month")
    month_of(month)
    title, source, text = (visit.typed(name) for name in ("title", "source", "text"))
    remarks.add(visit.session, month, title, source, text, visit.by, now())
    return Moved(f"/bulletin?month={month}", "已加入月报")


def drop(visit: Visit) -> Answered:
    """Takes a remark out again."""
    word, month = visit.path["remark"], visit.typed("month")
    month_of(month)
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise NotFound("没有这项说明")
    remarks.forget(visit.session, month, int(word))
    return Moved(f"/bulletin?month={month}", "已从月报删去")
