"""The periods of reports: quarter-hours, hours, days, weeks and months of Asia/Shanghai."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Period(StrEnum):
    """How long one row of a report is."""

    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def begin(period: Period, moment: datetime) -> datetime:
    """The first moment of the period in which `moment` lies; weeks begin on Monday."""
    if period is Period.QUARTER:
        return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    if period is Period.HOUR:
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is Period.MONTH else day


def end(period: Period, first: datetime) -> datetime:
    """The first moment after the period that begins at `first`."""
    steps = {Period.QUARTER: timedelta(minutes=15), Period.HOUR: timedelta(hours=1), Period.DAY: timedelta(days=1)}
    if period is Period.MONTH:
        return (first + timedelta(days=32)).replace(day=1)
    return first + steps.get(period, timedelta(days=7))


def name(period: Period, first: datetime) -> str:
    """The period's name in tables: `2026-07-06 08:15`, `2026-07-06`, `2026-W28`, `2026-07`."""
    if period in (Period.QUARTER, Period.HOUR):
        return f"{first:%Y-%m-%d %H:%M}"
    if period is Period.WEEK:
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{first:%Y-%m}" if period is Period.MONTH else f"{first:%Y-%m-%d}"
