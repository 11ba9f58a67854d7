"""What pages of many tickets cost, in a process of their own: `python -m bench.ticket_pages URL TIMES`.

Prints JSON: milliseconds of each page, seconds and tickets of each sweep, and how much our memory grew.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench import gauge
from bench.ticket_maker import DAYS, NOW
from bench.ticket_words import NOWHERE, RARE, STREETS, TROUBLES
from store.engine import Store
from tickets.dashboard import dashboard
from tickets.deadlines import start_of
from tickets.progress import progress_for_phone
from tickets.queries import Wanted, count_tickets, list_tickets, search_tickets
from tickets.records import TICKETS
from tickets.sweep import sweep
from tickets.terms import Light, RequestType, State
from tickets.units import UNITS

SWEPT_DAYS = 5
_SAMPLES = 500
_PAGE_SECONDS, _LEAST = 2.0, 10
Page = Callable[[Session], object]


@dataclass(frozen=True, slots=True)
class Samples:
    """Some of what is in the database, to ask for."""

    numbers: Sequence[str]
    phones: Sequence[str]
    matters: Sequence[str]
    towns: Sequence[str]
    units: Sequence[str]


def _samples(session: Session, rng: random.Random) -> Samples:
    last = session.execute(select(func.max(TICKETS.c.id))).scalar_one()
    ids = [rng.randrange(1, last + 1) for _ in range(_SAMPLES)]
    found = session.execute(select(TICKETS).where(TICKETS.c.id.in_(ids))).all()
    units = session.execute(select(UNITS.c.code)).scalars().all()
    return Samples(
        [row.number for row in found], [row.phone for row in found], [row.matter for row in found],
        [row.territory for row in found], units,
    )  # fmt: skip


def pages(samples: Samples, rng: random.Random) -> dict[str, Page]:
    """The pages by name; each time one is asked for it is for something else."""
    return _lists(samples, rng) | _found(samples, rng)


def _lists(samples: Samples, rng: random.Random) -> dict[str, Page]:
    pick = rng.choice

    def listed(**wanted: Callable[[], Any]) -> Page:
        return lambda session: list_tickets(session, Wanted(**{name: value() for name, value in wanted.items()}))

    def day() -> date:
        return NOW.date() - timedelta(days=rng.randrange(DAYS))

    month_long_ago = {
        "since": lambda: NOW.date() - timedelta(days=DAYS - 30), "until": lambda: NOW.date() - timedelta(days=DAYS - 60)
    }
    return {
        "list, newest": listed(),
        "list, a page far down": lambda session: list_tickets(session, after=pick(samples.numbers)),
        "list, closed": listed(state=lambda: State.CLOSED),
        "list, resolved": listed(state=lambda: State.RESOLVED),
        "list, a unit": listed(unit=lambda: pick(samples.units)),
        "list, a unit, open": listed(unit=lambda: pick(samples.units), open_only=lambda: True),
        "list, a unit, far down": lambda session: list_tickets(
            session, Wanted(unit=pick(samples.units)), after=pick(samples.numbers)
        ),
        "list, a unit, a month long ago": listed(unit=lambda: pick(samples.units), **month_long_ago),
        "list, a matter": listed(matter=lambda: pick(samples.matters)),
        "list, a branch of matters": listed(matter=lambda: pick(samples.matters)[:2]),
        "list, a town": listed(territory=lambda: pick(samples.towns)),
        "list, a request type": listed(request_type=lambda: pick([kind for kind in RequestType if kind])),
        "list, overdue": listed(light=lambda: Light.RED),
        "list, from a day on": listed(since=day),
        "list, one caller": listed(phone=lambda: pick(samples.phones)),
        "list, by due date": lambda session: list_tickets(session, by_due=True),
        "list, a unit by due date": lambda session: list_tickets(
            session, Wanted(unit=pick(samples.units)), by_due=True
        ),
    }


def _found(samples: Samples, rng: random.Random) -> dict[str, Page]:
    """Counts, searches, and what is known of a day or of a telephone."""
    pick = rng.choice
    return {
        "count, a unit": lambda session: count_tickets(session, Wanted(unit=pick(samples.units))),
        "search, ticket number": lambda session: search_tickets(session, pick(samples.numbers)),
        "search, telephone number": lambda session: search_tickets(session, pick(samples.phones)),
        "search, a common word": lambda session: search_tickets(session, pick(TROUBLES)),
        "search, two words": lambda session: search_tickets(session, f"{pick(TROUBLES)} {pick(STREETS)}"),
        "search, a rare word": lambda session: search_tickets(session, pick(RARE)),
        "search, a word of a unit": lambda session: search_tickets(session, pick(TROUBLES), unit=pick(samples.units)),
        "search, a word in none": lambda session: search_tickets(session, NOWHERE),
        "dashboard": lambda session: dashboard(session, NOW),
        "dashboard, a unit": lambda session: dashboard(session, NOW, pick(samples.units)),
        "progress by telephone": lambda session: progress_for_phone(session, pick(samples.numbers), "0001"),
    }


def _timed(store: Store, page: Page) -> float:
    began = time.perf_counter()
    with store.reading() as session:
        page(session)
    return 1000 * (time.perf_counter() - began)


def _asked(store: Store, page: Page, times: int) -> list[float]:
    """Milliseconds of each time; a slow page is asked for less often, but ten times at least."""
    found: list[float] = []
    until = time.monotonic() + _PAGE_SECONDS
    while len(found) < times and (len(found) < _LEAST or time.monotonic() < until):
        found.append(_timed(store, page))
    return found


def _sweeps(store: Store) -> list[dict[str, float]]:
    """Seconds and tickets of the first sweep of each of the next days, and of one after a week without any."""
    ahead = [*range(1, SWEPT_DAYS + 1), SWEPT_DAYS + 7]
    done = []
    for days in ahead:
        began = time.perf_counter()
        swept = sweep(store, start_of(NOW.date() + timedelta(days=days)))
        done.append({"seconds": time.perf_counter() - began, "tickets": float(swept.checked)})
    return done


def measure(store: Store, times: int) -> dict[str, Any]:
    """All of it."""
    rng = random.Random(7)
    with store.begin() as session:
        known = pages(_samples(session, rng), rng)
    for page in known.values():
        _timed(store, page)
    before = gauge.rss()
    gauge.reset_peak()
    asked = {name: _asked(store, page, times) for name, page in known.items()}
    swept = _sweeps(store)
    return {"pages": asked, "sweeps": swept, "grown": gauge.peak() - before, "memory": before}


if __name__ == "__main__":
    opened = Store(sys.argv[1])
    print(json.dumps(measure(opened, int(sys.argv[2]))))
    opened.close()
