"""The working-day clock: pure functions of a calendar value, and why each day counted or did not (R22)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tickets.terms import Term

ONE_DAY = timedelta(days=1)
NATIONAL = "CN"
# Chuxiong prefecture, whose own holidays lie over the national calendar.
PREFECTURE = "532300"
YEAR_END = (12, 28)
WEEKDAYS = "一二三四五六日"


class DayKind(Term):
    """What a day is when it is not what its weekday says."""

    OFF = "off", "休"
    WORK = "work", "班"


class Status(Term):
    """Whether a day was announced by a notice, or is only computed until the notice comes."""

    ANNOUNCED = "announced", "已公布"
    PROVISIONAL = "provisional", "暂定"


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a notice."""

    day: date
    kind: DayKind
    name: str
    region: str
    source: str
    status: Status = Status.ANNOUNCED


@dataclass(frozen=True, slots=True)
class Due:
    """A due date; `provisional` when it rests on a day of a year whose notice has not come."""

    day: date
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """One day of an explanation: its number in the count (None when it did not count), and why."""

    day: date
    count: int | None
    why: str
    source: str
    provisional: bool

    def told(self) -> dict[str, Any]:
        """As the command line and REST give it."""
        return {
            "date": self.day, "counted": self.count is not None, "count": self.count, "why": self.why,
            "source": self.source, "provisional": self.provisional,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked, Asia/Shanghai dates.

    `days` has the days that differ from their weekday, the prefecture's over the nation's; `announced` has the years
    whose national notice is known. Outside them weekdays are worked and every answer is provisional.
    """

    days: Mapping[date, Day]
    announced: frozenset[int]

    def working(self, day: date) -> bool:
        """Whether `day` is worked."""
        special = self.days.get(day)
        return special.kind == DayKind.WORK if special else day.weekday() < 5

    def provisional(self, day: date) -> bool:
        """Whether a coming notice may still change `day`."""
        special = self.days.get(day)
        if special and special.region != NATIONAL and special.status == Status.ANNOUNCED:
            return False
        # The notice for a year moves days at the end of the year before (2018-12-29 was worked, 2018-12-31 was not).
        year = day.year + 1 if (day.month, day.day) >= YEAR_END else day.year
        return day.year not in self.announced or year not in self.announced

    def after(self, start: date, days: int) -> Due:
        """The last of `days` working days, counted from the day after `start` (R22); `start` itself for 0."""
        last, provisional = start, False
        for counted in self.walk(start, days):
            last, provisional = counted.day, provisional or counted.provisional
        return Due(last, provisional)

    def before(self, end: date, days: int) -> date:
        """The day from which only `days` working days, `end` included, are left; `end` for one or less."""
        day, left = end, days - 1
        while left > 0:
            day -= ONE_DAY
            left -= self.working(day)
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and with `end`; 0 when `end` is not later."""
        return sum(self.working(start + ONE_DAY * n) for n in range(1, (end - start).days + 1))

    def walk(self, start: date, days: int) -> Iterator[Counted]:
        """Day by day after `start` until `days` working days are counted."""
        day, count = start, 0
        while count < days:
            day += ONE_DAY
            worked = self.working(day)
            count += worked
            why, source = self._why(day)
            yield Counted(day, count if worked else None, why, source, self.provisional(day))

    def _why(self, day: date) -> tuple[str, str]:
        weekday = f"周{WEEKDAYS[day.weekday()]}"
        special = self.days.get(day)
        if special:
            worked = "调休上班" if special.kind == DayKind.WORK else "放假"
            return f"{weekday}，{special.name}{worked}", special.source
        return (f"{weekday}，工作日" if day.weekday() < 5 else f"{weekday}，周末"), ""


def explain(calendar: WorkCalendar, dispatched: date, days: int) -> tuple[Counted, ...]:
    """Why a term of `days` ends when it does: each day after `dispatched`, counted or not (R22)."""
    return tuple(calendar.walk(dispatched, days))


def without_local_days(years: Iterable[int], days: Iterable[Day]) -> list[int]:
    """The years of which no day of the prefecture is known: it has some every year, so they are missing here."""
    return sorted(set(years) - {day.day.year for day in days if day.region != NATIONAL})
