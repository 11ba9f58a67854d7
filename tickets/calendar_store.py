"""The calendar in the database: seeded from the package, corrected by loaded notices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, delete, select
from sqlalchemy.orm import Session

from tickets.calendar_tables import CalendarDayRow
from tickets.numbers import insert_for
from tickets.shipped_days import announced_years, calendar_of, computed_days, shipped_days
from tickets.workdays import NATIONAL, PREFECTURE, Day, DayKind, Status, WorkCalendar

DAYS = cast(Table, CalendarDayRow.__table__)
_NATION_ANNOUNCED = (DAYS.c.region == NATIONAL, DAYS.c.status == Status.ANNOUNCED.value)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a notice changed: days that were new, that differed, the years it announced for the first time.

    `first` and `last` bound the dates whose working or provisional nature may have changed.
    """

    added: int
    changed: int
    years: tuple[int, ...]
    first: date
    last: date


def seed(session: Session) -> frozenset[int]:
    """The years newly announced: puts in what the package brings, never over a year or a day loaded by notice."""
    known = announced_in(session)
    fresh = announced_years() - known
    if not fresh:
        return fresh
    _drop_computed(session, fresh)
    rows = [
        _row(day)
        for day in shipped_days()
        if day.region != NATIONAL
        or (day.day.year in fresh and day.status == Status.ANNOUNCED)
        or (day.day.year not in known | fresh and day.status == Status.PROVISIONAL)
    ]
    # Another service may be seeding at the same moment: what is there already stays.
    session.execute(insert_for(session, DAYS).on_conflict_do_nothing(), rows)
    return fresh


def load_calendar(session: Session, region: str = PREFECTURE, around: date | None = None) -> WorkCalendar:
    """The calendar of `region` (NATIONAL: the State Council's alone); seeded first when it is empty or out of date.

    `around` asks only for its year, the one before and the two after, which is what a deadline needs.
    """
    _ensure_seeded(session)
    query = select(DAYS).where(DAYS.c.region.in_((NATIONAL, region)))
    if around:
        query = query.where(DAYS.c.day.between(*_span(around.year - 1, around.year + 2)))
    days = [_day(row) for row in session.execute(query)]
    known = {day.day.year for day in days if day.region == NATIONAL}
    if around:
        for year in {around.year, around.year + 1, around.year + 2} - known:
            days.extend(computed_days(year))
    return calendar_of(tuple(days), region)


def days_of(session: Session, year: int) -> list[Day]:
    """The special days of a year, every region, by date."""
    _ensure_seeded(session)
    query = select(DAYS).where(DAYS.c.day.between(*_span(year, year)))
    rows = session.execute(query.order_by(DAYS.c.day, DAYS.c.region))
    return [_day(row) for row in rows]


def store_notice(session: Session, days: Iterable[Day]) -> Loaded:
    """What the days of a notice (at least one) changed; the computed days of a year it announces go."""
    found = sorted(days, key=lambda day: day.day)
    _ensure_seeded(session)
    years = {day.day.year for day in found if day.region == NATIONAL} - announced_in(session)
    _drop_computed(session, years)
    old = {(day.region, day.day): day for year in {d.day.year for d in found} for day in days_of(session, year)}
    for day in found:
        _put(session, day)
    before = [old.get((day.region, day.day)) for day in found]
    changed = sum(was is not None and was != day for was, day in zip(before, found, strict=True))
    # A year's notice also settles the last days of the year before.
    first = min([found[0].day, *(date(year, 1, 1) - timedelta(days=7) for year in years)])
    last = max([found[-1].day, *(date(year, 12, 31) for year in years)])
    return Loaded(before.count(None), changed, tuple(sorted(years)), first, last)


def announced_in(session: Session) -> frozenset[int]:
    """The years whose national notice is in the database."""
    query = select(DAYS.c.day).where(*_NATION_ANNOUNCED)
    return frozenset(day.year for day in session.execute(query).scalars())


def _ensure_seeded(session: Session) -> None:
    year = max(announced_years())
    probe = select(DAYS.c.day).where(*_NATION_ANNOUNCED, DAYS.c.day.between(*_span(year, year)))
    if session.execute(probe.limit(1)).first() is None:
        seed(session)


def _span(first: int, last: int) -> tuple[date, date]:
    return date(first, 1, 1), date(last, 12, 31)


def _put(session: Session, day: Day) -> None:
    values = _row(day)
    statement = insert_for(session, DAYS).values(values)
    new = {key: value for key, value in values.items() if key not in ("region", "day")}
    session.execute(statement.on_conflict_do_update(index_elements=["region", "day"], set_=new))


def _drop_computed(session: Session, years: Iterable[int]) -> None:
    for year in years:
        session.execute(
            delete(DAYS).where(
                DAYS.c.region == NATIONAL,
                DAYS.c.status == Status.PROVISIONAL.value,
                DAYS.c.day.between(*_span(year, year)),
            )
        )


def _row(day: Day) -> dict[str, Any]:
    return {
        "region": day.region,
        "day": day.day,
        "kind": day.kind.value,
        "name": day.name,
        "source": day.source,
        "status": day.status.value,
    }


def _day(row: Row[Any]) -> Day:
    return Day(row.day, DayKind(row.kind), row.name, row.region, row.source, Status(row.status))
