"""Opening hours: `08:30-17:30`, `Mon-Fri 08:30-12:00, Mon-Fri 14:00-17:30, Sat 09:00-12:00`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache

from hotline.errors import HotlineError
from speech.catalogue import spoken_hours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES = 24 * 60
_FORM = re.compile(r"(?:(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?\s+)?(?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)")


class HoursError(HotlineError):
    """The opening hours cannot be read."""


class Kind(Enum):
    """What the calendar says of a day."""

    PLAIN = "plain"
    HOLIDAY = "holiday"
    MADE_UP = "made up"
    """A weekend day that is worked instead of another (调休)."""


@dataclass(frozen=True, slots=True)
class Span:
    """Open on `days` (0 is Monday) from minute `opens` to minute `closes` of the day.

    `closes` beyond 1440 is in the next morning.
    """

    days: frozenset[int]
    opens: int
    closes: int


@lru_cache(maxsize=16)  # a setting: the same at every call
def parse(text: str) -> tuple[Span, ...]:
    """The spans written in `text`. Raises HoursError naming the part that cannot be read."""
    return tuple(_span(part.strip()) for part in text.split(","))


def _span(part: str) -> Span:
    found = _FORM.fullmatch(part.lower())
    if not found:
        raise HoursError(f"{part!r} is not like 08:30-17:30 or Mon-Fri 08:30-17:30")
    opens, closes = _minutes(found["opens"], part), _minutes(found["closes"], part)
    if opens in (closes, _DAY_MINUTES):
        raise HoursError(f"{part!r} is no time at all; all day is 00:00-24:00")
    return Span(_days(found["first"], found["last"], part), opens, closes if closes > opens else closes + _DAY_MINUTES)


def _minutes(clock: str, part: str) -> int:
    hours, minutes = int(clock[:2]), int(clock[3:])
    total = hours * 60 + minutes
    if minutes > 59 or total > _DAY_MINUTES:
        raise HoursError(f"{clock} in {part!r} is not a time of day")
    return total


def _days(first: str | None, last: str | None, part: str) -> frozenset[int]:
    if first is None:
        return frozenset(range(7))
    for name in (first, last or first):
        if name not in DAYS:
            raise HoursError(f"{name!r} in {part!r} is not a day (Mon, Tue, ... Sun)")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    return frozenset(day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))


def is_open(spans: Sequence[Span], at: datetime, kind: Callable[[date], Kind]) -> bool:
    """Whether the hotline is open at the moment (Asia/Shanghai), given what the calendar says of days."""
    minute = at.hour * 60 + at.minute
    today, before = at.date(), at.date() - timedelta(days=1)
    return any(
        (_worked(span, today, kind(today)) and span.opens <= minute < span.closes)
        or (_worked(span, before, kind(before)) and minute + _DAY_MINUTES < span.closes)
        for span in spans
    )


def _worked(span: Span, day: date, kind: Kind) -> bool:
    if kind is Kind.HOLIDAY:
        return False
    # A made-up working day has a working day's hours, and any of its own.
    return day.weekday() in span.days or (kind is Kind.MADE_UP and 0 in span.days)


@lru_cache(maxsize=16)
def spoken(spans: tuple[Span, ...]) -> tuple[str, ...]:
    """The hours as prompt ids, () when they cannot be said in a few words.

    Said are hours that hold every day (hours_daily) or Monday to Friday (hours_workdays), up to two spans of them.
    """
    days = {span.days for span in spans}
    names = {frozenset(range(7)): "hours_daily", frozenset(range(5)): "hours_workdays"}
    if len(days) != 1 or len(spans) > 2 or not days <= names.keys():
        return ()
    said = [prompt for span in spans for prompt in spoken_hours(_clock(span.opens), _clock(span.closes))]
    return (names[days.pop()], *said)


def told(spans: tuple[Span, ...], today: Kind) -> tuple[str, ...]:
    """What a caller is told who finds the hotline closed, as prompt ids: that today is a day off, or the hours.

    () when the hours cannot be said in a few words.
    """
    if today is Kind.HOLIDAY:
        return ("closed_holiday",)
    said = spoken(spans)
    return ("closed_before", *said) if said else ()


def _clock(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)
