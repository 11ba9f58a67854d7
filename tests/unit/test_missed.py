"""Callers who were missed (国办函〔2025〕66号): tasks come from the ledger, which alone says who was answered."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqueue import missed
from callqueue.calls import Call, Direction, Recording
from callqueue.disposition import Disposition
from callqueue.errors import MissedError, NoSuchTask
from callqueue.missed import DEFAULT, Rules
from callqueue.missed_listing import Sought, listed
from callqueue.rows import call_row
from callqueue.tables import CallRow
from hotline.handover import on_closed
from store.base import LOCAL, Base
from store.engine import Store
from tests.stores import store
from tickets.service import get

__all__ = ["store"]
NOON = datetime(2026, 7, 6, 12, tzinfo=LOCAL)
PHONE = "13800000001"


def inbound(minute: float, disposition: Disposition, phone: str = PHONE) -> Call:
    """A call that began so many minutes after noon and lasted one."""
    began = NOON + timedelta(minutes=minute)
    spoke = disposition in (Disposition.ANSWERED, Disposition.EMERGENCY)
    return Call(
        f"{phone}-{minute:g}", Direction.INBOUND, "12345", phone, "12345", began, began, began + timedelta(minutes=1),
        disposition, queue="consult", talk_s=30.0 if spoke else 0.0, queued_at=began,
    )  # fmt: skip


def made(channel: str, minute: float, disposition: Disposition) -> Call:
    """The outbound call of an attempt."""
    spoke = 20.0 if disposition is Disposition.ANSWERED else 0.0
    one = inbound(minute, disposition)
    return replace(one, call_id=channel, direction=Direction.OUTBOUND, caller="8001", dialled=PHONE, talk_s=spoke)


class Desk:
    """The tasks of one store, taken from calls as the ledger hands them over."""

    def __init__(self, store: Store, rules: Rules = DEFAULT) -> None:
        self.store, self.rules = store, rules

    def take(self, *calls: Call) -> None:
        for call in calls:
            with self.store.begin() as session:
                missed.take(session, call, self.rules)
                if session.get(CallRow, call.call_id) is None:
                    session.add(CallRow(**call_row(call, handed_over=True)))

    def tasks(self, every: bool = True) -> list[dict[str, Any]]:
        with self.store.begin() as session:
            return listed(session, Sought("" if every else "open"))[0]

    def only(self) -> dict[str, Any]:
        (task,) = self.tasks()
        return task

    def begin(self, minute: float = 5, agent: str = "8001") -> str:
        with self.store.begin() as session:
            at = NOON + timedelta(minutes=minute)
            return missed.begin(session, self.only()["id"], agent, at, self.rules)["channel"]

    def show(self) -> dict[str, Any]:
        number = self.only()["id"]
        with self.store.begin() as session:
            return missed.show(session, number)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.mark.parametrize(
    ("disposition", "counts"),
    [
        (Disposition.ABANDONED_QUEUE, 1), (Disposition.OVERFLOWED, 1), (Disposition.EMERGENCY_MISSED, 1),
        (Disposition.INTERRUPTED, 1), (Disposition.ABANDONED_MENU, 0), (Disposition.VOICEMAIL, 0),
        (Disposition.ANSWERED, 0), (Disposition.CALLBACK_REQUESTED, 1), (Disposition.SELF_SERVED, 0),
    ],
)  # fmt: skip
def test_who_is_called_back(desk: Desk, disposition: Disposition, counts: int) -> None:
    desk.take(inbound(0, disposition))
    assert len(desk.tasks()) == counts


@pytest.mark.parametrize("phone", ["", "12345", "110", "anonymous", "0000"])
def test_a_number_that_cannot_be_called_makes_no_task(desk: Desk, phone: str) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE, phone))
    assert desk.tasks() == []


def test_several_calls_of_one_number_are_one_task_and_taken_once(desk: Desk) -> None:
    calls = [inbound(minute, Disposition.ABANDONED_QUEUE) for minute in (0, 3, 9)]
    desk.take(*calls, *calls)
    task = desk.show()
    assert (task["calls"], len(task["missed"]), task["state"]) == (3, 3, "open")
    assert (task["first_at"], task["last_at"]) == ("2026-07-06T12:00:00+08:00", "2026-07-06T12:09:00+08:00")


def test_who_calls_again_and_is_answered_needs_no_call(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE), inbound(10, Disposition.ANSWERED))
    task = desk.only()
    assert (task["state"], task["reason"], task["closed_by"]) == ("closed", "called-again", "system")


def test_who_was_answered_first_and_missed_afterwards_is_called_back(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ANSWERED), inbound(10, Disposition.ABANDONED_QUEUE))
    assert desk.only()["state"] == "open"


def test_a_call_handed_over_late_does_not_open_what_was_settled(desk: Desk) -> None:
    desk.take(inbound(10, Disposition.ANSWERED), inbound(0, Disposition.ABANDONED_QUEUE))
    assert desk.tasks() == []


HISTORY = (
    inbound(0, Disposition.ABANDONED_QUEUE), inbound(4, Disposition.ABANDONED_QUEUE), inbound(8, Disposition.ANSWERED),
)  # fmt: skip


@pytest.mark.parametrize("order", list(itertools.permutations(HISTORY)))
def test_in_whatever_order_calls_are_handed_over_nothing_stays_open(order: tuple[Call, ...]) -> None:
    store = Store("sqlite://")
    Base.metadata.create_all(store.engine)
    desk = Desk(store)
    desk.take(*order, *order)
    assert desk.tasks(every=False) == []
    store.close()


def test_a_call_that_is_answered_closes_the_task(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE))
    channel = desk.begin()
    assert channel == f"missed-{desk.only()['id']}-1"
    desk.take(made(channel, 5, Disposition.ANSWERED))
    task = desk.show()
    assert (task["state"], task["reason"], task["closed_by"]) == ("closed", "answered", "8001")
    assert [one["outcome"] for one in task["made"]] == ["answered"]


@pytest.mark.parametrize("disposition", [Disposition.NO_ANSWER, Disposition.BUSY, Disposition.FAILED])
def test_a_call_that_is_not_answered_is_never_counted_as_answered(desk: Desk, disposition: Disposition) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE))
    for number, minute in enumerate((5, 70, 140), 1):
        assert desk.only()["state"] == "open"
        desk.take(made(desk.begin(minute), minute, disposition))
        assert desk.only()["attempts"] == number
    task = desk.show()
    assert (task["state"], task["reason"]) == ("closed", "unreachable")
    assert [one["outcome"] for one in task["made"]] == [disposition] * 3


def test_the_next_attempt_is_due_later(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE))
    assert desk.only()["due_at"] == "2026-07-06T12:01:00+08:00"
    desk.take(made(desk.begin(5), 5, Disposition.NO_ANSWER))
    assert desk.only()["due_at"] == "2026-07-06T13:06:00+08:00"


def test_one_call_at_a_time_and_none_in_quiet_hours(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE))
    with pytest.raises(MissedError, match=r"quiet hours.*08:00"):
        desk.begin(minute=10 * 60)
    desk.begin()
    with pytest.raises(MissedError, match="being called"):
        desk.begin()


@pytest.mark.parametrize("missed_before", [False, True])
def test_r6_no_hour_is_quiet_for_who_pressed_the_danger_key_and_reached_nobody(desk: Desk, missed_before: bool) -> None:
    """Due at once, at any hour; so is the next attempt, an hour later."""
    night = 10 * 60
    if missed_before:
        desk.take(inbound(night - 20, Disposition.ABANDONED_QUEUE))
    desk.take(inbound(night, Disposition.EMERGENCY_MISSED))
    assert (desk.only()["due_at"], desk.only()["queue"]) == ("2026-07-06T22:01:00+08:00", "danger")
    desk.take(made(desk.begin(night + 5), night + 5, Disposition.NO_ANSWER))
    assert desk.only()["due_at"] == "2026-07-06T23:06:00+08:00"
    desk.begin(night + 66)


def test_an_agent_who_does_not_pick_up_the_own_phone_costs_no_attempt(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE))
    channel = desk.begin()
    with desk.store.begin() as session:
        missed.failed(session, channel, NOON)
    assert (desk.only()["attempts"], desk.show()["made"][0]["outcome"]) == (0, "not-placed")
    assert desk.begin() == f"missed-{desk.only()['id']}-2"


def test_an_attempt_of_which_no_call_came_is_ended_by_the_sweep(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE))
    desk.begin(5)
    for after, outcome in ((6, "open"), (8, "not-placed")):
        with desk.store.begin() as session:
            missed.sweep(session, NOON + timedelta(minutes=after))
        assert desk.show()["made"][0]["outcome"] == outcome
    assert desk.only()["attempts"] == 0


def test_an_agent_who_dials_by_hand_closes_the_task_too(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE), made("1800000000.7", 5, Disposition.ANSWERED))
    assert desk.only()["reason"] == "answered"


def test_too_late_is_too_late(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE))
    for hours, closed in ((47, 0), (49, 1)):
        with desk.store.begin() as session:
            assert missed.sweep(session, NOON + timedelta(hours=hours)) == closed
    assert desk.only()["reason"] == "expired"


def test_a_number_that_is_missed_again_after_its_task_was_closed_gets_a_new_one(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE), inbound(5, Disposition.ANSWERED))
    desk.take(inbound(9, Disposition.ABANDONED_QUEUE))
    assert [task["state"] for task in desk.tasks()] == ["open", "closed"]


def test_people_assign_and_close(desk: Desk) -> None:
    desk.take(inbound(0, Disposition.ABANDONED_QUEUE))
    number = desk.only()["id"]
    with desk.store.begin() as session:
        assert missed.assign(session, number, "8002")["assignee"] == "8002"
        assert [one["id"] for one in listed(session, Sought(assignee="8002"))[0]] == [number]
        with pytest.raises(MissedError, match="say why"):
            missed.close(session, number, " ", "8002", NOON)
        assert missed.close(session, number, "已在网上答复", "8002", NOON)["reason"] == "已在网上答复"
        with pytest.raises(MissedError, match="closed"):
            missed.assign(session, number, "8001")
        with pytest.raises(NoSuchTask):
            missed.show(session, number + 1)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(0, 22), st.integers(1, 24))
def test_nobody_is_called_in_quiet_hours(moment: datetime, opens: int, length: int) -> None:
    rules = Rules(opens=opens * 60, closes=min(24, opens + length) * 60)
    at = moment.replace(tzinfo=LOCAL)
    found = missed.allowed(rules, at)
    assert at <= found < at + timedelta(days=1)
    assert rules.opens <= found.hour * 60 + found.minute < rules.closes
    assert missed.allowed(rules, found) == found


def test_the_agents_phone_rings_first_and_the_attempt_is_the_channel() -> None:
    headers = missed.originate({"channel": "missed-7-2", "phone": PHONE, "agent": "8001"}, 15)
    assert (headers["Channel"], headers["Context"], headers["Exten"]) == ("PJSIP/8001", "agents", PHONE)
    assert (headers["ChannelId"], headers["Timeout"]) == ("missed-7-2", "15000")


def test_who_was_missed_and_called_back_leaves_a_ticket_as_any_answered_visit(store: Store) -> None:
    """R3: of the call that was missed, registered when the citizen told of it; a call in vain leaves none."""
    def taken(call: Call) -> str | None:
        with store.begin() as session:
            number = on_closed(session, call)
            session.add(CallRow(**call_row(replace(call, ticket_no=number or ""), handed_over=True)))
            return number

    assert taken(inbound(0, Disposition.ABANDONED_QUEUE)) is None
    desk = Desk(store)
    assert taken(made(desk.begin(5), 5, Disposition.NO_ANSWER)) is None
    answered = made(desk.begin(90), 90, Disposition.ANSWERED)
    number = taken(replace(answered, agent="8001", recordings=(Recording("call", "2026/07/06/a.wav"),)))
    assert number
    with store.reading() as session:
        ticket = get(session, number)
    assert (ticket.phone, ticket.agent, ticket.recordings) == (PHONE, "8001", ("2026/07/06/a.wav",))
    assert ticket.created_at == answered.started_at
