"""Callbacks by people and in person (R37, R39)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from callback_survey import by_hand, schedule
from callback_survey.by_hand import Result, Told
from callback_survey.deciding import Stage, Step
from callback_survey.schedule_tables import CallbackRow, DoNotCallRow
from callback_survey.settling import conclude
from callback_survey.waiting import Sought, listed
from callqueue.missed import Rules as Hours
from store.base import LOCAL, now
from store.engine import Store
from tests.reviewed import OFFICE, reviewed
from tickets.access import Action, Actor, Role
from tickets.deadlines import DEFAULT
from tickets.duties import start_catalogue
from tickets.errors import Forbidden, Impossible, Invalid
from tickets.records import TICKETS
from tickets.service import act, get, history
from tickets.tables import TicketUnitRow
from tickets.terms import CallbackBy, Part, State

UNIT = Actor("swj-liaison", Role.UNIT_LIAISON, "swj")
HANDLER = Actor("swj-handler", Role.UNIT_HANDLER, "swj")
OTHER = Actor("gaj-liaison", Role.UNIT_LIAISON, "gaj")
NOON = datetime(2026, 11, 24, 12, tzinfo=LOCAL)
ALWAYS = Hours(opens=0, closes=24 * 60)
GOOD = {"contacted": "yes", "solved": "yes", "truthful": "yes", "satisfied": "2"}


@pytest.fixture(autouse=True)
def units(store: Store) -> None:
    """The units there are at first."""
    with store.begin() as session:
        start_catalogue(session)


def waiting(store: Store, unhappy: bool = True, phone: str = "13900000001") -> str:
    """A ticket of the unit swj whose citizen waits for a person: not satisfied, or not reached."""
    number = reviewed(store, phone)
    with store.begin() as session:
        session.execute(update(TICKETS).where(TICKETS.c.number == number).values(lead_unit="swj"))
        session.add(TicketUnitRow(number=number, unit="swj", part=Part.LEAD))
        row = session.get_one(CallbackRow, number)
        step = Step(Stage.PEOPLE, why="unreached")
        if unhappy:
            step = conclude(session, number, GOOD | {"satisfied": "5"}, CallbackBy.AUTO, DEFAULT, NOON)
        schedule.go_on(session, row, step, NOON)
    return number


def test_r37_whoever_is_not_satisfied_is_on_the_list_until_a_person_has_asked(store: Store) -> None:
    number = waiting(store)
    with store.begin() as session:
        found, _ = listed(session)
        assert [(one["number"], one["why"], one["satisfied"]) for one in found] == [(number, "unhappy", 5)]
        assert not by_hand.record(session, number, Told(CallbackBy.PERSON, Result.NO_ANSWER), OFFICE, DEFAULT, NOON)
        assert [one["tries"] for one in listed(session)[0]] == [1]
        assert by_hand.record(session, number, Told(CallbackBy.PERSON, Result.REACHED, GOOD), OFFICE, DEFAULT, NOON)
    with store.reading() as session:
        assert listed(session)[0] == []
        ticket = get(session, number)
        assert (ticket.callback_by, ticket.satisfied, ticket.state) == (CallbackBy.PERSON, 2, State.CLOSED)
        assert session.get_one(CallbackRow, number).stage == Stage.DONE.value


def test_r37_who_is_still_not_satisfied_is_left_to_the_office(store: Store) -> None:
    number = waiting(store)
    told = Told(CallbackBy.PERSON, Result.REACHED, GOOD | {"satisfied": "4"})
    with store.begin() as session:
        assert by_hand.record(session, number, told, OFFICE, DEFAULT, NOON)
        assert get(session, number).state is State.CALLBACK
        act(session, number, Action.REOPEN, by=OFFICE, reason="群众仍不满意")


def test_r37_the_unit_calls_its_own_unhappy_citizens_and_cannot_make_them_satisfied(store: Store) -> None:
    number = waiting(store)
    told = Told(CallbackBy.PERSON, Result.REACHED, GOOD)
    for stranger, error in ((OTHER, Forbidden), (HANDLER, Forbidden)):
        with pytest.raises(error), store.begin() as session:
            by_hand.record(session, number, told, stranger, DEFAULT, NOON)
    with store.begin() as session:
        assert [one["number"] for one in listed(session, Sought("swj", asked=True))[0]] == [number]
        assert listed(session, Sought("gaj"))[0] == []
        assert by_hand.record(session, number, told, UNIT, DEFAULT, NOON)
        ticket = get(session, number)
        # What the citizen told the hotline stands; what the unit was told is in the history, beside it.
        assert (ticket.satisfied, ticket.callback_by) == (5, CallbackBy.PERSON)
        assert history(session, number)[-1]["detail"]["satisfied"] == 2
        act(session, number, Action.CLOSE, by=OFFICE)


def test_r36_a_unit_does_not_call_before_the_hotline_has_asked(store: Store) -> None:
    number = waiting(store, unhappy=False)
    told = Told(CallbackBy.PERSON, Result.REACHED, GOOD)
    with pytest.raises(Impossible), store.begin() as session:
        by_hand.record(session, number, told, UNIT, DEFAULT, NOON)
    with store.reading() as session:
        assert listed(session, Sought("swj", asked=True))[0] == []
        assert by_hand.tries_of(session, number) == []
    unhappy = waiting(store, phone="13900000003")
    with pytest.raises(Impossible), store.begin() as session:
        act(session, unhappy, Action.CALLBACK, by=UNIT, by_means="auto")


def test_r39_a_visit_says_where_and_with_whom(store: Store) -> None:
    number = waiting(store)
    with pytest.raises(Invalid), store.begin() as session:
        by_hand.record(session, number, Told(CallbackBy.VISIT, Result.REACHED, GOOD), OFFICE, DEFAULT, NOON)
    told = Told(CallbackBy.VISIT, Result.REACHED, GOOD, place="狮山镇文化路 1 号", companions="热线办 小李")
    with store.begin() as session:
        assert by_hand.record(session, number, told, OFFICE, DEFAULT, NOON)
        made = by_hand.tries_of(session, number)
        assert [(one["means"], one["place"], one["companions"]) for one in made] == [
            ("visit", "狮山镇文化路 1 号", "热线办 小李")
        ]
        last, filed = history(session, number)[-2:]
        assert filed["action"] == Action.CLOSE
        assert last["reason"] == "已回访；地点：狮山镇文化路 1 号；会同：热线办 小李"
        assert get(session, number).callback_by is CallbackBy.VISIT


def test_nobody_is_given_up_after_one_call_and_no_answer_is_not_satisfied(store: Store) -> None:
    number = waiting(store, unhappy=False)
    given_up = Told(CallbackBy.PERSON, Result.GIVEN_UP)
    vain = Told(CallbackBy.PERSON, Result.NO_ANSWER)
    with store.begin() as session:
        by_hand.record(session, number, vain, OFFICE, DEFAULT, NOON)
    with pytest.raises(Invalid), store.begin() as session:
        by_hand.record(session, number, given_up, OFFICE, DEFAULT, NOON)
    with store.begin() as session:
        by_hand.record(session, number, vain, OFFICE, DEFAULT, NOON)
        assert by_hand.record(session, number, given_up, OFFICE, DEFAULT, NOON)
        assert get(session, number).satisfied is None


@pytest.mark.parametrize(
    "told",
    [
        Told(CallbackBy.AUTO, Result.REACHED, GOOD),
        Told(CallbackBy.PERSON, Result.REACHED, {"satisfied": "1"}),
        Told(CallbackBy.PERSON, Result.REACHED, GOOD | {"satisfied": "6"}),
        Told(CallbackBy.PERSON, Result.NO_ANSWER, GOOD),
        Told(CallbackBy.PERSON, Result.WRONG_NUMBER),
    ],
)
def test_what_makes_no_sense_changes_nothing(store: Store, told: Told) -> None:
    number = waiting(store)
    with pytest.raises(Invalid), store.begin() as session:
        by_hand.record(session, number, told, OFFICE, DEFAULT, NOON)
    with store.reading() as session:
        assert by_hand.tries_of(session, number) == []


def test_a_call_from_the_page_is_one_try_with_a_channel_of_its_own(store: Store) -> None:
    number = waiting(store)
    with store.begin() as session:
        made = by_hand.begin_call(session, number, "8001", OFFICE, NOON, ALWAYS)
    assert made == {"channel": f"hand-{number}-1", "phone": "13900000001", "agent": "8001"}
    with store.reading() as session:
        said = [by_hand.ticket_of(session, one) for one in (made["channel"], f"hand-{number}-2", "check-9-093000", "")]
    assert said == [number, "", "", ""]
    with pytest.raises(Impossible), store.begin() as session:
        by_hand.begin_call(session, number, "8001", OFFICE, NOON + timedelta(seconds=5), ALWAYS)
    with store.begin() as session:
        by_hand.record(session, number, Told(CallbackBy.PERSON, Result.NO_ANSWER), OFFICE, DEFAULT, NOON)
        assert [one["result"] for one in by_hand.tries_of(session, number)] == ["no-answer"]
    with pytest.raises(Impossible), store.begin() as session:
        by_hand.begin_call(session, number, "8001", OFFICE, NOON, Hours(opens=8 * 60, closes=9 * 60))
    with store.begin() as session:
        session.add(DoNotCallRow(phone="13900000001", ticket=number, at=NOON))
    with pytest.raises(Impossible, match="不愿"), store.begin() as session:
        by_hand.begin_call(session, number, "8001", OFFICE, NOON, ALWAYS)
    with pytest.raises(Impossible), store.begin() as session:
        by_hand.begin_call(session, reviewed(store, "13900000002"), "8001", OFFICE, now(), ALWAYS)
