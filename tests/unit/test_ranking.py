"""The ranking of units (R44): what must hold of the formula, and a snapshot's life on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from figures import snapshots
from figures.ranking import Terms, Tiers, rank, score
from figures.snapshots import Policy
from figures.spans import Span
from figures.tables import RankingRow
from figures.weights import PARTS, weights_of
from store.engine import Store
from tests.counted import HOUSING, OCTOBER, TODAY, WATER, at, fill
from tests.stores import database_url, postgres_server, store
from tickets.access import Actor, Role
from tickets.errors import Conflict, Forbidden, Impossible, Invalid, NotFound
from tickets.records import TICKETS
from tickets.tables import TicketRow

__all__ = ["database_url", "postgres_server", "store"]
OFFICE = Actor("office", Role.COUNTY_ADMIN)
CLERK = Actor("water clerk", Role.UNIT_HANDLER, WATER)
OTHER = Actor("housing clerk", Role.UNIT_LIAISON, HOUSING)
SMALL = Policy(Terms(least=2), 5)
NOW = datetime.combine(TODAY, at("11-10 09:00").timetz())


def _count(numbers: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    count: dict[str, int] = {}
    for part, (good, more) in numbers.items():
        count |= {part: good, PARTS[part]: good + more}
    return count


pairs = st.tuples(st.integers(0, 60), st.integers(0, 60))
counts = st.fixed_dictionaries({part: pairs for part in PARTS}).map(_count)
counties = st.dictionaries(st.sampled_from([f"u{n}" for n in range(12)]), counts, max_size=12)


@given(counts, st.sampled_from(sorted(PARTS)), st.integers(1, 40))
def test_a_ticket_more_that_went_well_never_lowers_the_score(count: dict[str, int], part: str, more: int) -> None:
    better = count | {part: count[part] + more, PARTS[part]: count[PARTS[part]] + more}
    assert score(better, Terms()) >= score(count, Terms())


@given(counts, st.sampled_from(sorted(PARTS)))
def test_a_ticket_that_went_wrong_never_raises_it(count: dict[str, int], part: str) -> None:
    worse = count | {PARTS[part]: count[PARTS[part]] + 1}
    assert score(worse, Terms()) <= score(count, Terms()) <= 100


@given(counties, st.randoms())
def test_the_order_of_what_comes_in_does_not_matter(county: dict[str, dict[str, int]], random: object) -> None:
    mixed = list(county.items())
    random.shuffle(mixed)  # type: ignore[attr-defined]
    kinds = {unit: unit[-1] for unit in county}
    assert rank(dict(mixed), kinds, Terms()) == rank(county, kinds, Terms())


@given(counties, st.sampled_from(Tiers), st.integers(1, 30))
def test_places_in_each_tier(county: dict[str, dict[str, int]], tiers: Tiers, least: int) -> None:
    """Everybody is listed; ranked are those with enough; a place is one more than those who are better."""
    terms = Terms(least=least, tiers=tiers)
    lines = rank(county, {unit: "乡镇" if unit < "u5" else "县直部门" for unit in county}, terms)
    assert sorted(line.unit for line in lines) == sorted(county)
    for line in lines:
        enough = all(line.count[PARTS[part]] >= least for part in terms.weights)
        assert (line.place is not None) == enough == (not line.short)
        like = [one for one in lines if one.tier == line.tier and one.place is not None]
        if line.place is not None:
            assert line.place == 1 + sum(one.score > line.score for one in like)


def test_equals_share_a_place_and_few_tickets_are_not_many() -> None:
    good, few, poor = ({"on_time": n, "due": of} for n, of in ((90, 100), (2, 2), (10, 100)))
    terms = Terms({"on_time": 1}, least=2, tiers=Tiers.NONE)
    lines = rank({"a": good, "b": good, "c": few, "d": poor, "e": {"on_time": 1, "due": 1}}, {}, terms)
    assert [(line.unit, line.place) for line in lines] == [("a", 1), ("b", 1), ("c", 3), ("d", 4), ("e", None)]
    assert lines[0].score == 82.56  # Wilson's lower bound of 90 of 100
    assert lines[2].score == 34.24  # and of 2 of 2
    assert lines[4].short == ("on_time",)


def test_tiers_by_size() -> None:
    terms = Terms({"on_time": 1}, least=1, tiers=Tiers.SIZE, large=50, middle=10)
    lines = rank({unit: {"on_time": 1, "due": due} for unit, due in (("a", 9), ("b", 10), ("c", 50))}, {}, terms)
    assert [(line.unit, line.tier, line.place) for line in lines] == [
        ("c", "办件量大", 1), ("b", "办件量中", 1), ("a", "办件量小", 1),
    ]  # fmt: skip


def test_weights_of_a_setting() -> None:
    assert dict(weights_of("on_time:3, satisfied:1")) == {"on_time": 3, "satisfied": 1}
    for bad in ("", "on_time", "on_time:-1", "on_time:x", "speed:1", "on_time:1,on_time:2", "on_time:0"):
        with pytest.raises(ValueError):
            weights_of(bad)


@pytest.fixture
def county(store: Store) -> Store:
    with store.begin() as session:
        fill(session)
    return store


def frozen(county: Store) -> int:
    with county.begin() as session:
        return snapshots.freeze(session, OCTOBER, OFFICE, NOW, SMALL)


def test_a_snapshot_is_never_computed_anew(county: Store) -> None:
    """Two of three in time for water, one of two for housing; the answers are too few for either to be ranked."""
    number = frozen(county)
    with county.begin() as session:
        before = snapshots.shown(session, number, OFFICE)
        session.execute(update(TICKETS).values(resolved_at=None, satisfied=None))
    with county.begin() as session:
        assert snapshots.shown(session, number, OFFICE) == before
        assert [one["figures"]["due"] for one in before["lines"]] == [3, 2]
        assert {one["unit"]: one["figures"]["on_time"] for one in before["lines"]} == {WATER: 2, HOUSING: 1}
        # The return that was upheld left nothing with housing; it is told beside its line.
        assert {one["unit"]: one["figures"]["upheld"] for one in before["lines"]} == {WATER: 0, HOUSING: 1}
        with pytest.raises(Conflict):
            snapshots.freeze(session, OCTOBER, OFFICE, NOW, SMALL)
    for statement in ("UPDATE ranking_lines SET score = 100", "DELETE FROM ranking_lines"):
        with pytest.raises(DBAPIError, match="cannot be changed"), county.begin() as session:
            session.execute(text(statement))


def test_what_is_not_over_or_empty_is_not_frozen(county: Store) -> None:
    with county.begin() as session:
        with pytest.raises(Impossible):
            snapshots.freeze(session, OCTOBER, OFFICE, at("10-31 23:59"), SMALL)
        with pytest.raises(Impossible):
            snapshots.freeze(session, OCTOBER.before().before(), OFFICE, NOW, SMALL)
        for bad in (Span(OCTOBER.until, OCTOBER.since), Span(OCTOBER.since - timedelta(days=400), OCTOBER.until)):
            with pytest.raises(Invalid):
                snapshots.freeze(session, bad, OFFICE, NOW, SMALL)
        assert snapshots.listed(session) == []


def test_appeals_are_ruled_on_and_what_was_upheld_is_told(county: Store) -> None:
    """Frozen on a Tuesday: five working days end on the Tuesday after."""
    number = frozen(county)
    with county.begin() as session:
        assert snapshots.listed(session)[0]["appeal_until"] == "2026-11-17"
        first = snapshots.appeal(session, number, "工单已在期限内办结", CLERK, NOW)
        with pytest.raises(Impossible):
            snapshots.appeal(session, number, "再申诉一次", CLERK, NOW)
        with pytest.raises(Forbidden):
            snapshots.appeal(session, number, "替别人申诉", CLERK, NOW, HOUSING)
        with pytest.raises(Invalid):
            snapshots.appeal(session, number, " ", OTHER, NOW)
        with pytest.raises(NotFound):
            snapshots.appeal(session, number, "没有参加排名", Actor("x", Role.UNIT_HANDLER, "gaj"), NOW)
        second = snapshots.appeal(session, number, "群众电话打不通", OTHER, at("11-17 23:59"))
        with pytest.raises(Impossible):
            snapshots.appeal(session, number, "太晚了", OTHER, at("11-18 00:00"))
        with pytest.raises(Impossible):  # the window is open
            snapshots.publish(session, number, OFFICE, at("11-17 12:00"))
        with pytest.raises(Impossible):  # nobody has ruled
            snapshots.publish(session, number, OFFICE, at("11-18 09:00"))
        snapshots.rule(session, number, first, True, "核实属实", OFFICE, at("11-18 09:00"))
        snapshots.rule(session, number, second, False, "已多次联系不上", OFFICE, at("11-18 09:05"))
        with pytest.raises(Impossible):
            snapshots.rule(session, number, first, False, "改主意", OFFICE, at("11-18 09:10"))
        snapshots.publish(session, number, OFFICE, at("11-18 10:00"))
        with pytest.raises(Impossible):
            snapshots.publish(session, number, OFFICE, at("11-18 10:01"))
    with county.reading() as session:
        told = snapshots.shown(session, number, OFFICE)
        assert {one["unit"]: one["appeal_upheld"] for one in told["lines"]} == {WATER: True, HOUSING: False}
        assert told["published_at"] == "2026-11-18T10:00:00+08:00"


def test_a_unit_sees_its_own_line_until_it_is_published(county: Store) -> None:
    number = frozen(county)
    with county.begin() as session:
        snapshots.appeal(session, number, "工单已在期限内办结", CLERK, NOW)
        own = snapshots.shown(session, number, OTHER)
        assert ([one["unit"] for one in own["lines"]], own["appeals"], own["whole"]) == ([HOUSING], [], False)
        assert len(snapshots.shown(session, number, CLERK)["appeals"]) == 1
        session.execute(update(RankingRow).values(published_at=NOW + timedelta(days=9)))
    with county.reading() as session:
        assert len(snapshots.shown(session, number, OTHER)["lines"]) == 2
        with pytest.raises(NotFound):
            snapshots.shown(session, number + 1, OFFICE)


def test_units_are_ranked_among_their_like(county: Store) -> None:
    with county.begin() as session:
        for row in session.query(TicketRow).filter(TicketRow.id.in_((13, 14))):
            row.lead_unit = "town01"
        session.flush()
        lines = snapshots.live(session, OCTOBER, TODAY, SMALL.terms)
    assert {line.unit: line.tier for line in lines} == {WATER: "县直部门", HOUSING: "县直部门", "town01": "乡镇"}
