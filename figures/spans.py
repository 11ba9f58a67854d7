"""The periods of figures: days, weeks, months and quarters of the year, and the one before a period; dates alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tickets.errors import Invalid
from tickets.terms import Term

_DAY = timedelta(days=1)
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


class Period(Term):
    """How long one row of a series is."""

    DAY = "day", "日"
    WEEK = "week", "周"
    MONTH = "month", "月"
    QUARTER = "quarter", "季度"


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `since` to `until`, both included."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def before(self) -> Span:
        """The period before: the month or quarter before a whole one, else as many days."""
        for period in (Period.MONTH, Period.QUARTER):
            if whole(period, self.since) == self:
                return whole(period, self.since - _DAY)
        return Span(self.since - _DAY * self.days, self.since - _DAY)

    def parts(self, period: Period) -> Iterator[tuple[str, Span]]:
        """The name and the days of each period in it; the first and the last may be cut."""
        day = self.since
        while day <= self.until:
            part = whole(period, day)
            yield name(period, day), Span(max(part.since, self.since), min(part.until, self.until))
            day = part.until + _DAY

    def __str__(self) -> str:
        for period in (Period.MONTH, Period.QUARTER):
            if whole(period, self.since) == self:
                return name(period, self.since)
        return f"{self.since}" if self.days == 1 else f"{self.since}至{self.until}"


def whole(period: Period, day: date) -> Span:
    """The whole period in which a day lies; weeks begin on Monday."""
    if period is Period.DAY:
        return Span(day, day)
    if period is Period.WEEK:
        monday = day - _DAY * day.weekday()
        return Span(monday, monday + 6 * _DAY)
    first = day.month if period is Period.MONTH else (day.month - 1) // 3 * 3 + 1
    last = first if period is Period.MONTH else first + 2
    after = date(day.year + last // 12, last % 12 + 1, 1)
    return Span(date(day.year, first, 1), after - _DAY)


def month_of(text: str) -> Span:
    """The days of a month written as `2026-10`. Raises Invalid."""
    found = _MONTH.fullmatch(text)
    if found is None:
        raise Invalid("month", "月份应如 2026-10")
    return whole(Period.MONTH, date(int(found[1]), int(found[2]), 1))


def name(period: Period, day: date) -> str:
    """The name of the period in which a day lies: `2026-10-05`, `2026-W41`, `2026-10`, `2026-Q4`."""
    if period is Period.DAY:
        return day.isoformat()
    if period is Period.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{day:%Y-%m}" if period is Period.MONTH else f"{day.year}-Q{(day.month + 2) // 3}"
