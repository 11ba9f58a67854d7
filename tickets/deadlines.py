"""Due dates: which terms a ticket has, and when each ends (R22-R28, R35)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from store.base import LOCAL
from tickets.terms import RequestType
from tickets.workdays import Counted, Due, WorkCalendar, explain, without_local_days

_RESOLVE = MappingProxyType({RequestType.CONSULT: 5})


@dataclass(frozen=True, slots=True)
class Rules:
    """The terms, in working days; those of the notice first, then those it leaves open, with our defaults.

    `warn_long` and `warn_short`: on how many last working days the light is yellow, for terms longer than five days
    and for others. A repeat complaint is one of `repeat_count` in `repeat_days` calendar days (R41). `emergency` is
    what a citizen in danger is told to dial (R6).
    """

    contact: int = 2
    give_back: int = 1
    give_back_site: int = 3
    resolve: Mapping[RequestType, int] = field(default_factory=lambda: _RESOLVE)
    resolve_other: int = 15
    review: int = 2

    fast_contact: int = 1
    fast_resolve: int = 5
    extension_most: int = 15
    extension_count: int = 1
    returns_most: int = 2
    reason_shortest: int = 10
    warn_long: int = 3
    warn_short: int = 1
    repeat_count: int = 3
    repeat_days: int = 90
    emergency: str = "110（警情）、119（火警）、120（急救）、122（交通事故）"

    def resolve_days(self, request_type: RequestType, fast: bool = False) -> int:
        """Working days to resolve: 5 for a consultation (R24), 15 for others (R25), less on the fast track (R21)."""
        days = self.resolve.get(request_type, self.resolve_other)
        return min(days, self.fast_resolve) if fast else days

    def contact_days(self, fast: bool = False) -> int:
        """Working days to contact the citizen (R23)."""
        return min(self.contact, self.fast_contact) if fast else self.contact

    def warning(self, days: int) -> int:
        """On how many last working days of a term of `days` the light is yellow."""
        return self.warn_long if days > 5 else self.warn_short


DEFAULT = Rules()


@dataclass(frozen=True, slots=True)
class Term:
    """One due date and the working days it was counted by."""

    days: int
    due: Due


def terms(
    calendar: WorkCalendar,
    dispatched: date,
    request_type: RequestType,
    *,
    fast: bool = False,
    extension: int = 0,
    rules: Rules = DEFAULT,
) -> dict[str, Term]:
    """The terms `contact`, `return`, `return_site` and `resolve` of a ticket dispatched on a day (R22-R27, R29)."""
    lengths = {
        "contact": rules.contact_days(fast),
        "return": rules.give_back,
        "return_site": rules.give_back_site,
        "resolve": rules.resolve_days(request_type, fast) + extension,
    }
    return {name: Term(days, calendar.after(dispatched, days)) for name, days in lengths.items()}


@dataclass(frozen=True, slots=True)
class Explained:
    """A dispatch's terms and why they end when they do. `local_unknown`: years whose prefecture days are not known."""

    dispatched: date
    type: RequestType
    calendar: str
    terms: Mapping[str, Term]
    days: tuple[Counted, ...]
    local_unknown: list[int]

    def told(self) -> dict[str, Any]:
        """As the command line and REST give it."""
        return {
            "dispatched": self.dispatched, "type": self.type, "calendar": self.calendar,
            **{name: term.due.day for name, term in self.terms.items()},
            "terms": {name: {"days": one.days, "provisional": one.due.provisional} for name, one in self.terms.items()},
            "days": [line.told() for line in self.days], "local_unknown": self.local_unknown,
        }  # fmt: skip


def explained(
    calendar: WorkCalendar,
    name: str,
    dispatched: date,
    request_type: RequestType,
    *,
    fast: bool = False,
    rules: Rules = DEFAULT,
) -> Explained:
    """The terms of a dispatch by the calendar `name` (national, local), day by day."""
    found = terms(calendar, dispatched, request_type, fast=fast, rules=rules)
    days = explain(calendar, dispatched, max(term.days for term in found.values()))
    years = {line.day.year for line in days}
    unknown = without_local_days(years, calendar.days.values()) if name == "local" else []
    return Explained(dispatched, request_type, name, found, days, unknown)


def start_of(day: date) -> datetime:
    """The first moment of a day in Asia/Shanghai."""
    return datetime.combine(day, time(), LOCAL)


def end_of(day: date) -> datetime:
    """The moment a due date is missed: the first of the day after."""
    return start_of(day + timedelta(days=1))
