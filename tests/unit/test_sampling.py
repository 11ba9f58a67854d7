"""The office's own sample of the units' work: drawn by the system, drawn again with the same result (R34, R37)."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from callback_survey import figures, sampling
from callback_survey.hand_tables import CheckRow, DrawRow
from callback_survey.sampling import Kind, Said
from callback_survey.schedule_tables import DoNotCallRow
from store.base import now
from store.engine import Store
from tests.reviewed import OFFICE, reviewed
from tickets.access import Action, Actor, Role
from tickets.duties import start_catalogue
from tickets.errors import Impossible, Invalid
from tickets.records import TICKETS
from tickets.service import act, history
from tickets.tables import TicketUnitRow
from tickets.terms import Part, State

UNIT = Actor("swj-liaison", Role.UNIT_LIAISON, "swj")
GOOD = {"called": "yes", "solved": "yes", "truthful": "yes", "satisfied": "2"}
SAID = {"contacted": "yes", "solved": "yes", "truthful": "yes", "satisfied": "1"}
population = st.lists(
    st.tuples(st.integers(0, 10**6), st.sampled_from(["swj", "gaj", "zjj"]), st.sampled_from(list(Kind))), unique=True
).map(lambda found: [Said(f"{number:012}", kind, unit, {}) for number, unit, kind in found])


@pytest.fixture(autouse=True)
def units(store: Store) -> None:
    """The units there are at first."""
    with store.begin() as session:
        start_catalogue(session)


def contacted(store: Store, phone: str, state: State = State.CONTACTED) -> str:
    """A ticket of the unit swj, which says that it has contacted the citizen; then called back, when in that state."""
    number = reviewed(store, phone)
    with store.begin() as session:
        change = update(TICKETS).where(TICKETS.c.number == number)
        session.execute(change.values(lead_unit="swj", state=State.SIGNED))
        session.add(TicketUnitRow(number=number, unit="swj", part=Part.LEAD))
        act(session, number, Action.CONTACT, by=UNIT)
        if state is State.CALLBACK:
            session.execute(change.values(state=State.CALLBACK))
            act(session, number, Action.CALLBACK, by=UNIT, by_means="person", **SAID)
    return number


# -- the draw ------------------------------------------------------------------------------------------


@given(population, st.text("0123456789abcdef", min_size=4, max_size=8), st.integers(1, 100))
def test_every_unit_is_drawn_from_by_its_share_and_at_least_once(found: list[Said], seed: str, share: int) -> None:
    drawn = sampling.chosen(found, seed, share)
    sizes, taken = (Counter((one.unit, one.kind) for one in some) for some in (found, drawn))
    assert taken == {group: math.ceil(size * share / 100) for group, size in sizes.items()}
    assert sampling.chosen(reversed(found), seed, share) == drawn


def test_another_seed_draws_others() -> None:
    found = [Said(f"{number:012}", Kind.CONTACT, "swj", {}) for number in range(200)]
    samples = {tuple(one.ticket for one in sampling.chosen(found, seed, 10)) for seed in ("a", "b", "c")}
    assert len(samples) == 3


def test_a_day_is_drawn_once_when_it_is_over_and_can_be_drawn_again(store: Store) -> None:
    numbers = [contacted(store, f"1390000000{place}") for place in range(3)]
    numbers.append(contacted(store, "13900000009", State.CALLBACK))
    today = now().date()
    with store.begin() as session:
        assert sampling.draw_due(session, now(), 50) == 0  # today is not over
    tomorrow = now() + timedelta(days=1)
    with store.begin() as session:
        before = sampling.said_on(session, today)
        assert sampling.draw_due(session, tomorrow, 50) == 3  # 2 of 4 contacts, the only call of the unit
        assert sampling.draw_due(session, tomorrow, 50) == 0
        draw = session.get_one(DrawRow, today)
        rows = session.scalars(select(CheckRow)).all()
        again = sampling.chosen(before, draw.seed, draw.share)
        assert {(row.ticket, row.kind) for row in rows} == {(one.ticket, one.kind.value) for one in again}
        assert draw.population == 5
        assert {row.ticket for row in rows} <= set(numbers)
        of_call = next(row for row in rows if row.kind == Kind.CALLBACK)
        assert {name: of_call.said[name] for name in SAID} == SAID
        # What was drawn once is not drawn again.
        assert {(one.ticket, one.kind) for one in sampling.said_on(session, today)}.isdisjoint(
            (row.ticket, row.kind) for row in rows
        )


def test_who_wants_no_calls_is_in_no_sample(store: Store) -> None:
    number = contacted(store, "13900000001")
    with store.begin() as session:
        assert [one.ticket for one in sampling.said_on(session, now().date())] == [number]
        session.add(DoNotCallRow(phone="13900000001", ticket=number, at=now()))
        session.flush()
        assert sampling.said_on(session, now().date()) == []


def test_days_on_which_the_hotline_was_down_are_drawn_late(store: Store) -> None:
    with store.begin() as session:
        sampling.draw_due(session, now() - timedelta(days=2), 10)
        assert sampling.draw_due(session, now(), 0) == 0
        sampling.draw_due(session, now() + timedelta(days=1), 10)
        days = session.scalars(select(DrawRow.day).order_by(DrawRow.day)).all()
    assert {now().date() - timedelta(days=back) for back in (3, 2, 1, 0)} <= set(days)


# -- a check -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "told", "differs"),
    [
        (Kind.CONTACT, {"contacted": "yes"}, False),
        (Kind.CONTACT, {"contacted": "no"}, True),
        (Kind.CALLBACK, GOOD, False),
        (Kind.CALLBACK, GOOD | {"satisfied": "3"}, False),
        (Kind.CALLBACK, GOOD | {"satisfied": "4"}, True),
        (Kind.CALLBACK, GOOD | {"truthful": "no"}, True),
        (Kind.CALLBACK, GOOD | {"called": "no"}, True),
    ],
)
def test_r34_the_system_compares(kind: Kind, told: dict[str, str], differs: bool) -> None:
    assert sampling.differs(kind.value, SAID, told) is differs


def test_r34_what_differs_is_in_the_tickets_history_and_in_the_figures(store: Store) -> None:
    number = contacted(store, "13900000001")
    with store.begin() as session:
        sampling.draw(session, now().date(), 100, now())
        [row], _ = sampling.checks(session)
        with pytest.raises(Invalid):
            sampling.settle(session, row.id, {"contacted": "perhaps"}, "", OFFICE, now())
    with store.begin() as session:
        made = sampling.settle(session, row.id, {"contacted": "no"}, "没人来过", OFFICE, now())
        assert made.differs is True
    with store.begin() as session:
        assert history(session, number)[-1]["reason"] == "热线办抽查与承办单位所报不一致（联系群众）：没人来过"
        assert not sampling.checks(session)[0]
        assert len(sampling.checks(session, sampling.Sought(done=True))[0]) == 1
        found = figures.figures(session, now() - timedelta(days=1), now() + timedelta(days=1))
        assert found["checks"] == [
            {"name": "swj", "kind": "contact", "drawn": 1, "answers": 1, "agree": 0, "differ": 1, "share": 0.0,
             "interval": [0.0, 0.7935]}
        ]  # fmt: skip
        with pytest.raises(Impossible):
            sampling.settle(session, row.id, {"contacted": "yes"}, "", OFFICE, now())


def test_whoever_is_not_reached_in_three_tries_is_not_asked_any_more_and_agrees_with_nothing(store: Store) -> None:
    contacted(store, "13900000001")
    with store.begin() as session:
        sampling.draw(session, now().date(), 100, now())
        [row], _ = sampling.checks(session)
        for _ in range(sampling.TRIES):
            assert row.done_at is None
            sampling.settle(session, row.id, {}, "无人接听", OFFICE, now())
        assert (row.done_at is not None, row.differs) == (True, None)
        found = figures.figures(session, now() - timedelta(days=1), now() + timedelta(days=1))
        assert [(one["drawn"], one["answers"], one["share"]) for one in found["checks"]] == [(1, 0, None)]
