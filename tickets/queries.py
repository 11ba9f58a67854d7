"""Reading many tickets: lists, search, dashboard and the phone's progress query, made for a million of them.

Pages follow the key (`Page.after`), never an offset; counts stop at a bound; each list has an index it can walk.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from store.base import now
from tickets.deadlines import start_of
from tickets.errors import Invalid
from tickets.measures import Measure, behind
from tickets.plans import plan_for_values
from tickets.progress import Progress, progress_for_phone
from tickets.records import TICKETS, UNITS
from tickets.search_index import find_ids, grams, unit_gram
from tickets.terms import Channel, Light, Part, RequestType, State, Supervision, Term
from tickets.trees import MATTERS, TERRITORIES, downwards

__all__ = [
    "Dashboard",
    "Page",
    "Progress",
    "Wanted",
    "count_tickets",
    "dashboard",
    "list_tickets",
    "progress_for_phone",
    "search_tickets",
]

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
class Wanted:
    """What a list is narrowed to; None and "" narrow nothing. `unit` finds tickets it has any part in.

    `open_only` leaves out what nobody has to work on any more; `since` and `until` are days of registration. With a
    `measure` (see measures.py) they are days of what it counts by, and `unit` is the one it counts for. `ids` are the
    only tickets that are listed.
    """

    state: State | None = None
    unit: str = ""
    request_type: RequestType | None = None
    channel: Channel | None = None
    matter: str = ""
    territory: str = ""
    light: Light | None = None
    supervision: Supervision | None = None
    phone: str = ""
    open_only: bool = False
    since: date | None = None
    until: date | None = None
    measure: Measure | None = None
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: its rows, and the key after which the next page starts (None on the last)."""

    rows: tuple[dict[str, Any], ...]
    after: str | None


def list_tickets(
    session: Session, wanted: Wanted | None = None, *, size: int = 50, after: str = "", by_due: bool = False
) -> Page:
    """A page of tickets by number, newest first; `by_due` lists what is open, the nearest resolve date first.

    Raises Invalid for a key that is none and a size out of 1-200.
    """
    wanted = wanted or Wanted()
    _check_size(size)
    if wanted.measure or wanted.ids is not None:
        return _counted(session, wanted, size, after)
    # A branch of the matter tree is walked twig by twig, a unit's tickets as lead and as helper apart: each has its
    # index in the order of the list, and the page is merged from their heads.
    matters = downwards(session, MATTERS, wanted.matter) if wanted.matter else [""]
    parts = list(Part) if wanted.unit else [None]
    base = _narrowed(session, select(*COLUMNS), wanted)
    plan_for_values(session)
    rows: list[dict[str, Any]] = []
    for matter, part in itertools.product(matters, parts):
        query = base.where(TICKETS.c.matter == matter) if matter else base
        query = _of_unit(query, wanted.unit, part, by_due) if part else query
        query = _due_order(query, after) if by_due else _number_order(query, part, after)
        rows += [dict(row._mapping) for row in session.execute(query.limit(size + 1))]
    if by_due:
        rows.sort(key=lambda row: (row["due_resolve"], row["number"]))
    else:
        rows.sort(key=lambda row: str(row["number"]), reverse=True)
    return _page(rows, size, lambda row: f"{row['due_resolve']}.{row['number']}" if by_due else row["number"])


def _counted(session: Session, wanted: Wanted, size: int, after: str) -> Page:
    """A page of what a measure counts, or of single tickets: few enough to be sorted."""
    number = TICKETS.c.number.concat("")  # no index in this order: it would be walked from its end for a few rows
    query = _one_by_one(session, select(*COLUMNS), wanted)
    if after:
        query = query.where(TICKETS.c.number < _number(after))
    found = session.execute(query.order_by(number.desc()).limit(size + 1))
    return _page([dict(row._mapping) for row in found], size, lambda row: str(row["number"]))


def _one_by_one(session: Session, query: Select[Any], wanted: Wanted) -> Select[Any]:
    query = _narrowed(session, query, wanted)
    if wanted.matter:
        query = query.where(TICKETS.c.matter.in_(downwards(session, MATTERS, wanted.matter)))
    if wanted.ids is not None:
        query = query.where(TICKETS.c.id.in_(wanted.ids))
    if wanted.measure:
        query = query.where(behind(wanted.measure, wanted.since, wanted.until, wanted.unit, now().date()))
    elif wanted.unit:
        query = query.where(TICKETS.c.number.in_(select(UNITS.c.number).where(UNITS.c.unit == wanted.unit)))
    plan_for_values(session)
    return query


def _of_unit(query: Select[Any], unit: str, part: Part, by_due: bool) -> Select[Any]:
    if by_due and part == Part.LEAD:
        return query.where(TICKETS.c.lead_unit == unit)  # the index of open tickets begins with it
    mine = and_(UNITS.c.unit == unit, UNITS.c.part == part)
    if by_due:
        return query.where(TICKETS.c.number.in_(select(UNITS.c.number).where(mine)))
    return query.join(UNITS, and_(UNITS.c.number == TICKETS.c.number, mine))


def _number_order(query: Select[Any], part: Part | None, after: str) -> Select[Any]:
    number = UNITS.c.number if part else TICKETS.c.number
    if after:
        query = query.where(number < _number(after))
    return query.order_by(number.desc())


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
        whole = _one_by_one(session, select(TICKETS.c.id), wanted).subquery()
        return session.execute(select(func.count()).select_from(whole)).scalar_one(), True
    query = _narrowed(session, select(TICKETS.c.id), wanted)
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


def _narrowed(session: Session, query: Select[Any], wanted: Wanted) -> Select[Any]:
    exact: dict[str, Term | str | None] = {
        "state": wanted.state,
        "request_type": wanted.request_type,
        "channel": wanted.channel,
        "light": wanted.light,
        "supervision": wanted.supervision,
        "phone": wanted.phone or None,
    }
    for name, value in exact.items():
        if value is not None:
            query = query.where(TICKETS.c[name] == value)
    if wanted.territory:
        query = query.where(TICKETS.c.territory.in_(downwards(session, TERRITORIES, wanted.territory)))
    if wanted.open_only or wanted.light in (Light.YELLOW, Light.RED):
        query = query.where(TICKETS.c.closed_at.is_(None))
    return query if wanted.measure else _registered(query, wanted)


def _registered(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Narrowed to days of registration, which are also the first digits of the number."""
    if wanted.since:
        query = query.where(TICKETS.c.number >= wanted.since.strftime("%y%m%d"))
    if wanted.until:
        query = query.where(TICKETS.c.number < (wanted.until + timedelta(days=1)).strftime("%y%m%d"))
    return query


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


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What is to be done: open tickets by state, light and supervision, and what came and went since a day began."""

    by_state: dict[str, int]
    by_light: dict[str, int]
    by_supervision: dict[str, int]
    open: int
    received: int
    closed: int


def dashboard(session: Session, at: datetime, unit: str = "") -> Dashboard:
    """The figures of today; of one unit's tickets (those it leads), when it is named.

    Only open tickets are counted one by one, from an index that has no others.
    """
    columns = (TICKETS.c.state, TICKETS.c.light, TICKETS.c.supervision)
    query = select(*columns, func.count().label("n")).where(TICKETS.c.closed_at.is_(None))
    if unit:
        query = query.where(TICKETS.c.lead_unit == unit)
    rows = session.execute(query.group_by(*columns)).all()
    morning = start_of(at.date())
    return Dashboard(
        by_state={term.value: sum(r.n for r in rows if r.state == term) for term in State},
        by_light={term.value: sum(r.n for r in rows if r.light == term) for term in Light},
        by_supervision={term.value: sum(r.n for r in rows if r.supervision == term) for term in Supervision},
        open=sum(row.n for row in rows),
        received=_since(session, "created_at", morning, unit),
        closed=_since(session, "closed_at", morning, unit),
    )


def _since(session: Session, column: str, moment: datetime, unit: str) -> int:
    query = select(func.count()).select_from(TICKETS).where(TICKETS.c[column] >= moment)
    if unit:
        query = query.where(TICKETS.c.lead_unit == unit)
    count: int = session.execute(query).scalar_one()
    return count
