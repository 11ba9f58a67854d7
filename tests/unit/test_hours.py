"""Opening hours and holidays (settings: the notice gives none; GB/T 33358 advises 7x24)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.hours import HoursError, Kind, is_open, parse, spoken, told
from speech.catalogue import load
from store.base import LOCAL

MONDAY = datetime(2026, 7, 6, tzinfo=LOCAL)
OFFICE = "Mon-Fri 08:30-12:00, Mon-Fri 14:00-17:30, Sat 09:00-12:00"


def plain(_day: date) -> Kind:
    return Kind.PLAIN


def at(day: int, clock: str) -> datetime:
    """The day of the week (0 Monday) at a time."""
    hour, minute = map(int, clock.split(":"))
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("day", "clock", "opened"),
    [
        (0, "08:29", False), (0, "08:30", True), (0, "11:59", True), (0, "12:00", False), (0, "13:59", False),
        (0, "14:00", True), (4, "17:29", True), (4, "17:30", False), (5, "09:00", True), (5, "14:00", False),
        (6, "10:00", False),
    ],
)
def test_office_hours(day: int, clock: str, opened: bool) -> None:
    assert is_open(parse(OFFICE), at(day, clock), plain) is opened


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_the_default_is_always_open(moment: datetime) -> None:
    assert is_open(parse("00:00-24:00"), moment.replace(tzinfo=LOCAL), plain)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 1439), st.integers(1, 1439))
def test_hours_and_their_complement_share_the_day(moment: datetime, opens: int, length: int) -> None:
    """Spans over midnight included: of a span and the rest of the day exactly one is open."""
    first = f"{opens // 60:02}:{opens % 60:02}"
    second = f"{(opens + length) % 1440 // 60:02}:{(opens + length) % 1440 % 60:02}"
    here, there = parse(f"{first}-{second}"), parse(f"{second}-{first}")
    local = moment.replace(tzinfo=LOCAL)
    assert is_open(here, local, plain) is not is_open(there, local, plain)


def test_a_night_shift_belongs_to_the_day_it_begins() -> None:
    night = parse("Fri 20:00-08:00")
    assert is_open(night, at(4, "23:00"), plain)
    assert is_open(night, at(5, "07:59"), plain)
    assert not is_open(night, at(5, "08:00"), plain)
    assert not is_open(night, at(4, "07:00"), plain)


def test_days_may_run_over_the_weekend() -> None:
    spans = parse("Sat-Mon 10:00-11:00")
    assert [is_open(spans, at(day, "10:30"), plain) for day in range(7)] == [True, *[False] * 4, True, True]


def test_a_holiday_is_closed_and_a_made_up_day_has_a_workdays_hours() -> None:
    def golden_week(day: date) -> Kind:
        return {date(2026, 10, 1): Kind.HOLIDAY, date(2026, 10, 10): Kind.MADE_UP}.get(day, Kind.PLAIN)

    spans = parse("Mon-Fri 08:30-17:30")
    thursday, saturday = datetime(2026, 10, 1, 10, tzinfo=LOCAL), datetime(2026, 10, 10, 10, tzinfo=LOCAL)
    assert is_open(spans, thursday, plain) and not is_open(spans, thursday, golden_week)
    assert not is_open(spans, saturday, plain) and is_open(spans, saturday, golden_week)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "''"), ("always", "'always'"), ("8:30-17:30", "'8:30-17:30'"), ("08:30-25:00", "25:00"),
        ("08:60-09:00", "08:60"), ("Foo 08:30-09:00", "'foo'"), ("08:30-17:30,", "''"), ("24:00-24:00", "no time"),
        ("09:00-09:00", "no time"), ("24:00-08:00", "no time"), ("Mon-Fun 08:00-09:00", "'fun'"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, part: str) -> None:
    with pytest.raises(HoursError) as raised:
        parse(text)
    assert part in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("08:30-17:30", ("hours_daily", "digits/8", "digits/oclock", "digits/30", "digits/minute")),
        ("Mon-Fri 08:30-12:00, Mon-Fri 14:00-17:30", ("hours_workdays", "digits/8")),
        (OFFICE, ()),
        ("Tue 08:30-09:00", ()),
    ],
)
def test_hours_are_said_when_few_words_suffice(text: str, said: tuple[str, ...]) -> None:
    prompts = spoken(parse(text))
    assert prompts[: len(said)] == said and bool(prompts) is bool(said)
    assert all(prompt in load() for prompt in prompts)


def test_who_finds_it_closed_is_told_the_hours_or_that_it_is_a_day_off() -> None:
    daily = parse("08:30-17:30")
    assert told(daily, Kind.PLAIN) == ("closed_before", *spoken(daily))
    assert told(daily, Kind.HOLIDAY) == ("closed_holiday",)
    assert told(parse("Tue 08:30-09:00"), Kind.PLAIN) == ()
