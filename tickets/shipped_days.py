"""The calendar the package brings: the State Council's years, the prefecture's days, and computed years to come."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import holidays
from chinese_calendar import constants

from tickets.workdays import NATIONAL, PREFECTURE, Day, DayKind, Status, WorkCalendar

YEARS_AHEAD = 3
_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}


@cache
def announced_days() -> tuple[Day, ...]:
    """The State Council's days off and make-up days, as the package `chinesecalendar` knows them (2004-2026)."""
    source = f"国务院办公厅放假通知（chinesecalendar {version('chinesecalendar')}）"
    days = [
        Day(day, kind, _NAMES.get(name, name), NATIONAL, source)
        for kind, table in ((DayKind.OFF, constants.holidays), (DayKind.WORK, constants.workdays))
        for day, name in table.items()
    ]
    return tuple(sorted(days, key=lambda found: found.day))


@cache
def announced_years() -> frozenset[int]:
    """The years whose national notice the package knows."""
    return frozenset(day.day.year for day in announced_days())


@cache
def computed_days(year: int) -> tuple[Day, ...]:
    """The statutory days of a year whose notice has not come, without make-up days; all provisional."""
    source = f"推算，待国务院办公厅通知（holidays {version('holidays')}）"
    table: Any = holidays.country_holidays("CN", years=[year], language="zh_CN")
    return tuple(
        Day(day, DayKind.OFF, name, NATIONAL, source, Status.PROVISIONAL) for day, name in sorted(table.items())
    )


@cache
def prefecture_days() -> tuple[Day, ...]:
    """The prefecture's own days off that are known (data/chuxiong.csv)."""
    text = files("tickets").joinpath("data/chuxiong.csv").read_text("utf-8")
    return tuple(
        Day(date.fromisoformat(row["date"]), DayKind(row["kind"]), row["name"], PREFECTURE, row["source"])
        for row in csv.DictReader(text.splitlines())
    )


def shipped_days() -> tuple[Day, ...]:
    """Every day the package brings, the computed years included."""
    latest = max(announced_years())
    ahead = [day for year in range(latest + 1, latest + 1 + YEARS_AHEAD) for day in computed_days(year)]
    return (*announced_days(), *ahead, *prefecture_days())


def calendar_of(days: tuple[Day, ...], region: str) -> WorkCalendar:
    """The calendar of days; `region` lays its own over the nation's, NATIONAL has the nation's alone."""
    national = {day.day: day for day in days if day.region == NATIONAL}
    over = {day.day: day for day in days if day.region == region}
    years = frozenset(day.day.year for day in national.values() if day.status == Status.ANNOUNCED)
    return WorkCalendar(national | over, years)


@cache
def shipped_calendar(region: str = PREFECTURE) -> WorkCalendar:
    """The calendar before any notice is loaded."""
    return calendar_of(shipped_days(), region)
