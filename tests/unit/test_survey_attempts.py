"""Callbacks in the database: nobody is called twice by accident, every answer is kept as it was given (R36, R38)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from callback_survey import attempts
from callback_survey.attempts import Attempt
from callback_survey.errors import SurveyError
from callback_survey.run import Callback, Way
from callqueue.calls import Answer, Call, Direction, Recording
from callqueue.disposition import Disposition
from callqueue.rows import call_row
from callqueue.sql import upsert
from callqueue.tables import CallRow
from hotline import surveys
from hotline.desk import TicketDesk
from hotline.handover import on_answer, on_closed
from ivr.desk import Progress
from ivr.errors import DeskAway
from store.base import now
from store.engine import Store
from telephony.ami import AMIDown, AMITimeout, Manager, Reply
from tickets.errors import Invalid, NotFound
from tickets.intake import Submission, receive
from tickets.records import load
from tickets.service import history
from tickets.terms import Channel, RequestType

PHONE = "13800000001"


def new_ticket(store: Store, phone: str = PHONE, **facts: Any) -> str:
    with store.begin() as session:
        return receive(session, Submission(Channel.WEB, now(), phone=phone, subject="路灯不亮", **facts)).number


def call(call_id: str, disposition: Disposition = Disposition.SURVEYED, **facts: Any) -> Call:
    """A finished call; `facts` over what a callback has."""
    base: dict[str, Any] = {
        "call_id": call_id, "direction": Direction.CALLBACK, "line": "12345", "caller": PHONE, "dialled": PHONE,
        "started_at": now(), "answered_at": now(), "ended_at": now(), "disposition": disposition, "queue": "",
        "agent": "", "wait_s": 0.0, "talk_s": 0.0, "hold_s": 0.0, "ring_s": 2.0, "ticket_no": "", "attempt": "",
        "rating": None, "emergency": "", "callback": "", "path": (), "agents": (), "recordings": (), "answers": (),
        "emergencies": (),
    }
    return Call(**{**base, **facts})


def answer(question: str, value: str, ticket: str = "") -> Answer:
    return Answer(question, value, "key", "1", "", ticket, now())


def opened(store: Store, ticket: str) -> Attempt:
    with store.begin() as session:
        return attempts.open_attempt(session, ticket, now())


def shown(store: Store, ticket: str) -> dict[str, Any]:
    with store.begin() as session:
        return attempts.shown(session, ticket)


def test_an_attempt_has_its_channel_before_anything_is_dialled(store: Store) -> None:
    ticket = new_ticket(store, request_type=RequestType.COMPLAINT)
    attempt = opened(store, ticket)
    assert attempt.channel == f"survey-{ticket}-1"
    assert (attempt.phone, attempt.topic, attempt.day) == (PHONE, "complaint", now().date())
    (row,) = shown(store, ticket)["attempts"]
    assert (row["attempt"], row["outcome"], row["ended_at"]) == (attempt.channel, "open", None)


def test_a_ticket_that_is_being_called_is_not_called_again(store: Store) -> None:
    ticket = new_ticket(store)
    first = opened(store, ticket)
    with pytest.raises(SurveyError, match="being called"):
        opened(store, ticket)
    with store.begin() as session:
        attempts.close_attempt(session, first.channel, "no-answer", now())
        attempts.close_attempt(session, first.channel, "busy", now())
    assert opened(store, ticket).channel == f"survey-{ticket}-2"
    assert [row["outcome"] for row in shown(store, ticket)["attempts"]] == ["no-answer", "open"]


def test_an_attempt_that_never_became_a_call_blocks_only_for_a_while(store: Store) -> None:
    """The process died between the commit and the dialling."""
    ticket = new_ticket(store)
    with store.begin() as session:
        attempts.open_attempt(session, ticket, now() - timedelta(minutes=5))
    assert opened(store, ticket).number == 2
    assert shown(store, ticket)["attempts"][0]["outcome"] == "failed"


def test_an_attempt_whose_call_goes_on_blocks_however_long_it_lasts(store: Store) -> None:
    ticket = new_ticket(store)
    with store.begin() as session:
        old = attempts.open_attempt(session, ticket, now() - timedelta(minutes=5))
        upsert(session, CallRow, [call_row(call(old.channel, Disposition.OPEN, ended_at=None), False)])
    with pytest.raises(SurveyError, match="being called"):
        opened(store, ticket)
    with store.begin() as session:
        upsert(session, CallRow, [call_row(call(old.channel, Disposition.SURVEY_PARTIAL), False)])
    assert opened(store, ticket).number == 2
    assert shown(store, ticket)["attempts"][0]["outcome"] == "survey-partial"


def test_a_callback_that_nobody_answered_is_known_by_its_attempt(store: Store) -> None:
    """Its channel was hung up before anything could be noted on it."""
    attempt = opened(store, new_ticket(store))
    silent = call(attempt.channel, Disposition.BUSY, line="", caller="", dialled="")
    with store.begin() as session:
        known = attempts.placed(session, silent)
        assert attempts.placed(session, call("another", caller="")).caller == ""
    assert (known.line, known.caller, known.dialled) == ("12345", PHONE, PHONE)
    assert (known.ticket_no, known.attempt) == (attempt.ticket, attempt.channel)


@pytest.mark.parametrize("phone", ["", "110", "12345", "8001"])
def test_nobody_and_no_service_is_called(store: Store, phone: str) -> None:
    """Nothing of ours ever dials an emergency number by itself (R6)."""
    try:
        ticket = new_ticket(store, phone)
    except Invalid:
        return
    with pytest.raises(SurveyError, match="no telephone number"):
        opened(store, ticket)


def test_a_ticket_that_does_not_exist(store: Store) -> None:
    with pytest.raises(NotFound):
        opened(store, "991231000001")
    with pytest.raises(NotFound):
        shown(store, "991231000001")


def test_answers_are_kept_with_attempt_and_ticket_and_given_again_replace(store: Store) -> None:
    ticket = new_ticket(store)
    attempt = opened(store, ticket)
    for one in (answer("identity", "yes", ticket), answer("satisfied", "4", ticket), answer("satisfied", "5", ticket)):
        with store.begin() as session:
            attempts.keep_answer(session, call(attempt.channel), one)
            attempts.keep_answer(session, call(attempt.channel), one)
    (row,) = shown(store, ticket)["attempts"]
    assert [(one["question"], one["value"]) for one in row["answers"]] == [("identity", "yes"), ("satisfied", "5")]


def test_r36_one_call_about_two_tickets_is_told_with_each(store: Store) -> None:
    first, second = new_ticket(store), new_ticket(store, "13800000002")
    attempt = opened(store, first)
    with store.begin() as session:
        for one in (answer("satisfied", "1", first), answer("satisfied", "5", second)):
            attempts.keep_answer(session, call(attempt.channel), one)
    for ticket, value in ((first, "1"), (second, "5")):
        (row,) = shown(store, ticket)["attempts"]
        assert (row["attempt"], [one["value"] for one in row["answers"]]) == (attempt.channel, [value])


def test_r36_a_spoken_answer_is_shown_with_all_that_is_known_of_it(store: Store) -> None:
    ticket = new_ticket(store)
    attempt = opened(store, ticket)
    spoken = replace(
        answer("satisfied", "4", ticket), by="speech", questionnaire="callback", version="1.2", file="a.wav",
        heard="不满意", confidence=0.87, start=1.5,
    )  # fmt: skip
    with store.begin() as session:
        attempts.keep_answer(session, call(attempt.channel), spoken)
    found = shown(store, ticket)
    (one,) = found["attempts"][0]["answers"]
    at, call_id = one.pop("at"), one.pop("call_id")
    assert (at[:10], call_id) == (now().date().isoformat(), attempt.channel)
    assert one == {
        "question": "satisfied", "value": "4", "by": "speech", "questionnaire": "callback", "version": "1.2",
        "confidence": 0.87, "heard": "不满意", "file": "a.wav", "start": 1.5,
    }  # fmt: skip
    assert "    satisfied    4 (heard 不满意, 0.87)" in surveys.lines(found)


def test_a_rating_belongs_to_the_calls_ticket_and_to_no_attempt(store: Store) -> None:
    ticket = new_ticket(store)
    with store.begin() as session:
        attempts.keep_answer(session, call("hotline-1.2", ticket_no=ticket), answer("rating", "1"))
    found = shown(store, ticket)
    assert (found["attempts"], [one["value"] for one in found["ratings"]]) == ([], ["1"])


# -- handing over ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("disposition", "made"),
    [
        (Disposition.ANSWERED, True), (Disposition.EMERGENCY, True), (Disposition.VOICEMAIL, True),
        (Disposition.CALLBACK_REQUESTED, True), (Disposition.SELF_SERVED, False), (Disposition.CLOSED, False),
        (Disposition.ABANDONED_MENU, False), (Disposition.ABANDONED_QUEUE, False),
    ],
)
def test_which_visits_leave_a_ticket(store: Store, disposition: Disposition, made: bool) -> None:
    visit = call("hotline-1.2", disposition, direction=Direction.INBOUND)
    with store.begin() as session:
        number = on_closed(session, visit)
        assert on_closed(session, visit) == number, "handed over again it is the same ticket"
    assert bool(number) is made


def test_a_rating_is_on_the_ticket_and_makes_no_open_page_stale(store: Store) -> None:
    visit = call("hotline-1.2", Disposition.ANSWERED, direction=Direction.INBOUND, rating=4)
    with store.begin() as session:
        number = on_closed(session, visit)
        assert number
        before = load(session, number)
        on_answer(session, replace(visit, ticket_no=number), answer("rating", "4"))
        assert load(session, number) == replace(before, rating=4)


@pytest.mark.parametrize("direction", [Direction.OUTBOUND, Direction.INTERNAL])
def test_calls_of_agents_leave_none(store: Store, direction: Direction) -> None:
    with store.begin() as session:
        assert on_closed(session, call("hotline-1.2", Disposition.ANSWERED, direction=direction)) is None


def test_r11_a_call_of_an_agent_about_a_ticket_is_in_its_history_once(store: Store) -> None:
    """With its recording; of a call that nobody took there is none. A ticket that is not there is no fault."""
    ticket = new_ticket(store)
    made = Recording("call", "2027/01/15/a.wav", 30.0)
    talked = call("hotline-1.2", Disposition.ANSWERED, direction=Direction.OUTBOUND, ticket_no=ticket, agent="8001",
                  dialled=f"0{PHONE}", talk_s=30.4, recordings=(made,))  # fmt: skip
    missed = replace(talked, call_id="hotline-1.3", disposition=Disposition.NO_ANSWER, dialled="087800000001",
                     talk_s=0.0, recordings=())  # fmt: skip
    with store.begin() as session:
        before = load(session, ticket)
        for one in (talked, missed, talked):
            assert on_closed(session, one) == ticket
        assert load(session, ticket) == replace(before, recordings=(made.file,), version=before.version + 2)
        told = [(event["reason"], event["detail"]["files"]) for event in history(session, ticket)[-2:]]
        assert on_closed(session, replace(talked, call_id="hotline-1.4", ticket_no="270115999999")) is None
    assert told == [("坐席 8001 去电群众，通话 30 秒", [made.file]), ("坐席 8001 去电其他号码，未通话", [])]


def test_the_end_of_a_callback_ends_its_attempt(store: Store) -> None:
    ticket = new_ticket(store)
    attempt = opened(store, ticket)
    with store.begin() as session:
        assert on_closed(session, call(attempt.channel, Disposition.WRONG_PERSON)) is None
    (row,) = shown(store, ticket)["attempts"]
    assert row["outcome"] == "wrong-person" and row["ended_at"]


# -- one callback from dialling to its end -------------------------------------------------------------


class Silent:
    """Events that never come."""

    def __aiter__(self) -> Silent:
        return self

    async def __anext__(self) -> Mapping[str, str]:
        await asyncio.Event().wait()
        raise StopAsyncIteration

    def close(self) -> None:
        pass


class Pretended(Manager):
    """A manager that only notes what it was asked and answers or raises as told."""

    def __init__(self, reply: Reply | Exception) -> None:
        self.reply = reply
        self.asked: list[Mapping[str, Any]] = []

    async def action(self, headers: Mapping[str, Any], seconds: float | None = None) -> Reply:
        self.asked.append(headers)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    def events(self, *names: str, most: int = 10_000) -> Any:
        return Silent()


def run(store: Store, attempt: Attempt, manager: Manager, refresh: Any, trunk: bool = True) -> tuple[str, list[str]]:
    told: list[str] = []
    way = Way(trunk=trunk, ring_seconds=30)
    return asyncio.run(Callback(store, attempt, refresh, told.append).run(manager, way)), told


def finish(store: Store, attempt: Attempt) -> Any:
    """A refresh that finds the call finished in the ledger."""

    def refresh() -> None:
        with store.begin() as session:
            upsert(session, CallRow, [call_row(call(attempt.channel), True)])
            _answer(session, attempt)

    return refresh


def _answer(session: Session, attempt: Attempt) -> None:
    attempts.keep_answer(session, call(attempt.channel), answer("identity", "yes", attempt.ticket))


def test_a_callback_shows_12345_and_dials_once_with_its_own_channel_id(store: Store) -> None:
    attempt = opened(store, new_ticket(store))
    manager = Pretended(Reply(True, "queued", {}))
    outcome, told = run(store, attempt, manager, finish(store, attempt))
    (asked,) = manager.asked
    assert (asked["Channel"], asked["ChannelId"]) == (f"PJSIP/{PHONE}@trunk", attempt.channel)
    assert asked["CallerID"] == "12345 <12345>" and asked["Context"] == "survey"
    assert f"__HOTLINE_TICKET={attempt.ticket}" in asked["Variable"]
    assert (outcome, told) == ("surveyed", ["answered", "identity: yes"])


def test_without_a_trunk_the_practice_phone_rings(store: Store) -> None:
    attempt = opened(store, new_ticket(store))
    manager = Pretended(Reply(True, "queued", {}))
    run(store, attempt, manager, finish(store, attempt), trunk=False)
    assert manager.asked[0]["Channel"] == "PJSIP/citizen"


def test_nothing_dialled_ends_the_attempt_at_once(store: Store) -> None:
    ticket = new_ticket(store)
    with pytest.raises(AMIDown):
        run(store, opened(store, ticket), Pretended(AMIDown("away")), lambda: None)
    assert shown(store, ticket)["attempts"][0]["outcome"] == "failed"


def test_an_answer_that_never_came_is_looked_up_and_not_dialled_again(store: Store) -> None:
    """The link broke after the action was sent: the call may be under way."""
    attempt = opened(store, new_ticket(store))
    manager = Pretended(AMITimeout("Originate: no answer"))
    outcome, _ = run(store, attempt, manager, finish(store, attempt))
    assert outcome == "surveyed" and len(manager.asked) == 1


# -- the tickets as flows see them -----------------------------------------------------------------------


def test_the_desk_tells_progress_only_to_the_right_digits(store: Store, tmp_path: Path) -> None:
    """R9, R11: ticket number and last four digits."""
    from concurrent.futures import ThreadPoolExecutor

    ticket = new_ticket(store)
    with ThreadPoolExecutor(1) as threads:
        desk = TicketDesk(store, threads, tmp_path)
        assert asyncio.run(desk.progress(ticket, "0001")) == Progress("draft")
        assert asyncio.run(desk.progress(ticket, "0002")) is None
        assert asyncio.run(desk.progress("991231000001", "0001")) is None


def test_a_message_becomes_one_ticket_however_often_it_is_asked_for(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as threads:
        desk = TicketDesk(store, threads, Path())
        first = asyncio.run(desk.voicemail("hotline-1.2", PHONE, "voicemail-1.wav", 3.0))
        assert asyncio.run(desk.voicemail("hotline-1.2", PHONE, "voicemail-1.wav", 3.0)) == first
    assert len(first) == 12


def test_a_database_that_is_away_or_slow_is_said_within_the_limit(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as threads:
        slow = TicketDesk(store, threads, Path(), limit=0.0)
        with pytest.raises(DeskAway):
            asyncio.run(slow.progress("991231000001", "0001"))
        away = TicketDesk(Store("postgresql://nobody@127.0.0.1:1/none"), threads, Path())
        with pytest.raises(DeskAway):
            asyncio.run(away.progress("991231000001", "0001"))
