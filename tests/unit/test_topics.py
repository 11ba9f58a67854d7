"""Hot topics (R42, R43): what is a trend and what is chance, and words that name nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures import hot
from figures.spans import Span
from figures.topics import Trend, chance, judged
from figures.words import words
from store.engine import Store
from tests.counted import OCTOBER, TODAY, day, ticket
from tests.stores import database_url, postgres_server, store
from tickets.duties import start_catalogue
from tickets.queries import Wanted, count_tickets

__all__ = ["database_url", "postgres_server", "store"]


def test_two_against_one_is_no_trend() -> None:
    assert judged([("a", "a", 2, 1)], 0.5)[0].trend == Trend.SAME
    assert judged([("a", "a", 4, 0)], 0.5)[0].trend == Trend.SAME
    assert judged([("a", "a", 20, 5)], 0.5)[0].trend == Trend.UP
    assert judged([("a", "a", 5, 20)], 0.5)[0].trend == Trend.DOWN


def test_chance_by_hand() -> None:
    """Six of six by a fair coin: 2 / 64; three of four: 2 × 5 / 16."""
    assert chance(6, 0, 0.5) == pytest.approx(2 / 64)
    assert chance(3, 1, 0.5) == pytest.approx(10 / 16)
    assert (chance(0, 0, 0.5), chance(2, 2, 0.5)) == (1.0, 1.0)
    assert chance(30, 300, 30 / 330) == 1.0  # as many as the shorter period's part of the days


def test_a_longer_period_before_is_allowed_for() -> None:
    """Ten in one day against ten in each of ten days is nothing; ten against one a day is much."""
    assert judged([("a", "a", 10, 100)], 1 / 11)[0].trend == Trend.SAME
    assert judged([("a", "a", 10, 10)], 1 / 11)[0].trend == Trend.UP


def test_many_at_once_need_more() -> None:
    """One of a hundred words that moves a little is what chance does."""
    alone = judged([("a", "a", 17, 5)], 0.5)
    among = judged([("a", "a", 17, 5), *((f"w{n:02d}", "w", 10, 10) for n in range(99))], 0.5)
    assert alone[0].trend == Trend.UP
    assert all(one.trend == Trend.SAME for one in among)


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.tuples(st.integers(0, 90), st.integers(0, 90))))
def test_the_order_of_words_does_not_matter(found: dict[str, tuple[int, int]]) -> None:
    given_ = [(name, name, now, before) for name, (now, before) in found.items()]
    assert judged(given_, 0.5) == judged(given_[::-1], 0.5)


@given(st.integers(0, 200), st.integers(0, 200), st.floats(0.01, 0.99))
def test_chance_is_a_probability(now: int, before: int, share: float) -> None:
    assert 0 <= chance(now, before, share) <= 1


def test_words_name_nobody() -> None:
    text = "群众反映城关路12号自来水停水，张伟13800000001说王小明多次反映，请尽快解决电梯故障、噪声扰民"
    found = words(text, {"王小明"})
    assert {"自来水", "停水", "电梯故障", "噪声扰民"} <= found
    assert not {one for one in found if "张" in one or "王" in one or "小明" in one or "反映" in one or "解决" in one}
    assert not any(letter.isdigit() for one in found for letter in one)
    assert words("电梯坏了", {"电梯工"}) == words("坏了")  # a name that is a word, too


@pytest.fixture
def told(store: Store) -> Store:
    """Six tickets about street lamps in October and one before, five of a confidential matter, four about a stove."""
    with store.begin() as session:
        start_catalogue(session)
        rows = [("路灯不亮", "10-05 09:00", False)] * 6 + [("路灯不亮", "09-05 09:00", False)]
        rows += [("校长贪污", "10-06 09:00", True)] * 5 + [("炉灶漏气", "10-07 09:00", False)] * 4
        session.add_all(
            ticket(n, when, subject=subject, body="张伟 13800000001", confidential=secret, matter="0204")
            for n, (subject, when, secret) in enumerate(rows, 1)
        )
    return store


def test_hot_words_and_the_tickets_behind_them(told: Store) -> None:
    with told.reading() as session:
        found = {one.name: one for one in hot.hot_words(session, OCTOBER)}
        assert list(found) == ["路灯不亮"]
        lamps = found["路灯不亮"]
        assert (lamps.now, lamps.before, lamps.trend) == (6, 1, Trend.SAME)
        ids = hot.tickets_of(session, "路灯不亮", OCTOBER)
        assert len(ids) == 6
        assert count_tickets(session, Wanted(ids=ids)) == (6, True)
        assert hot.tickets_of(session, "贪污", OCTOBER) == ()
        assert hot.tickets_of(session, "不", OCTOBER) == ()
        assert len(hot.tickets_of(session, "路灯不亮", Span(day("09-01"), day("09-30")))) == 1


def test_hot_matters_count_confidential_tickets_too(told: Store) -> None:
    with told.reading() as session:
        (found,) = hot.hot_matters(session, OCTOBER, TODAY)
    assert (found.code, found.now, found.before, found.trend) == ("02", 15, 1, Trend.UP)
