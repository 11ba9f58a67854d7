"""What the calendar says of a day: holiday, made-up working day, or nothing (国务院节假日安排)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from hotline.hours import Kind
from tickets.calendar_store import load_calendar
from tickets.shipped_days import shipped_calendar
from tickets.workdays import DayKind, WorkCalendar


def read(session: Session) -> WorkCalendar:
    """The calendar in the database, with the notices that were loaded."""
    return load_calendar(session)


def shipped() -> WorkCalendar:
    """The calendar of the package, for as long as the database has not been read."""
    return shipped_calendar()


def kind(calendar: WorkCalendar, day: date) -> Kind:
    """What is special about the day."""
    special = calendar.days.get(day)
    if special is None:
        return Kind.PLAIN
    return Kind.MADE_UP if special.kind == DayKind.WORK else Kind.HOLIDAY
