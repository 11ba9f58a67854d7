"""A citizen who calls a missed callback back is asked on their own call (R36): the flow, and the attempts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from callback_survey import attempts, calling_in, figures, listing, schedule, settling
from callback_survey.deciding import Stage, Step
from callback_survey.schedule_tables import CallbackRow
from callback_survey.settling import Terms
from callback_survey.tables import AnswerRow, AttemptRow
from callback_survey.when import Policy
from callqueue.calls import Call, Direction
from callqueue.disposition import Disposition
from callqueue.rows import call_row
from callqueue.tables import CallRow
from hotline.handover import on_closed
from store.base import now
from store.engine import Store
from telephony.call import Next, Outcome
from telephony.scripted import Press
from tests.reviewed import reviewed
from tests.unit.flow_support import (
    CALL_ID,
    FakeDesk,
    FakeWaiting,
    Scenario,
    caller,
    menu_after,
    query_then_survey,
    said,
)
from tickets.records import load
from tickets.terms import State

PHONE = "13900000001"
TERMS = Terms(Policy(((0, 1440),), lambda _day: True))
ALL = {"identity": "yes", "consent": "now", "contacted": "yes", "solved": "yes", "truthful": "yes", "satisfied": "2"}
SURVEY = ("1",) * 6


# -- the flow ------------------------------------------------------------------------------------------


def test_whoever_was_missed_is_offered_the_callback_after_the_greeting() -> None:
    waiting = FakeWaiting()
    call = caller("1", *SURVEY)
    outcome = call.run(menu_after(waiting)(call))
    assert outcome.next is Next.HANGUP and outcome.disposition == "surveyed"
    assert waiting.begun == [(CALL_ID, "13800000001", "")]
    played = said(call)
    assert played.index("danger") < played.index("callback_offer") < played.index("survey_identity")
    assert [one["question"] for one in call.noted("answer")] == list(ALL)


@pytest.mark.parametrize(
    ("waiting", "presses"),
    [
        (FakeWaiting(missed=False), ("3",)),
        (FakeWaiting(away=True), ("3",)),
        (FakeWaiting(), ("2", "3")),
        (FakeWaiting(), ("", "3")),  # silence: the menu
        (FakeWaiting(over=True), ("1", "3")),
        (FakeWaiting(), (Press("3", "greeting"),)),
    ],
)
def test_everybody_else_hears_the_menu(waiting: FakeWaiting, presses: tuple[str | Press, ...]) -> None:
    call = caller(*presses)
    assert call.run(menu_after(waiting)(call)) == Outcome(Next.PROGRESS)
    assert not call.noted("answer") and not call.noted("survey")


@pytest.mark.parametrize("settings", [{"elderly": True}, {"resume": True}])
def test_who_is_led_to_an_agent_or_was_offered_it_is_not_kept_waiting(settings: dict[str, bool]) -> None:
    call = caller()
    call.run(menu_after(FakeWaiting(), **settings)(call))
    assert "callback_offer" not in said(call)


def test_from_another_telephone_nothing_is_asked_before_number_and_digits() -> None:
    waiting = FakeWaiting()
    scenario = Scenario("", query_then_survey(FakeDesk(), waiting), ())
    call = scenario.caller("260703000001", "1111", "260703000001", "0001", "3", "*")
    call.run(scenario.flow(call))
    assert waiting.begun == [] and "progress_survey" not in said(call)  # the ticket has no callback that waits


# -- the attempts --------------------------------------------------------------------------------------


def missed(store: Store, stage: str = "due", why: str = "", ago: timedelta = timedelta(hours=1)) -> str:
    """A ticket whose callback was not answered."""
    ticket = reviewed(store, PHONE)
    with store.begin() as session:
        (made,) = schedule.claim(session, now(), 1)
        attempts.begin_dialling(session, made.channel, now() - ago)
        attempts.close_attempt(session, made.channel, "no-answer", now() - ago)
        later = now() + timedelta(days=2)
        session.execute(
            update(CallbackRow).where(CallbackRow.ticket == ticket)
            .values(stage=stage, why=why, due_at=later, token="x" if stage == "sms" else "")
        )  # fmt: skip
    return ticket


def over(store: Store, disposition: Disposition) -> None:
    """The citizen's own call has ended, as the ledger says."""
    call = Call(CALL_ID, Direction.INBOUND, "12345", PHONE, "12345", now(), now(), now(), disposition)
    with store.begin() as session:
        assert on_closed(session, call) is None


@pytest.mark.parametrize(("stage", "why"), [("due", ""), ("sms", ""), ("people", "unreached")])
def test_who_calls_back_answers_once_and_is_not_called_any_more(store: Store, stage: str, why: str) -> None:
    ticket = missed(store, stage, why)
    with store.begin() as session:
        assert calling_in.waits(session, PHONE, now()) and calling_in.waits(session, f"0{PHONE}", now())
        [made] = calling_in.begin(session, CALL_ID, PHONE, now())
        assert made.ticket == ticket
    with store.begin() as session:
        # On the line: neither the machine nor a second call of the citizen begins another.
        assert schedule.claim(session, now() + timedelta(days=9), 9) == []
        assert not attempts.begin_dialling(session, CALL_ID, now())
        assert calling_in.begin(session, "another", PHONE, now()) == []
        assert session.get_one(CallbackRow, ticket).token == ""
        for question, value in ALL.items():
            session.add(
                AnswerRow(call_id=CALL_ID, attempt=made.channel, ticket=ticket, question=question, value=value,
                          by="key", questionnaire="callback", version="1", heard="", file="", at=now())
            )  # fmt: skip
    over(store, Disposition.SURVEYED)
    with store.begin() as session:
        assert settling.settle(session, ticket, TERMS, now()) == Step(Stage.DONE)
        assert load(session, ticket).state is State.CLOSED
        outcomes = session.scalars(select(AttemptRow.outcome).order_by(AttemptRow.number)).all()
    assert outcomes == ["no-answer", "surveyed"]


def test_a_call_of_the_citizens_own_is_counted_apart_from_ours(store: Store) -> None:
    missed(store)
    began = now()
    call = Call(CALL_ID, Direction.INBOUND, "12345", PHONE, "12345", began, began, began, Disposition.SURVEYED)
    with store.begin() as session:
        calling_in.begin(session, CALL_ID, PHONE, began)
        session.add(CallRow(**call_row(call, True)))
    over(store, Disposition.SURVEYED)
    with store.begin() as session:
        found = figures.figures(session, began - timedelta(days=1), began + timedelta(days=1))
        today = listing.run(session, "trunk", now())["today"]
    for counted in (found, today):
        assert (counted["calls"], counted["reached"], counted["called_in"]) == (1, 0, 1)
        assert counted["outcomes"] == {"no-answer": 1}


def test_who_hangs_up_is_called_again_as_after_any_call(store: Store) -> None:
    ticket = missed(store)
    with store.begin() as session:
        calling_in.begin(session, CALL_ID, PHONE, now())
    over(store, Disposition.SURVEY_PARTIAL)
    with store.begin() as session:
        step = settling.settle(session, ticket, TERMS, now())
        assert step and step.stage is Stage.DUE


@pytest.mark.parametrize(("stage", "why"), [("people", "unhappy"), ("done", ""), ("cancelled", ""), ("never", "")])
def test_what_is_over_or_with_a_person_is_not_asked_again(store: Store, stage: str, why: str) -> None:
    ticket = missed(store, stage, why)
    with store.begin() as session:
        assert not calling_in.waits(session, PHONE, now()) and not calling_in.waits_about(session, ticket)
        assert calling_in.begin(session, CALL_ID, PHONE, now()) == []
        assert calling_in.begin(session, CALL_ID, PHONE, now(), ticket) == []


def test_only_a_callback_missed_lately_is_offered_by_number(store: Store) -> None:
    missed(store, ago=timedelta(days=8))
    fresh = reviewed(store, "13900000002")
    with store.begin() as session:
        assert not calling_in.waits(session, PHONE, now())  # too long ago
        assert not calling_in.waits(session, "13900000002", now())  # never called
        assert not calling_in.waits(session, "", now())
        # Whoever has proved to be the citizen may answer at once.
        assert calling_in.waits_about(session, fresh)
        assert [one.ticket for one in calling_in.begin(session, CALL_ID, "13800000009", now(), fresh)] == [fresh]
