"""Figures of tickets (R43, R46): hand-counted ones, on both databases; the list behind each number has as many."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from figures import counting, document
from figures.core import BY_NAME, FIGURES, HEADLINE
from figures.counting import By, Cut
from figures.spans import Period, Span, month_of, name, whole
from store.base import now
from store.engine import Store
from tests.counted import HAND, HOUSING, OCTOBER, TODAY, WATER, fill
from tests.stores import database_url, postgres_server, store
from tickets.errors import Invalid
from tickets.measures import MEASURES
from tickets.queries import Wanted, count_tickets, list_tickets

__all__ = ["database_url", "postgres_server", "store"]


@pytest.fixture
def counted(store: Store) -> Store:
    with store.begin() as session:
        fill(session)
    return store


def test_every_figure_is_what_was_counted_by_hand(counted: Store) -> None:
    with counted.reading() as session:
        found = counting.total(session, OCTOBER, TODAY).plain()
    assert {figure: found[figure] for figure in HAND} == HAND
    assert set(HAND) == set(BY_NAME)


def test_what_is_not_due_yet_does_not_count(counted: Store) -> None:
    """On 29 October the tickets due on the 30th are open or done: only the done one counts."""
    with counted.reading() as session:
        found = counting.total(session, OCTOBER, date(2026, 10, 29)).count
    assert (found["due"], found["late"], found["sign_due"]) == (4, 1, 6)


def test_by_unit(counted: Store) -> None:
    with counted.reading() as session:
        found = {one.code: one.count for one in counting.groups(session, OCTOBER, TODAY, By.UNIT)}
    counts = {code: (one["accepted"], one["due"], one["on_time"], one["returned"], one["upheld"])
              for code, one in found.items()}  # fmt: skip
    assert counts == {WATER: (4, 3, 2, 0, 0), HOUSING: (3, 2, 1, 3, 1), "": (2, 0, 0, 0, 0)}


def test_by_matter_place_type_and_channel(counted: Store) -> None:
    with counted.reading() as session:
        by = {one: {g.code: g.count["accepted"] for g in counting.groups(session, OCTOBER, TODAY, one)} for one in By}
        below = counting.groups(session, OCTOBER, TODAY, By.MATTER, Cut(matter="01"))
    assert by[By.MATTER] == {"03": 6, "01": 3, "": 0}
    assert {one.code: one.count["accepted"] for one in below} == {"0101": 1, "0102": 2}
    assert by[By.PLACE] == {"532329-01": 8, "532329-02": 1}
    assert by[By.TYPE] == {"help": 8, "consult": 1, "": 0}
    assert by[By.CHANNEL] == {"phone": 8, "web": 1}


def test_narrowed_to_a_unit_and_a_place(counted: Store) -> None:
    with counted.reading() as session:
        unit = counting.total(session, OCTOBER, TODAY, Cut(unit=HOUSING)).count
        place = counting.total(session, OCTOBER, TODAY, Cut(place="532329-02")).count
        county = counting.total(session, OCTOBER, TODAY, Cut(place="532329")).count
    assert (unit["accepted"], unit["returned"], unit["key"]) == (3, 3, 1)
    assert (place["accepted"], county["accepted"]) == (1, 9)


@pytest.mark.parametrize(
    ("period", "names", "accepted"),
    [
        (Period.WEEK, ["2026-W40", "2026-W41", "2026-W42", "2026-W43", "2026-W44"], [1, 3, 3, 1, 1]),
        (Period.MONTH, ["2026-10"], [9]),
        (Period.QUARTER, ["2026-Q4"], [9]),
    ],
)
def test_by_period(counted: Store, period: Period, names: list[str], accepted: list[int]) -> None:
    with counted.reading() as session:
        found = counting.series(session, OCTOBER, TODAY, period)
    assert [one.name for one in found] == names
    assert [one.count["accepted"] for one in found] == accepted


def test_days_are_those_of_shanghai_and_add_up(counted: Store) -> None:
    with counted.reading() as session:
        found = counting.series(session, OCTOBER, TODAY, Period.DAY)
        whole_month = counting.total(session, OCTOBER, TODAY).count
    days = {one.name: one.count["accepted"] for one in found}
    assert len(days) == 31
    assert (days["2026-10-01"], days["2026-10-05"], days["2026-10-31"]) == (1, 2, 1)
    for measure in MEASURES:
        assert sum(one.count[measure] for one in found) == whole_month[measure], measure


def test_counted_in_one_walk_is_counted_one_by_one(counted: Store) -> None:
    """Also for a unit and a matter, and the whole of each is the same."""
    keys = (Period.DAY, Period.MONTH, None, *By)
    with counted.reading() as session:
        for cut in (Cut(), Cut(unit=HOUSING), Cut(matter="03", place="532329")):
            for told in counting.tallies(session, OCTOBER, TODAY, keys, cut):
                assert told == counting.tally(session, OCTOBER, TODAY, told.key, cut)
                assert told.total().count == counting.total(session, OCTOBER, TODAY, cut).count


def test_the_list_behind_a_figure_has_as_many_tickets(counted: Store) -> None:
    """The list is of today; so is the count here."""
    with counted.reading() as session:
        for unit in ("", WATER, HOUSING):
            found = counting.total(session, OCTOBER, now().date(), Cut(unit=unit)).count
            for measure in MEASURES.values():
                wanted = Wanted(measure=measure, since=OCTOBER.since, until=OCTOBER.until, unit=unit)
                assert count_tickets(session, wanted) == (found[measure.name], True), measure.name
                rows = everything(session, wanted)
                assert len(rows) == found[measure.name]
                assert rows == sorted(set(rows), reverse=True)


def everything(session: Session, wanted: Wanted) -> list[str]:
    """The numbers of the list, page by page."""
    rows: list[str] = []
    after = ""
    while True:
        page = list_tickets(session, wanted, size=2, after=after)
        rows += [row["number"] for row in page.rows]
        if page.after is None:
            return rows
        after = page.after


def test_nothing_is_no_figure_and_no_error(store: Store) -> None:
    with store.reading() as session:
        found = counting.total(session, OCTOBER, TODAY).plain()
        assert counting.groups(session, OCTOBER, TODAY, By.UNIT) == []
    assert (found["accepted"], found["on_time_pct"]) == (0, None)


def test_periods() -> None:
    day = date(2026, 12, 31)
    assert whole(Period.QUARTER, day) == Span(date(2026, 10, 1), day)
    assert whole(Period.MONTH, day) == Span(date(2026, 12, 1), day)
    assert whole(Period.WEEK, day) == Span(date(2026, 12, 28), date(2027, 1, 3))
    assert [name(period, day) for period in Period] == ["2026-12-31", "2026-W53", "2026-12", "2026-Q4"]
    assert OCTOBER.before() == Span(date(2026, 9, 1), date(2026, 9, 30))
    assert Span(date(2026, 10, 5), date(2026, 10, 7)).before() == Span(date(2026, 10, 2), date(2026, 10, 4))
    assert whole(Period.QUARTER, date(2026, 1, 1)).before() == whole(Period.QUARTER, date(2025, 12, 1))
    assert [str(one) for one in (OCTOBER, Span(day, day), Span(date(2026, 10, 2), day))] == [
        "2026-10", "2026-12-31", "2026-10-02至2026-12-31",
    ]  # fmt: skip
    with pytest.raises(Invalid):
        month_of("2026-13")


def test_each_figure_has_one_name_and_a_formula() -> None:
    assert len(BY_NAME) == len(FIGURES)
    assert set(HEADLINE) <= set(BY_NAME)
    assert all(len(one.formula) > 5 and one.behind in MEASURES for one in FIGURES)
    assert {one.measure for one in FIGURES} == set(MEASURES)
    text = document.PAGE.read_text(encoding="utf-8")
    assert document.filled(text) == text
