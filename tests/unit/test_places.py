"""A kept place in a queue: the order is that of plain waiting, no place is lost, nobody is overtaken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from callqueue import missed, placed, places
from callqueue.calls import Call, Direction, Recording, Step
from callqueue.disposition import Disposition
from callqueue.errors import MissedError
from callqueue.live.device import Device
from callqueue.live.state import Channel, Entry, Member, Queue, State
from callqueue.missed_listing import Sought, listed
from callqueue.places import Wanted
from callqueue.rows import call_row
from callqueue.tables import CallRow
from hotline.handover import on_closed
from hotline.keeping import Keeping
from store.base import LOCAL, now
from store.engine import Store
from telephony.ami import Reply
from tests.stores import store
from tests.unit.cel_trace import call, events, visits
from tickets.service import get

__all__ = ["store"]
NOON = datetime(2026, 7, 6, 12, tzinfo=LOCAL)
PHONE = "13800000001"


# -- the order ------------------------------------------------------------------------------------


@dataclass
class Line:
    """A queue of Asterisk: who enters stands behind everyone whose priority is not lower (app_queue, join_queue)."""

    waiting: list[tuple[int, str]] = field(default_factory=list)

    def enter(self, who: str, priority: int) -> None:
        ahead = [place for place, (other, _) in enumerate(self.waiting) if other >= priority]
        self.waiting.insert(len(ahead), (priority, who))

    def leave(self, who: str) -> None:
        self.waiting = [one for one in self.waiting if one[1] != who]

    def next(self) -> str:
        return self.waiting.pop(0)[1]


WHICH = st.integers(0, 30)
HAPPENS = st.lists(
    st.one_of(st.just(("join", 0)), st.just(("serve", 0)), st.tuples(st.sampled_from(["keep", "leave"]), WHICH)),
    max_size=80,
)
"""One a tenth of a second: somebody joins, an agent takes the next, or one of those waiting presses 1 or gives up."""
GAPS = st.lists(
    st.one_of(st.just(("join", 0)), st.just(("serve", 0)), st.tuples(st.sampled_from(["out", "back"]), WHICH)),
    max_size=80,
)
"""Places are gone for a time (Asterisk's end, the time before the second try) and are put back."""


def served(happens: list[tuple[str, int]], kept: bool) -> list[str]:
    """Who was served, in order: with places that are kept, or with everybody waiting on the line instead."""
    line, joined, taken = Line(), dict[str, int](), []
    for at, (what, which) in enumerate(happens, places.joined(NOON)):
        if what == "join":
            who = f"caller {len(joined)}"
            joined[who] = at
            line.enter(who, places.priority(at))
        elif line.waiting and what == "serve":
            taken.append(line.next())
        elif line.waiting:
            who = line.waiting[which % len(line.waiting)][1]
            if what == "leave" or kept:
                line.leave(who)
            if what == "keep" and kept:
                line.enter(who, places.priority(joined[who]))
    return taken + [who for _, who in line.waiting]


@settings(max_examples=500)
@given(HAPPENS)
def test_the_order_is_that_of_plain_waiting(happens: list[tuple[str, int]]) -> None:
    assert served(happens, kept=True) == served(happens, kept=False)


@settings(max_examples=500)
@given(GAPS)
def test_who_is_served_is_always_the_first_to_have_joined_and_nobody_is_lost(happens: list[tuple[str, int]]) -> None:
    line, joined, away, taken = Line(), dict[str, int](), list[str](), []
    for at, (what, which) in enumerate(happens, places.joined(NOON)):
        if what == "join":
            joined[f"caller {len(joined)}"] = at
            line.enter(f"caller {len(joined) - 1}", places.priority(at))
        elif what == "back" and away:
            who = away.pop(which % len(away))
            line.enter(who, places.priority(joined[who]))
        elif what == "out" and line.waiting:
            who = line.waiting[which % len(line.waiting)][1]
            line.leave(who)
            away.append(who)
        elif what == "serve" and line.waiting:
            first = min((who for _, who in line.waiting), key=joined.__getitem__)
            taken.append(line.next())
            assert taken[-1] == first
    assert sorted(taken + away + [who for _, who in line.waiting]) == sorted(joined)


@given(st.datetimes(datetime(2023, 6, 1), datetime(2036, 12, 31)), st.floats(0.1, 1e7))
def test_earlier_is_before_and_fits_asterisk(moment: datetime, seconds: float) -> None:
    first = moment.replace(tzinfo=LOCAL)
    one, other = (places.priority(places.joined(at)) for at in (first, first + timedelta(seconds=seconds)))
    assert one > other and -(2**31) <= one < 2**31


# -- what Asterisk holds ----------------------------------------------------------------------------


def channel(phone: str, half: int) -> Channel:
    return Channel(f"hotline-1795818369.{half}", f"Local/{phone}@kept-place-00000001;{half}", "Ring")


def state(*waiting: str, members: int = 1, answered: tuple[str, ...] = ()) -> State:
    """A queue in which these wait, a number alone being a kept place; `answered` are places with an agent."""
    found = State(queues={"consult": Queue("consult")})
    for phone in (*waiting, *answered):
        for half in (1, 2) if phone.isdigit() else ():
            found.channels[f"{phone}.{half}"] = channel(phone, half)
    found.queues["consult"].waiting = [
        Entry(f"{place}", f"Local/{one}@kept-place-00000001;2" if one.isdigit() else one)
        for place, one in enumerate(waiting)
    ]
    for one in range(members):
        found.queues["consult"].members[f"PJSIP/800{one}"] = Member(f"800{one}", f"PJSIP/800{one}", Device.IN_USE)
    return found


def test_places_stand_where_they_wait_and_nowhere_while_the_citizen_is_called() -> None:
    seen = state("PJSIP/trunk-00000001", PHONE, "PJSIP/trunk-00000002", "13800000002", answered=("13800000003",))
    assert places.positions(seen) == {PHONE: 2, "13800000002": 4, "13800000003": 0}


def test_a_queue_whose_agents_are_all_away_takes_nobody() -> None:
    nobody = state(members=0)
    assert places.served(state(), "consult") and not places.served(nobody, "consult")
    nobody.queues["consult"].members["PJSIP/8001"] = Member("8001", "PJSIP/8001", Device.UNAVAILABLE)
    assert not places.served(nobody, "consult") and not places.served(nobody, "yi")


# -- what the ledger says of it ---------------------------------------------------------------------


def asked(minute: float = 0, phone: str = PHONE, key: str = "1") -> Call:
    """A call in which 1 was pressed in the queue, so many minutes after noon."""
    began = NOON + timedelta(minutes=minute)
    return Call(
        f"{phone}-{minute:g}", Direction.INBOUND, "12345", phone, "12345", began, began, began + timedelta(minutes=1),
        Disposition.CALLBACK_REQUESTED, queue="consult", queued_at=began + timedelta(seconds=20),
        path=(Step("queue", key, began + timedelta(seconds=40)),),
    )  # fmt: skip


def tried(minute: float, disposition: Disposition, phone: str = PHONE) -> Call:
    """The call that was made because the place had its turn."""
    began = NOON + timedelta(minutes=minute)
    spoke = 30.0 if disposition is Disposition.ANSWERED else 0.0
    return Call(
        f"kept-{minute:g}", Direction.CALLBACK, "12345", phone, phone, began, began if spoke else None,
        began + timedelta(minutes=1), disposition, queue="consult", agent="8001", talk_s=spoke,
        path=(Step("kept", "", began),),
    )  # fmt: skip


class Desk:
    """The tasks of one store, as the ledger hands calls over."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def take(self, *calls: Call) -> dict[str, Any]:
        """The one task, after these calls."""
        with self.store.begin() as session:
            for one in calls:
                missed.take(session, one)
                placed.take(session, one)
        with self.store.begin() as session:
            (task,) = listed(session, Sought(""))[0]
            return missed.show(session, task["id"])

    def wanted(self, minute: float) -> list[Wanted]:
        with self.store.begin() as session:
            return placed.wanted(session, NOON + timedelta(minutes=minute))


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_one_in_the_queue_keeps_the_place_and_another_way_to_ask_does_not(desk: Desk) -> None:
    task = desk.take(asked(key="9"))
    assert (task["kept_at"], desk.wanted(2)) == (None, [])
    task = desk.take(asked(3))
    assert task["kept_at"] == "2026-07-06T12:03:20+08:00"
    joined = NOON + timedelta(minutes=3, seconds=20)
    assert desk.wanted(5) == [Wanted(PHONE, "consult", joined, NOON + timedelta(minutes=4))]


def test_who_asks_again_keeps_the_first_place(desk: Desk) -> None:
    desk.take(asked(0))
    task = desk.take(asked(5), asked(5))
    assert (task["kept_at"], task["calls"]) == ("2026-07-06T12:00:20+08:00", 2)


def test_the_citizen_is_called_when_it_is_the_places_turn_and_by_nobody_else(desk: Desk) -> None:
    task = desk.take(asked())
    with desk.store.begin() as session, pytest.raises(MissedError, match="keeps a place"):
        missed.begin(session, task["id"], "8001", NOON + timedelta(minutes=3))
    done = desk.take(tried(5, Disposition.ANSWERED), tried(5, Disposition.ANSWERED))
    assert (done["state"], done["reason"], done["closed_by"], len(done["made"])) == ("closed", "answered", "8001", 1)
    assert desk.wanted(6) == []


def test_who_is_still_asked_for_a_rating_keeps_no_place_any_more(desk: Desk) -> None:
    desk.take(asked())
    called = tried(5, Disposition.ANSWERED)
    with desk.store.begin() as session:
        session.add(CallRow(**call_row(replace(called, ended_at=None, disposition=Disposition.OPEN), False)))
    assert desk.wanted(6) == []
    with desk.store.begin() as session:  # over, and not yet told
        session.execute(update(CallRow).values(ended_at=called.ended_at))
    assert len(desk.wanted(7)) == 1
    assert desk.take(called)["state"] == "closed"


def test_without_an_answer_there_is_one_more_try_and_then_a_task(desk: Desk) -> None:
    desk.take(asked())
    once = desk.take(tried(5, Disposition.NO_ANSWER))
    assert once["kept_at"] and [one.due for one in desk.wanted(6)] == [NOON + timedelta(minutes=7)]
    twice = desk.take(tried(8, Disposition.BUSY))
    assert (twice["state"], twice["kept_at"], twice["attempts"], desk.wanted(9)) == ("open", None, 0, [])
    assert twice["due_at"] == "2026-07-06T13:09:00+08:00"
    with desk.store.begin() as session:
        assert missed.begin(session, twice["id"], "8001", NOON + timedelta(hours=2))


def test_the_ticket_is_that_of_the_call_that_asked_and_gets_the_recording(desk: Desk) -> None:
    def closed(call: Call) -> str | None:
        with desk.store.begin() as session:
            number = on_closed(session, call)
            session.add(CallRow(**call_row(replace(call, ticket_no=number or ""), handed_over=True)))
            return number

    first = closed(asked())
    assert first and closed(tried(10, Disposition.BUSY)) is None
    called = replace(tried(20, Disposition.ANSWERED), recordings=(Recording("call", "2026/07/06/a.wav"),))
    assert closed(called) == first
    with desk.store.reading() as session:
        assert get(session, first).recordings == ("2026/07/06/a.wav",)


def test_what_asterisk_cut_off_is_no_try(desk: Desk) -> None:
    desk.take(asked())
    task = desk.take(tried(5, Disposition.INTERRUPTED), tried(8, Disposition.NO_ANSWER))
    assert task["kept_at"] and len(desk.wanted(12)) == 1


def test_a_place_that_nobody_can_hold_is_a_task_in_the_end(desk: Desk) -> None:
    desk.take(asked())
    with desk.store.begin() as session:
        assert not placed.give_up(session, PHONE, NOON + timedelta(minutes=119))
        assert placed.give_up(session, PHONE, NOON + timedelta(hours=12))
    task = desk.take()
    assert (task["kept_at"], task["due_at"]) == (None, "2026-07-07T08:00:00+08:00")


def test_an_hour_after_asking_the_quiet_hours_hold(desk: Desk) -> None:
    late = asked(9 * 60 - 10)
    desk.take(late)
    assert [one.due for one in desk.wanted(9 * 60 + 5)] == [late.ended_at]
    assert [one.due.hour for one in desk.wanted(10 * 60)] == [8]


# -- what is done about it ----------------------------------------------------------------------------


class Played:
    """Asterisk: what it was told, and what it holds."""

    def __init__(self, seen: State) -> None:
        self.state, self.current = seen, True
        self.told: list[dict[str, Any]] = []

    async def action(self, headers: Any) -> Reply:
        self.told.append(dict(headers))
        return Reply(True, "", {})


@dataclass
class Clocked:
    """Looks at any second; the ledger was read a moment ago."""

    keeping: Keeping
    at: float
    played: Played

    def look(self, after: float = 0.0) -> list[str]:
        """What Asterisk was told by a look so many seconds later."""
        self.at += after
        self.played.told.clear()

        async def done(work: Any, *given: Any) -> Any:
            return work(*given)

        asyncio.run(self.keeping.look(done))  # type: ignore[arg-type]
        return [one["Action"] for one in self.played.told]


@pytest.fixture
def clocked(desk: Desk) -> Iterator[Clocked]:
    played = Played(state())
    made = Clocked.__new__(Clocked)
    rules = missed.Rules(opens=0, closes=24 * 60)
    keeping = Keeping(desk.store, played, played, rules, lambda: made.at, lambda: made.at)  # type: ignore[arg-type]
    Clocked.__init__(made, keeping, now().timestamp(), played)
    began = now() - timedelta(minutes=10)
    minute = (began - NOON).total_seconds() / 60
    desk.take(asked(minute))
    yield made


def test_a_lost_place_is_put_back_where_it_was_once_it_is_sure(clocked: Clocked, desk: Desk) -> None:
    assert clocked.look() == [] and clocked.look(2) == []
    assert clocked.look(4) == ["Originate"]
    (told,), (wanted,) = clocked.played.told, desk.wanted(0)
    assert told["Channel"] == f"Local/{PHONE}@kept-place/n"
    assert f"__HOTLINE_JOINED={places.joined(wanted.joined)}" in told["Variable"]
    assert clocked.look(2) == []
    clocked.played.state = state(PHONE)
    assert clocked.look(30) == []


def test_without_agents_or_a_view_nothing_is_put_back(clocked: Clocked) -> None:
    clocked.played.state = state(members=0)
    assert clocked.look() == [] and clocked.look(60) == []
    clocked.played.state, clocked.played.current = state(), False
    assert clocked.look(60) == []
    clocked.played.current = True
    assert clocked.look() == [] and clocked.look(6) == ["Originate"]


def test_the_place_of_somebody_served_otherwise_is_given_up(clocked: Clocked, desk: Desk) -> None:
    clocked.played.state = state(PHONE)
    assert clocked.look() == []
    with desk.store.begin() as session:
        (task,) = listed(session)[0]
        missed.close(session, task["id"], "已在网上答复", "lisi", now() + timedelta(days=365))
    assert clocked.look() == ["Hangup"]
    assert clocked.played.told[0]["Channel"] == f"Local/{PHONE}@kept-place-00000001;2"
    clocked.played.state = state(answered=(PHONE,))
    assert clocked.look() == [], "an agent is calling already"


# -- the calls in the ledger --------------------------------------------------------------------------

KEPT = """
0.000 p1/1800000000.18 CHAN_START s
0.000 p2/1800000000.18 CHAN_START 13800000001
0.010 p2/1800000000.18 APP_START Queue consult,crt
60.00 a/1800000000.18 CHAN_START s
64.00 a/1800000000.18 ANSWER
64.01 a/1800000000.18 agent agent=8001&call=1800000000.18
64.02 p2/1800000000.18 ANSWER
64.02 p1/1800000000.18 ANSWER
64.02 p2/1800000000.18 BRIDGE_ENTER one
64.02 a/1800000000.18 BRIDGE_ENTER one
64.03 p1/1800000000.18 visit direction=callback&line=12345&caller=13800000001&dialled=13800000001
64.03 p1/1800000000.18 path at=kept&key=
64.04 p1/1800000000.18 recording file=kept.wav
64.05 t/1800000000.18 CHAN_START s
"""
ANSWERED = """
70.00 t/1800000000.18 ANSWER
79.00 t/1800000000.18 BRIDGE_ENTER two
79.00 p1/1800000000.18 BRIDGE_ENTER two
99.00 a/1800000000.18 BRIDGE_EXIT one
99.00 a/1800000000.18 HANGUP
99.00 a/1800000000.18 CHAN_END
99.01 p2/1800000000.18 BRIDGE_EXIT one
99.01 p2/1800000000.18 APP_END Queue consult
99.01 p2/1800000000.18 HANGUP
99.01 p2/1800000000.18 CHAN_END
99.02 p1/1800000000.18 BRIDGE_EXIT two
99.02 p1/1800000000.18 HANGUP
99.02 p1/1800000000.18 CHAN_END
99.02 t/1800000000.18 BRIDGE_EXIT two
103.0 t/1800000000.18 answer questionnaire=rating&version=1&question=rating&value=1&by=key
104.0 t/1800000000.18 HANGUP
104.0 t/1800000000.18 CHAN_END
104.0 t/1800000000.18 LINKEDID_END
"""
BUSY = """
66.00 t/1800000000.18 HANGUP 17
66.00 t/1800000000.18 CHAN_END
66.10 p1/1800000000.18 HANGUP
66.10 p1/1800000000.18 CHAN_END
66.10 p2/1800000000.18 BRIDGE_EXIT one
66.10 p2/1800000000.18 APP_END Queue consult
66.10 p2/1800000000.18 HANGUP
66.10 p2/1800000000.18 CHAN_END
66.11 a/1800000000.18 BRIDGE_EXIT one
66.11 a/1800000000.18 HANGUP
66.11 a/1800000000.18 CHAN_END
66.11 a/1800000000.18 LINKEDID_END
"""


def test_the_call_of_a_kept_place_is_the_citizens() -> None:
    one = call(KEPT + ANSWERED)
    assert (one.call_id, one.direction, one.disposition) == (
        "1800000000.18", Direction.CALLBACK, Disposition.ANSWERED,
    )  # fmt: skip
    assert (one.caller, one.queue, one.agent, one.rating, one.trunk) == ("13800000001", "consult", "8001", 1, "trunk")
    assert (one.talk_s, one.hold_s, one.wait_s) == (20.0, 0.0, 14.95)
    assert one.answered_at and (one.answered_at - one.started_at).total_seconds() == pytest.approx(5.95)
    assert [made.file for made in one.recordings] == ["kept.wav"]


def test_a_citizen_who_does_not_answer_was_spoken_with_by_nobody() -> None:
    one = call(KEPT + BUSY)
    assert (one.direction, one.disposition, one.talk_s) == (Direction.CALLBACK, Disposition.BUSY, 0.0)
    assert (one.agents, one.recordings, one.queue) == ((), (), "consult")


def test_a_place_that_waits_is_no_call() -> None:
    assert visits(events("\n".join(KEPT.splitlines()[:4])), []) == []
