"""What the calendar lacks or leaves in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tickets.calendar_store import announced_in, days_of
from tickets.records import TICKETS
from tickets.workdays import NATIONAL, PREFECTURE, Day, DayKind, Status

# The day on which nobody works in any year: a year's notice without it is not the whole notice.
NATIONAL_DAY = (10, 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should look at; `year` is where."""

    year: int
    message: str


def check_calendar(session: Session, today: date) -> list[Problem]:
    """The doubts about this year and the next: notices not loaded, half loaded, or at odds with each other."""
    problems = [problem for year in (today.year, today.year + 1) for problem in _year(session, year)]
    query = select(func.count()).where(TICKETS.c.closed_at.is_(None), TICKETS.c.provisional.is_(True))
    waiting = session.execute(query).scalar_one()
    if waiting:
        problems.append(Problem(today.year, f"{waiting}件在办工单的期限是暂定的，待通知公布后重新计算"))
    return problems


def _year(session: Session, year: int) -> Iterator[Problem]:
    days = days_of(session, year)
    national = {day.day: day for day in days if day.region == NATIONAL}
    local = [day for day in days if day.region == PREFECTURE]
    if year not in announced_in(session):
        yield Problem(year, f"{year}年放假安排尚未公布或未导入，期限按周末和法定节日推算，为暂定")
    elif not _off(national.get(date(year, *NATIONAL_DAY))):
        yield Problem(year, f"{year}年的国家通知没有国庆节，可能没有导完")
    if not local:
        yield Problem(year, f"{year}年没有楚雄州放假安排")
    for day in local:
        under = national.get(day.day)
        if under and under.status == Status.ANNOUNCED and under.kind == DayKind.WORK != day.kind:
            yield Problem(year, f"{day.day}国家调休上班，州安排放假，按州安排计")


def _off(day: Day | None) -> bool:
    return day is not None and day.kind == DayKind.OFF
