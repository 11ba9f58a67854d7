"""The working-day clock against the notice, the shipped calendar and a slow count of its own (R22-R27)."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tickets
from tickets.deadlines import Rules, terms
from tickets.shipped_days import calendar_of, shipped_calendar, shipped_days
from tickets.terms import RequestType
from tickets.workdays import NATIONAL, PREFECTURE, Day, DayKind, Status, WorkCalendar, explain

FIRST, LAST = date(2018, 1, 1), date(2027, 12, 31)
ONE = timedelta(days=1)
LOCAL_FILE = Path(tickets.__file__).parent / "data" / "chuxiong.csv"
days_tested = st.dates(FIRST, LAST)
terms_tested = st.integers(1, 40)


@cache
def _local_days_off() -> frozenset[date]:
    with LOCAL_FILE.open(encoding="utf-8") as file:
        return frozenset(date.fromisoformat(row["date"]) for row in csv.DictReader(file))


@cache
def _slow_working(day: date, region: str) -> bool:
    """The independent answer: straight from the packages, day by day, none of our tables."""
    if region == PREFECTURE and day in _local_days_off():
        return False
    if day.year <= 2026:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5 and day not in holidays.country_holidays("CN", years=[day.year])


def _slow_due(start: date, days: int, region: str) -> date:
    day = start
    for _ in range(days):
        day += ONE
        while not _slow_working(day, region):
            day += ONE
    return day


@pytest.mark.parametrize(
    ("dispatched", "expected"),
    [
        ("2026-02-13", ["2026-02-14", "2026-02-24", "2026-02-25", "2026-02-27", "2026-03-12"]),
        ("2026-12-10", ["2026-12-11", "2026-12-14", "2026-12-15", "2026-12-17", "2026-12-31"]),
    ],
)
def test_the_tables_of_due_dates_r22(dispatched: str, expected: list[str]) -> None:
    """R22: the clock starts the day after dispatch, holidays push it on, make-up Saturdays count."""
    calendar = shipped_calendar(NATIONAL)
    found = [calendar.after(date.fromisoformat(dispatched), days).day for days in (1, 2, 3, 5, 15)]
    assert found == [date.fromisoformat(day) for day in expected]


def test_terms_by_type_r23_to_r27() -> None:
    """R23 contact 2, R24 consult 5, R25 others 15, R26 return 1, R27 with a site check 3."""
    calendar = shipped_calendar(NATIONAL)
    for kind in RequestType:
        found = terms(calendar, date(2026, 2, 13), kind)
        assert found["contact"].due.day == date(2026, 2, 24)
        assert found["return"].due.day == date(2026, 2, 14)
        assert found["return_site"].due.day == date(2026, 2, 25)
        resolve = date(2026, 2, 27) if kind == RequestType.CONSULT else date(2026, 3, 12)
        assert found["resolve"].due.day == resolve


def test_fast_track_is_never_slower_r21() -> None:
    calendar = shipped_calendar()
    for kind in RequestType:
        usual = terms(calendar, date(2026, 4, 1), kind)
        fast = terms(calendar, date(2026, 4, 1), kind, fast=True)
        assert all(fast[name].due.day <= usual[name].due.day for name in usual)
        assert fast["contact"].days == Rules().fast_contact


def test_the_prefecture_has_days_off_of_its_own() -> None:
    friday = date(2025, 4, 11)
    assert shipped_calendar(NATIONAL).after(friday, 1).day == date(2025, 4, 14)
    assert shipped_calendar(PREFECTURE).after(friday, 1).day == date(2025, 4, 16)
    assert len(_local_days_off()) == 47


@pytest.mark.parametrize("region", [NATIONAL, PREFECTURE])
def test_a_slow_count_agrees_for_every_day(region: str) -> None:
    """Every dispatch day 2018-2027 and each term of the notice, counted apart."""
    calendar = shipped_calendar(region)
    day, wrong = FIRST, []
    while day <= LAST:
        for term in (1, 2, 3, 5, 15):
            if calendar.after(day, term).day != _slow_due(day, term, region):
                wrong.append((day, term))
        day += ONE
    assert wrong == []


@given(days_tested, terms_tested, st.sampled_from([NATIONAL, PREFECTURE]))
def test_due_dates_are_later_working_days_and_monotone(start: date, days: int, region: str) -> None:
    calendar = shipped_calendar(region)
    due = calendar.after(start, days).day
    assert due > start and calendar.working(due)
    assert calendar.after(start, days + 1).day > due
    assert calendar.after(start + ONE, days).day >= due
    assert calendar.between(start, due) == days
    assert shipped_calendar(PREFECTURE).after(start, days).day >= shipped_calendar(NATIONAL).after(start, days).day


@given(days_tested, terms_tested)
def test_the_explanation_gives_every_day_once_and_ends_with_the_due_date(start: date, days: int) -> None:
    calendar = shipped_calendar()
    told = explain(calendar, start, days)
    assert [line.day for line in told] == [start + ONE * n for n in range(1, len(told) + 1)]
    assert [line.count for line in told if line.count] == list(range(1, days + 1))
    assert told[-1].day == calendar.after(start, days).day and told[-1].count == days
    assert all(calendar.working(line.day) == (line.count is not None) for line in told)
    assert all(line.why for line in told)


def test_the_explanation_says_why_a_day_did_not_count() -> None:
    told = {line.day: line for line in explain(shipped_calendar(), date(2026, 2, 13), 2)}
    assert told[date(2026, 2, 14)].count == 1 and "调休上班" in told[date(2026, 2, 14)].why
    assert told[date(2026, 2, 16)].count is None and "春节放假" in told[date(2026, 2, 16)].why
    assert "国务院办公厅" in told[date(2026, 2, 16)].source
    weekend = explain(shipped_calendar(), date(2026, 3, 6), 1)
    assert [line.why for line in weekend] == ["周六，周末", "周日，周末", "周一，工作日"]


@given(days_tested, terms_tested)
def test_what_rests_on_an_unannounced_year_is_provisional(start: date, days: int) -> None:
    due = shipped_calendar().after(start, days)
    assert due.provisional == (due.day >= date(2026, 12, 28))


def test_the_notice_of_a_year_settles_the_last_days_of_the_year_before() -> None:
    """As in 2018, whose 29 December was worked and 31 December was not by the notice for 2019."""
    calendar = shipped_calendar(NATIONAL)
    assert calendar.working(date(2018, 12, 29)) and not calendar.working(date(2018, 12, 31))
    assert calendar.provisional(date(2026, 12, 28)) and not calendar.provisional(date(2026, 12, 27))


@given(days_tested, terms_tested, st.sets(st.dates(date(2027, 1, 1), LAST), max_size=30))
def test_more_days_off_never_make_a_date_earlier(start: date, days: int, off: set[date]) -> None:
    before = shipped_calendar(NATIONAL)
    notice = {day: Day(day, DayKind.OFF, "放假", NATIONAL, "通知") for day in off}
    after = WorkCalendar({**before.days, **notice}, before.announced | {2027})
    assert after.after(start, days).day >= before.after(start, days).day
    assert after.after(start, days).provisional <= before.after(start, days).provisional


@given(days_tested, st.integers(1, 6))
def test_the_warning_leaves_so_many_working_days(due: date, left: int) -> None:
    calendar = shipped_calendar()
    warned = calendar.before(due, left)
    assert calendar.between(warned - ONE, due) >= left - (not calendar.working(due))
    assert warned == due if left == 1 else warned < due


def test_the_prefecture_lies_over_the_nation() -> None:
    day = date(2027, 5, 8)
    national = Day(day, DayKind.WORK, "劳动节", NATIONAL, "国办通知")
    local = Day(day, DayKind.OFF, "州庆", PREFECTURE, "州通知")
    assert calendar_of((national, local), NATIONAL).working(day)
    assert not calendar_of((local, national), PREFECTURE).working(day)


def test_every_shipped_day_names_its_source() -> None:
    days = shipped_days()
    assert all(day.source and day.name for day in days)
    assert {day.day.year for day in days if day.status == Status.PROVISIONAL} == {2027, 2028, 2029}
