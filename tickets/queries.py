"""Reading many tickets: lists and search, made for a million of them.

Pages follow the key (`Page.after`), never an offset; counts stop at a bound; each list has an index it can walk.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from tickets.errors import Invalid
from tickets.narrowing import Wanted, narrowed, one_by_one
from tickets.plans import plan_for_values, plan_with
from tickets.records import TICKETS, UNITS
from tickets.search_index import find_ids, grams, unit_gram
from tickets.terms import Part
from tickets.trees import MATTERS, downwards

__all__ = ["Page", "Wanted", "count_tickets", "list_tickets", "search_tickets"]

MOST_ON_PAGE = 200
COUNT_BOUND = 1_000
NUMBER_LENGTH = 12
SHORTEST_PHONE = 7
_LISTED = (
    "id",
    "number",
    "version",
    "state",
    "channel",
    "request_type",
    "subject",
    "matter",
    "territory",
    "citizen_name",
    "phone",
    "confidential",
    "complained_unit",
    "lead_unit",
    "fast_track",
    "created_at",
    "dispatched_at",
    "closed_at",
    "due_contact",
    "due_resolve",
    "due_review",
    "provisional",
    "light",
    "supervision",
    "repeats",
    "satisfied",
    "merged_into",
)
COLUMNS = [TICKETS.c[name] for name in _LISTED]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: its rows, and the key after which the next page starts (None on the last)."""

    rows: tuple[dict[str, Any], ...]
    after: str | None


def list_tickets(
    session: Session, wanted: Wanted | None = None, *, size: int = 50, after: str = "", by_due: bool = False,
    oldest: bool = False,
) -> Page:  # fmt: skip
    """A page of tickets by number, newest first or `oldest`; `by_due`: what is open, the nearest resolve date first.

    Raises Invalid for a key that is none and a size out of 1-200.
    """
    wanted = wanted or Wanted()
    _check_size(size)
    if wanted.measure or wanted.ids is not None:
        return _counted(session, wanted, size, after, oldest)
    # A branch of the matter tree is walked twig by twig, a unit's tickets as lead and as helper apart: each has its
    # index in the order of the list, and the page is merged from their heads.
    matters = downwards(session, MATTERS, wanted.matter) if wanted.matter else [""]
    parts = list(Part) if wanted.unit else [None]
    number = UNITS.c.number if wanted.unit and not by_due else TICKETS.c.number
    base = narrowed(session, select(*COLUMNS), wanted, number)
    plan_for_values(session)
    plan_with(session, enable_mergejoin="off")  # it would walk all tickets down to where the unit's page begins
    rows: list[dict[str, Any]] = []
    for matter, part in itertools.product(matters, parts):
        query = base.where(TICKETS.c.matter == matter) if matter else base
        query = _of_unit(query, wanted.unit, part, by_due) if part else query
        query = _due_order(query, after) if by_due else _number_order(query, number, after, oldest)
        rows += [dict(row._mapping) for row in session.execute(query.limit(size + 1))]
    plan_with(session, enable_mergejoin="on")
    if by_due:
        rows.sort(key=lambda row: (row["due_resolve"], row["number"]))
    else:
        rows.sort(key=lambda row: str(row["number"]), reverse=not oldest)
    return _page(rows, size, lambda row: f"{row['due_resolve']}.{row['number']}" if by_due else row["number"])


def _counted(session: Session, wanted: Wanted, size: int, after: str, oldest: bool) -> Page:
    """A page of what a measure counts, or of single tickets: few enough to be sorted."""
    number = TICKETS.c.number.concat("")  # no index in this order: it would be walked from its end for a few rows
    query = _number_order(one_by_one(session, select(*COLUMNS), wanted), number, after, oldest)
    plan_for_values(session)
    found = session.execute(query.limit(size + 1))
    return _page([dict(row._mapping) for row in found], size, lambda row: str(row["number"]))


def _of_unit(query: Select[Any], unit: str, part: Part, by_due: bool) -> Select[Any]:
    if by_due and part == Part.LEAD:
        return query.where(TICKETS.c.lead_unit == unit)  # the index of open tickets begins with it
    mine = and_(UNITS.c.unit == unit, UNITS.c.part == part)
    if by_due:
        return query.where(TICKETS.c.number.in_(select(UNITS.c.number).where(mine)))
    return query.join(UNITS, and_(UNITS.c.number == TICKETS.c.number, mine))


def _number_order(query: Select[Any], number: ColumnElement[str], after: str, oldest: bool) -> Select[Any]:
    if after:
        query = query.where(number > _number(after) if oldest else number < _number(after))
    return query.order_by(number if oldest else number.desc())


def _due_order(query: Select[Any], after: str) -> Select[Any]:
    query = query.where(TICKETS.c.closed_at.is_(None), TICKETS.c.due_resolve.is_not(None))
    if after:
        due, last = _due_key(after)
        later = and_(TICKETS.c.due_resolve == due, TICKETS.c.number > last)
        query = query.where(TICKETS.c.due_resolve >= due, or_(TICKETS.c.due_resolve > due, later))
    return query.order_by(TICKETS.c.due_resolve, TICKETS.c.number)


def count_tickets(session: Session, wanted: Wanted | None = None) -> tuple[int, bool]:
    """How many tickets there are, and whether that is all: counting stops after 1,000, but not for a measure."""
    wanted = wanted or Wanted()
    if wanted.measure or wanted.ids is not None:
        whole = one_by_one(session, select(TICKETS.c.id), wanted).subquery()
        plan_for_values(session)
        return session.execute(select(func.count()).select_from(whole)).scalar_one(), True
    query = narrowed(session, select(TICKETS.c.id), wanted, UNITS.c.number if wanted.unit else TICKETS.c.number)
    if wanted.matter:
        query = query.where(TICKETS.c.matter.in_(downwards(session, MATTERS, wanted.matter)))
    if wanted.unit:
        query = query.join(UNITS, and_(UNITS.c.number == TICKETS.c.number, UNITS.c.unit == wanted.unit))
    plan_for_values(session)
    bounded = query.limit(COUNT_BOUND + 1).subquery()
    found: int = session.execute(select(func.count()).select_from(bounded)).scalar_one()
    return min(found, COUNT_BOUND), found <= COUNT_BOUND


def _check_size(size: int) -> None:
    if not 1 <= size <= MOST_ON_PAGE:
        raise Invalid("每页条数", f"应为1至{MOST_ON_PAGE}")


def _page(rows: list[dict[str, Any]], size: int, key: Callable[[dict[str, Any]], str]) -> Page:
    page = tuple(rows[:size])
    return Page(page, key(page[-1]) if len(rows) > size else None)


def _number(after: str) -> str:
    if not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise Invalid("after", "不是页码")
    return after


def _due_key(after: str) -> tuple[date, str]:
    due, _dot, last = after.partition(".")
    try:
        return date.fromisoformat(due), _number(last)
    except ValueError as error:
        raise Invalid("after", "不是页码") from error


def search_tickets(session: Session, words: str, *, size: int = 50, after: str = "", unit: str = "") -> Page:
    """A page of what the words find, newest first: a ticket number, a telephone number, or words of the text.

    `unit` narrows to tickets the unit has a part in. Raises Invalid when there is nothing to look for.
    """
    _check_size(size)
    wanted = words.strip()
    digits = wanted.isascii() and wanted.isdigit()
    query = select(*COLUMNS)
    if digits and len(wanted) == NUMBER_LENGTH:
        one = query.where(TICKETS.c.number == wanted)
        if unit:
            one = one.join(UNITS, and_(UNITS.c.number == TICKETS.c.number, UNITS.c.unit == unit))
        rows = tuple(dict(row._mapping) for row in session.execute(one))
        if rows:
            return Page(rows, None)
    if digits and len(wanted) >= SHORTEST_PHONE:  # a telephone number may have twelve digits, too
        return list_tickets(session, Wanted(phone=wanted, unit=unit), size=size, after=after)
    looked_for = grams(wanted)
    if not looked_for:
        raise Invalid("搜索", "请输入要找的字词")
    looked_for += [unit_gram(unit)] if unit else []
    ids = find_ids(session, looked_for, size + 1, int(_number(after)) if after else None)
    found = session.execute(query.where(TICKETS.c.id.in_(ids)).order_by(TICKETS.c.id.desc()))
    return _page([dict(row._mapping) for row in found], size, lambda row: str(row["id"]))


