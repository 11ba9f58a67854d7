"""The schedule in the database: a passed review is called back, once at a time, each end has its place (R36-R38)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from callback_survey import attempts, exports, figures, intervals, links, listing, schedule, settling
from callback_survey.attempts import Attempt
from callback_survey.channels import Trunk, allowed
from callback_survey.deciding import Stage, Step, Why
from callback_survey.errors import SurveyError
from callback_survey.schedule_tables import CallbackRow, DoNotCallRow
from callback_survey.settling import Terms
from callback_survey.tables import AnswerRow, AttemptRow
from callback_survey.when import Policy
from channels import sms
from channels.errors import ChannelError
from store.base import now
from store.engine import Store
from tests.reviewed import OFFICE, reviewed
from tickets.access import Action
from tickets.deadlines import DEFAULT
from tickets.records import load
from tickets.service import act, history
from tickets.terms import CallbackBy, State

PHONE, OTHER = "13900000001", "13900000002"
TERMS = Terms(Policy(((0, 1440),), lambda _day: True))
ALL = {"identity": "yes", "consent": "now", "contacted": "yes", "solved": "yes", "truthful": "yes", "satisfied": "2"}


def claimed(store: Store, room: int = 10) -> list[Attempt]:
    with store.begin() as session:
        return schedule.claim(session, now(), room)


def row(store: Store, ticket: str) -> CallbackRow:
    with store.begin() as session:
        found = session.get(CallbackRow, ticket)
        assert found
        return found


def called(store: Store, ticket: str, outcome: str, answers: Mapping[str, str], terms: Terms = TERMS) -> Step:
    """A call about the ticket that ended so, and what followed."""
    with store.begin() as session:
        (attempt,) = schedule.claim(session, now() + timedelta(days=30), 1)  # whenever it is due
        assert attempt.ticket == ticket
        assert attempts.begin_dialling(session, attempt.channel, now())
        for question, value in answers.items():
            session.add(given(attempt.channel, ticket, question, value))
        attempts.close_attempt(session, attempt.channel, outcome, now())
    with store.begin() as session:
        step = settling.settle(session, ticket, terms, now())
        assert step
        return step


def given(call: str, ticket: str, question: str, value: str) -> AnswerRow:
    return AnswerRow(
        call_id=call, attempt=call, ticket=ticket, question=question, value=value, by="key", questionnaire="callback",
        version="1", heard="", file="", at=now(),
    )  # fmt: skip


def state(store: Store, ticket: str) -> State:
    with store.begin() as session:
        return load(session, ticket).state


def test_a_passed_review_schedules_a_callback_in_the_same_transaction(store: Store) -> None:
    ticket = reviewed(store, PHONE)
    assert row(store, ticket).stage == Stage.DUE
    assert [one.ticket for one in claimed(store)] == [ticket]
    assert claimed(store) == []


def test_a_ticket_without_a_number_that_can_be_called_is_for_a_person(store: Store) -> None:
    found = row(store, reviewed(store, "12345"))
    assert (found.stage, found.why) == (Stage.PEOPLE, Why.NUMBER)


def test_one_call_asks_about_all_tickets_of_a_citizen(store: Store) -> None:
    first, second = reviewed(store, PHONE), reviewed(store, PHONE, subject="水管漏水")
    third = reviewed(store, OTHER)
    assert sorted(one.ticket for one in claimed(store)) == sorted([first, third])
    with store.begin() as session:
        subjects = attempts.subjects_of(session, f"survey-{first}-1")
    assert [one.ticket for one in subjects] == [first, second]


def test_whoever_is_on_the_line_with_us_is_not_called(store: Store) -> None:
    reviewed(store, PHONE)
    assert len(claimed(store)) == 1
    reviewed(store, PHONE)
    assert claimed(store) == []


def test_only_one_may_dial_a_call(store: Store) -> None:
    reviewed(store, PHONE)
    (attempt,) = claimed(store)
    with store.begin() as session:
        assert attempts.begin_dialling(session, attempt.channel, now())
    with store.begin() as session:
        assert not attempts.begin_dialling(session, attempt.channel, now())


def test_a_call_that_was_not_dialled_does_not_count(store: Store) -> None:
    ticket = reviewed(store, PHONE)
    (attempt,) = claimed(store)
    with store.begin() as session:
        schedule.give_back(session, attempt.channel, now(), now())
    assert row(store, ticket).stage == Stage.DUE
    assert called(store, ticket, "no-answer", {}).stage is Stage.DUE
    with store.begin() as session:
        assert [one.outcome for one in session.query(AttemptRow).order_by(AttemptRow.number)] == [
            attempts.NOT_DIALLED, "no-answer",
        ]  # fmt: skip


def test_a_satisfied_citizen_closes_the_ticket_once(store: Store) -> None:
    ticket = reviewed(store, PHONE)
    assert called(store, ticket, "surveyed", ALL).stage is Stage.DONE
    assert state(store, ticket) is State.CLOSED
    with store.begin() as session:
        assert settling.settle(session, ticket, TERMS, now()) is None
        assert [one["action"] for one in history(session, ticket)][-2:] == ["callback", "close"]
        assert load(session, ticket).satisfied == 2


@pytest.mark.parametrize("answer", [{"satisfied": "4"}, {"solved": "no"}, {"truthful": "no"}])
def test_an_unhappy_citizen_is_called_by_a_person(store: Store, answer: dict[str, str]) -> None:
    """R37."""
    ticket = reviewed(store, PHONE)
    assert called(store, ticket, "surveyed", ALL | answer) == Step(Stage.PEOPLE, why=Why.UNHAPPY)
    assert state(store, ticket) is State.CALLBACK
    with store.begin() as session:
        act(session, ticket, Action.CALLBACK, by=OFFICE, by_means="person", satisfied=3, truthful=True)
    assert row(store, ticket).stage == Stage.DONE


def test_no_answer_is_not_satisfied(store: Store) -> None:
    ticket = reviewed(store, PHONE)
    steps = [called(store, ticket, "no-answer", {}) for _ in range(3)]
    assert [one.stage for one in steps] == [Stage.DUE, Stage.DUE, Stage.PEOPLE]
    with store.begin() as session:
        found = load(session, ticket)
    assert (found.state, found.satisfied) == (State.REVIEWED, None)


def test_whoever_presses_3_is_not_called_again(store: Store) -> None:
    ticket = reviewed(store, PHONE)
    assert called(store, ticket, "survey-refused", {"identity": "yes", "consent": "never"}).stage is Stage.NEVER
    with store.begin() as session:
        assert session.get(DoNotCallRow, PHONE)
        assert load(session, ticket).satisfied is None
    assert row(store, reviewed(store, PHONE)).why == Why.REFUSED


def test_a_ticket_done_again_is_not_called_about_and_then_begins_anew(store: Store) -> None:
    ticket = reviewed(store, PHONE)
    called(store, ticket, "no-answer", {})
    with store.begin() as session:
        act(session, ticket, Action.REOPEN, by=OFFICE, reason="再办一次")
    assert row(store, ticket).stage == Stage.CANCELLED


def test_a_callback_about_a_ticket_that_was_filed_meanwhile_is_for_a_person(store: Store) -> None:
    ticket = reviewed(store, PHONE)
    (attempt,) = claimed(store)
    with store.begin() as session:
        act(session, ticket, Action.REOPEN, by=OFFICE, reason="再办一次")
        for question, value in ALL.items():
            session.add(given(attempt.channel, ticket, question, value))
        attempts.close_attempt(session, attempt.channel, "surveyed", now())
        step = settling.settle(session, ticket, TERMS, now())
    assert step and step.stage is Stage.PEOPLE and step.why.startswith("ticket:")


def test_pause_is_kept_and_cancel_takes_off_what_waits(store: Store) -> None:
    first, second = reviewed(store, PHONE), reviewed(store, OTHER)
    with store.begin() as session:
        schedule.pause(session, "trunk", "clerk", now())
        schedule.pause(session, "trunk", "clerk", now())
    with store.begin() as session:
        assert schedule.paused(session, "trunk")
        assert schedule.cancel(session, [first], now()) == 1
        schedule.resume(session, "trunk")
    with store.begin() as session:
        assert not schedule.paused(session, "trunk")
    assert [one.ticket for one in claimed(store)] == [second]
    with store.begin() as session:
        assert schedule.cancel(session, [second], now()) == 0


def test_the_share_of_inbound_callers_is_left_to_them() -> None:
    trunk = Trunk("trunk", 30, 10)
    assert [allowed(trunk, others) for others in (0, 10, 11, 29, 40)] == [20, 20, 19, 1, 0]


def invited(store: Store, tmp_path: Path) -> tuple[str, str]:
    """A ticket whose citizen could not be reached, and the secret in the message."""
    ticket = reviewed(store, PHONE)
    file = tmp_path / "sms.jsonl"
    send = links.inviter(sms.to_file(file), "https://12345.example/")
    terms = replace(TERMS, invite=send, mobile=links.mobile)
    for _ in range(3):
        step = called(store, ticket, "no-answer", {}, terms)
    assert step.stage is Stage.SMS
    (message,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert message["to"] == PHONE
    return ticket, message["text"].partition("/survey/")[2].split(" ")[0]


WEB = {"contacted": "yes", "solved": "yes", "truthful": "yes", "satisfied": "1"}


def answered(store: Store, secret: str, answers: Mapping[str, str], at: datetime | None = None) -> Step:
    with store.begin() as session:
        return links.answer(session, secret, answers, DEFAULT, at or now())


def test_the_link_asks_the_same_questions_once(store: Store, tmp_path: Path) -> None:
    """R36: the answers are kept as given on the web, and the secret is not in the database."""
    ticket, secret = invited(store, tmp_path)
    assert row(store, ticket).token not in ("", secret)
    with pytest.raises(SurveyError, match="每一个问题"):
        answered(store, secret, {"satisfied": "1"})
    assert answered(store, secret, WEB).stage is Stage.DONE
    with pytest.raises(SurveyError, match="已经使用"):
        answered(store, secret, WEB)
    with store.begin() as session:
        found = load(session, ticket)
        shown = listing.shown(session, ticket)
    assert (found.state, found.callback_by, found.satisfied) == (State.CLOSED, CallbackBy.WEB, 1)
    assert {one["question"]: one["value"] for one in shown["web"]} == WEB
    assert {one["by"] for one in shown["web"]} == {"web"}


def test_a_link_that_nobody_follows_ends_and_a_person_calls(store: Store, tmp_path: Path) -> None:
    ticket, secret = invited(store, tmp_path)
    late = now() + links.VALID
    with pytest.raises(SurveyError, match="过期"):
        answered(store, secret, WEB, late)
    with store.begin() as session:
        assert settling.next_ended(session, late) == ticket
        step = settling.settle(session, ticket, TERMS, late)
    assert step == Step(Stage.PEOPLE, why=Why.UNREACHED)


def test_a_gateway_that_does_not_take_the_message_leaves_the_citizen_to_a_person(store: Store) -> None:
    def refuses(_number: str, _text: str) -> None:
        raise ChannelError("no")

    ticket = reviewed(store, PHONE)
    terms = replace(TERMS, invite=links.inviter(refuses, "https://12345.example"), mobile=links.mobile)
    for _ in range(3):
        step = called(store, ticket, "no-answer", {}, terms)
    assert step == Step(Stage.PEOPLE, why=Why.UNREACHED)


@pytest.mark.parametrize(
    ("good", "all_", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (9, 10, 0.5958, 0.9821), (10, 10, 0.7225, 1.0)],
)
def test_intervals_are_wilsons(good: int, all_: int, low: float, high: float) -> None:
    assert intervals.wilson(good, all_) == pytest.approx((low, high), abs=1e-4)


def test_figures_count_answers_by_how_they_were_given_and_no_silence(store: Store, tmp_path: Path) -> None:
    """Satisfaction is of those who answered; who was not reached is not in it."""
    called(store, reviewed(store, OTHER), "surveyed", ALL | {"satisfied": "5"})
    _, secret = invited(store, tmp_path)
    answered(store, secret, WEB)
    with store.begin() as session:
        found = figures.figures(session, now() - timedelta(days=1), now() + timedelta(days=90))
    assert (found["calls"], found["reached"]) == (4, 1)
    assert found["outcomes"] == {"surveyed": 1, "no-answer": 3}
    assert {one["by"]: one["number"] for one in found["questions"] if one["question"] == "satisfied"} == {
        "key": 1, "web": 1,
    }  # fmt: skip
    assert (found["satisfaction"]["answers"], found["satisfaction"]["share"]) == (2, 0.5)
    assert exports.rows(found, lambda kind, code: code)[-1][:3] == ("满意率", "全部", 2)
