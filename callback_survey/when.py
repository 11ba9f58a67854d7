"""When a citizen may be called (R36): calling hours, days off, later, and how far apart attempts are. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

_DAY = timedelta(days=1)
_SEARCH_DAYS = 60  # no holiday is that long; a calendar without a working day in it is a mistake
WISHES = ("morning", "afternoon", "evening")
"""The parts of the day, as answers name them."""
_PARTS = (time(12), time(17))  # morning, afternoon, evening: where one ends and the next begins


@dataclass(frozen=True, slots=True)
class Policy:
    """When and how often. `hours`: minutes of the day (from, to), in order, not overlapping; Asia/Shanghai.

    `called_on` tells whether a day is one to call on. `attempts` is how many calls a citizen gets at most, `distance`
    the time between the first two; each further distance is `growth` times the one before. `busy` is the distance
    after a busy line, whose citizen is near the telephone.
    """

    hours: tuple[tuple[int, int], ...]
    called_on: Callable[[date], bool]
    attempts: int = 3
    distance: timedelta = timedelta(hours=3)
    growth: int = 4
    busy: timedelta = timedelta(minutes=20)


def allowed(policy: Policy, at: datetime) -> bool:
    """Whether a citizen may be called at the moment."""
    minute = at.hour * 60 + at.minute
    return policy.called_on(at.date()) and any(begins <= minute < ends for begins, ends in policy.hours)


def earliest(policy: Policy, at: datetime) -> datetime:
    """The first moment, `at` or later, at which a citizen may be called. Raises ValueError when there is none."""
    return next(max(begins, at) for begins, ends in _spans(policy, at) if ends > at)


def part(at: datetime) -> int:
    """The part of the day: 0 morning, 1 afternoon, 2 evening."""
    return sum(at.time() >= border for border in _PARTS)


def next_attempt(policy: Policy, tried: Sequence[datetime], at: datetime, busy: bool = False) -> datetime | None:
    """When to call again after calls begun at `tried`, the last one over at `at`; None when these were enough.

    Not before the distance, and at a part of the day that was not tried yet; when all were tried, at another one than
    the last. A busy line is tried again soon, whatever the part, but only the first time.
    """
    if len(tried) >= policy.attempts:
        return None
    if busy and len(tried) == 1:
        return earliest(policy, at + policy.busy)
    distance: timedelta = policy.distance * policy.growth ** (max(len(tried), 1) - 1)
    base = at + distance
    offered = {part(begins) for begins, _ in _spans(policy, base)}
    fresh = offered - {part(moment) for moment in tried}
    wanted = fresh or (offered - {part(moment) for moment in tried[-1:]}) or offered
    return next(max(begins, base) for begins, ends in _spans(policy, base) if ends > base and part(begins) in wanted)


def later(policy: Policy, at: datetime, wish: str = "") -> datetime:
    """When to call a citizen who asked for another time (key 2), an hour on at least.

    `wish` is what they chose: morning, afternoon, evening, another-day; without one, or where the calling hours have no
    such time, it is the next part of a day.
    """
    base = at + timedelta(hours=1)
    for begins, ends in _spans(policy, base):
        moment = max(begins, base)
        if ends > base and _wished(moment, at, wish):
            return moment
    spans = ((max(begins, base), ends) for begins, ends in _spans(policy, base))
    return next(moment for moment, ends in spans if ends > moment and _wished(moment, at, ""))


def _wished(moment: datetime, at: datetime, wish: str) -> bool:
    if wish in WISHES:
        return part(moment) == WISHES.index(wish)
    if wish:
        return moment.date() > at.date()
    return (moment.date(), part(moment)) != (at.date(), part(at))


def _spans(policy: Policy, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The times of calling from the day of `at` on, cut at the borders of the parts of a day."""
    found = False
    for number in range(_SEARCH_DAYS):
        day = at.date() + _DAY * number
        if policy.called_on(day):
            for begins, ends in policy.hours:
                found = True
                yield from _cut(_at(day, begins, at), _at(day, ends, at))
    if not found:
        raise ValueError("no calling hours at all")


def _at(day: date, minute: int, like: datetime) -> datetime:
    return datetime.combine(day, time(0), like.tzinfo) + timedelta(minutes=minute)


def _cut(begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    borders = [datetime.combine(begins.date(), border, begins.tzinfo) for border in _PARTS]
    marks = [begins, *(border for border in borders if begins < border < ends), ends]
    yield from pairwise(marks)
