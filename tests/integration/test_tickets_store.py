"""Tickets in the database: history that refuses to change, one winner, sweeps, repeats, notices (on both databases)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from store.base import LOCAL
from store.engine import Store
from tickets.access import SYSTEM, Action, Actor, Role
from tickets.calendar_store import load_calendar
from tickets.duties import start_catalogue
from tickets.errors import Conflict, Impossible, Invalid, NotFound, TicketError
from tickets.intake import Submission, receive
from tickets.recompute import import_notice
from tickets.records import EVENTS, TICKETS, Event, save
from tickets.service import act, get, history
from tickets.sweep import sweep
from tickets.terms import Channel, Light, RequestType, State, Supervision
from tickets.ticket import Ticket
from tickets.workdays import NATIONAL, PREFECTURE, Day, DayKind

OFFICE = Actor("office", Role.COUNTY_ADMIN)
AGENT = Actor("8001", Role.AGENT)
WATER = Actor("water clerk", Role.UNIT_HANDLER, "swj")
FRIDAY = datetime(2026, 2, 13, 10, 0, tzinfo=LOCAL)

New = Callable[..., str]


@pytest.fixture
def county(store: Store) -> Store:
    """A store with the county's units, places and matters."""
    with store.begin() as session:
        start_catalogue(session)
    return store


@pytest.fixture
def new(county: Store) -> New:
    """Registers a request for help and takes it to a state."""

    def make(state: State = State.DRAFT, at: datetime = FRIDAY, **fields: object) -> str:
        given = Submission(
            Channel.PHONE,
            at,
            phone="13800000001",
            request_type=RequestType.HELP,
            subject="自来水停水",
            body="城关路停水三天",
            matter="0301",
            territory="532329-01",
        )
        with county.begin() as session:
            number = receive(session, replace(given, **fields), AGENT).number  # type: ignore[arg-type]
            for reached, action, by, needs in PATH:
                if get(session, number).state == state:
                    break
                assert act(session, number, action, by=by, at=at, **needs).state in (reached, state)
        return number

    return make


PATH: tuple[tuple[State, Action, Actor, dict[str, object]], ...] = (
    (State.ACCEPTED, Action.ACCEPT, AGENT, {}),
    (State.DISPATCHED, Action.DISPATCH, OFFICE, {"unit": "swj"}),
    (State.SIGNED, Action.SIGN, WATER, {}),
    (State.CONTACTED, Action.CONTACT, WATER, {}),
    (State.RESOLVED, Action.RESOLVE, WATER, {"result": "已恢复供水"}),
    (State.REVIEWED, Action.REVIEW, OFFICE, {"passed": True}),
    (State.CALLBACK, Action.CALLBACK, OFFICE, {"by_means": "auto", "satisfied": 1}),
    (State.CLOSED, Action.CLOSE, OFFICE, {}),
)


def ticket_of(store: Store, number: str) -> Ticket:
    with store.begin() as session:
        return get(session, number)


def acts(store: Store, number: str, action: Action, by: Actor, **given: object) -> Ticket:
    with store.begin() as session:
        return act(session, number, action, by=by, **given)  # type: ignore[arg-type]


def actions(store: Store, number: str) -> list[str]:
    with store.begin() as session:
        return [event["action"] for event in history(session, number)]


class TestHistory:
    """R11: the whole process recorded; nobody rewrites it."""

    def test_every_change_has_author_time_reason(self, county: Store, new: New) -> None:
        number = new(State.CLOSED)
        with county.begin() as session:
            events = history(session, number)
        assert [event["seq"] for event in events] == list(range(1, 10))
        assert [event["state_to"] for event in events] == [State.DRAFT, *(reached for reached, *_ in PATH)]
        assert all(event["author"] and event["reason"] and event["at"] == FRIDAY for event in events)
        assert events[2]["detail"]["due_resolve"] == "2026-03-12" and events[2]["role"] == "county_admin"
        assert ticket_of(county, number).version == 9

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ticket_events SET reason = 'changed'",
            "UPDATE ticket_events SET seq = seq + 100",
            "DELETE FROM ticket_events",
            "DELETE FROM tickets",
        ],
    )
    def test_the_database_refuses_to_change_history(self, county: Store, new: New, statement: str) -> None:
        number = new(State.SIGNED)
        with county.begin() as session:
            before = history(session, number)
        with pytest.raises(DBAPIError), county.begin() as session:
            session.execute(text(statement))
        with county.begin() as session:
            assert history(session, number) == before

    def test_nor_by_the_back_door(self, county: Store, new: New) -> None:
        """REPLACE on SQLite and TRUNCATE on PostgreSQL go round row triggers."""
        number = new(State.SIGNED)
        door = {
            "sqlite": "INSERT OR REPLACE INTO ticket_events SELECT * FROM ticket_events",
            "postgresql": "TRUNCATE ticket_events",
        }
        with pytest.raises(DBAPIError, match="cannot be changed"), county.begin() as session:
            session.execute(text(door[county.engine.dialect.name]))
        assert len(actions(county, number)) == 4

    def test_an_event_cannot_be_put_between(self, county: Store, new: New) -> None:
        new(State.SIGNED)
        with pytest.raises(DBAPIError), county.begin() as session:
            columns = ", ".join(c.name for c in EVENTS.c if c.name != "id")
            session.execute(text(f"INSERT INTO ticket_events ({columns}) SELECT {columns} FROM ticket_events"))


class TestMistakes:
    """A clear error, and nothing changed."""

    def test_an_impossible_move(self, county: Store, new: New) -> None:
        number = new(State.SIGNED)
        before = ticket_of(county, number)
        with pytest.raises(Impossible, match="已签收"):
            acts(county, number, Action.REVIEW, OFFICE, passed=True)
        assert ticket_of(county, number) == before

    def test_an_unknown_unit_matter_or_place(self, county: Store, new: New) -> None:
        number = new(State.ACCEPTED)
        for needs in ({"unit": "nobody"}, {"unit": "swj", "co_units": "zjj,nobody", "plan": "p", "leader": "l"}):
            with pytest.raises(Invalid, match="nobody"):
                acts(county, number, Action.DISPATCH, OFFICE, **needs)
        with pytest.raises(Invalid, match="9999"):
            acts(county, number, Action.EDIT, OFFICE, matter="9999")
        with pytest.raises(Invalid, match="nowhere"):
            new(territory="nowhere")
        assert actions(county, number) == ["create", "accept"]

    def test_unknown_tickets_and_actions(self, county: Store, new: New) -> None:
        with pytest.raises(NotFound, match="999999999999"):
            acts(county, "999999999999", Action.SIGN, WATER)
        with pytest.raises(Impossible, match="explode"):
            acts(county, new(), "explode", OFFICE)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "hostile",
        ["'; DROP TABLE tickets; --", "<script>alert(1)</script>", "%_\\", "{{7*7}}", "\u202e反转", "=1+1"],
    )
    def test_sql_and_script_in_every_text_field_are_only_text(self, county: Store, new: New, hostile: str) -> None:
        fields = dict.fromkeys(("subject", "body", "address", "citizen_name"), hostile)
        number = new(**fields)
        ticket = acts(county, number, Action.EDIT, AGENT, reason=hostile, **fields)
        assert all(getattr(ticket, name) == hostile for name in fields)
        with county.begin() as session:
            assert history(session, number)[-1]["reason"] == hostile

    @pytest.mark.parametrize("bad", ["a\x00b", "\x1b[31m", "\ud800"])
    def test_what_no_database_can_hold_is_refused(self, new: New, bad: str) -> None:
        with pytest.raises(Invalid, match="控制字符"):
            new(body=bad)

    def test_too_long_is_refused(self, new: New) -> None:
        with pytest.raises(Invalid, match="超过200字"):
            new(subject="长" * 201)


class TestTwoAtOnce:
    """One wins, the other is told."""

    def test_the_second_with_the_same_version_gets_a_conflict(self, county: Store, new: New) -> None:
        number = new(State.DISPATCHED)
        seen = ticket_of(county, number).version
        acts(county, number, Action.SIGN, WATER, version=seen)
        with pytest.raises(Conflict, match="他人"):
            acts(county, number, Action.RETURN, WATER, version=seen, reason="不属我单位职责，请另派", at=FRIDAY)
        assert ticket_of(county, number).state == State.SIGNED

    def test_many_at_once(self, county: Store, new: New) -> None:
        number = new(State.DISPATCHED)
        seen, barrier = ticket_of(county, number).version, Barrier(6)

        def sign(_worker: int) -> str:
            barrier.wait()
            try:
                acts(county, number, Action.SIGN, WATER, version=seen)
            except TicketError as error:
                return type(error).__name__
            return "won"

        with ThreadPoolExecutor(6) as pool:
            ends = sorted(pool.map(sign, range(6)))
        assert ends == ["Conflict"] * 5 + ["won"]
        assert actions(county, number).count("sign") == 1

    def test_two_open_transactions(self, county: Store, new: New) -> None:
        """Both have read the ticket before either writes; only PostgreSQL lets them."""
        if county.engine.dialect.name == "sqlite":
            with county.begin() as first, pytest.raises(DBAPIError, match="locked"), county.begin() as second:
                assert first.execute(select(1)).scalar_one() == 1
                second.execute(select(1))
            return
        number = new(State.DISPATCHED)
        with pytest.raises(Conflict), county.begin() as second:
            old = get(second, number)
            acts(county, number, Action.SIGN, WATER)
            event = Event(Action.URGE, SYSTEM, FRIDAY, "催办", old.state, old.state)
            save(second, old, replace(old, urges=1), [event])
        assert ticket_of(county, number).urges == 0


class TestSweep:
    """R40: time passes over the tickets; only those whose moment has come are read."""

    def test_yellow_red_and_supervision_by_itself(self, county: Store, new: New) -> None:
        number = new(State.DISPATCHED)
        assert sweep(county, FRIDAY).checked == 0
        assert sweep(county, FRIDAY + timedelta(days=11)).told == {"warn": 1}
        assert ticket_of(county, number).light == Light.YELLOW
        assert sweep(county, FRIDAY + timedelta(days=12)).told == {"overdue": 1, "supervise": 1}
        ticket = ticket_of(county, number)
        assert (ticket.light, ticket.supervision) == (Light.RED, Supervision.TRACKED)
        assert actions(county, number)[-3:] == ["warn", "overdue", "supervise"]
        assert ticket.version == len(actions(county, number))

    def test_twice_is_once(self, county: Store, new: New) -> None:
        new(State.DISPATCHED)
        later = FRIDAY + timedelta(days=12)
        assert sweep(county, later).checked == 1
        assert sweep(county, later).checked == 0

    def test_catches_up_after_missed_days_in_batches(self, county: Store, new: New) -> None:
        numbers = [new(State.DISPATCHED, phone=f"1380000{n:04d}") for n in range(7)]
        swept = sweep(county, FRIDAY + timedelta(days=60), batch=3)
        assert swept.checked == 7 and swept.told == {"overdue": 14, "supervise": 7}
        assert all(ticket_of(county, number).overdue == "contact,resolve" for number in numbers)

    def test_what_is_done_in_time_is_never_told(self, county: Store, new: New) -> None:
        new(State.CLOSED)
        assert sweep(county, FRIDAY + timedelta(days=365)).checked == 0

    def test_a_late_step_is_on_record_even_without_a_sweep(self, county: Store, new: New) -> None:
        number = new(State.SIGNED)
        ticket = acts(county, number, Action.CONTACT, WATER, at=FRIDAY + timedelta(days=13))
        assert actions(county, number)[-3:] == ["overdue", "supervise", "contact"]
        assert (ticket.overdue, ticket.supervision) == ("contact", Supervision.TRACKED)

    def test_sweeps_beside_people_lose_nothing(self, county: Store, new: New) -> None:
        numbers = [new(State.DISPATCHED, phone=f"1380000{n:04d}") for n in range(20)]
        later = FRIDAY + timedelta(days=12)

        def sign(number: str) -> str:
            try:
                acts(county, number, Action.SIGN, WATER, at=later)
            except Conflict:
                return "conflict"
            return "won"

        with ThreadPoolExecutor(4) as pool:
            swept = pool.submit(sweep, county, later, batch=5)
            ends = list(pool.map(sign, numbers))
            swept.result()
        sweep(county, later)
        for number, end in zip(numbers, ends, strict=True):
            found = actions(county, number)
            assert found.count("overdue") == found.count("supervise") == 1
            assert found.count("sign") == (end == "won")
            assert ticket_of(county, number).version == len(found)


class TestRepeats:
    """R41: repeated and unsolved complaints come under one ticket and key supervision."""

    def test_the_third_in_ninety_days(self, county: Store, new: New) -> None:
        first = new(State.SIGNED)
        second = new(State.ACCEPTED, at=FRIDAY + timedelta(days=30))
        assert ticket_of(county, second).state == State.ACCEPTED
        third = new(State.MERGED, at=FRIDAY + timedelta(days=60))
        main = ticket_of(county, first)
        assert (main.supervision, main.repeats, main.state) == (Supervision.KEY, 2, State.SIGNED)
        assert {ticket_of(county, number).merged_into for number in (second, third)} == {first}
        assert actions(county, first)[-3:] == ["absorb", "absorb", "supervise"]

    def test_not_when_they_are_further_apart(self, county: Store, new: New) -> None:
        for day in (0, 60, 120):
            number = new(State.ACCEPTED, at=FRIDAY + timedelta(days=day))
        assert ticket_of(county, number).state == State.ACCEPTED

    @pytest.mark.parametrize(
        "other",
        [{"phone": "13800000002"}, {"matter": "0302"}, {"matter": None}, {"request_type": RequestType.CONSULT}],
    )
    def test_not_for_another_citizen_matter_or_a_question(
        self, county: Store, new: New, other: dict[str, object]
    ) -> None:
        new(State.ACCEPTED), new(State.ACCEPTED)
        assert ticket_of(county, new(State.ACCEPTED, **other)).state == State.ACCEPTED

    def test_when_the_earlier_ones_are_closed_the_new_one_is_supervised(self, county: Store, new: New) -> None:
        new(State.CLOSED), new(State.CLOSED)
        ticket = ticket_of(county, new(State.ACCEPTED))
        assert (ticket.state, ticket.supervision) == (State.ACCEPTED, Supervision.KEY)

    def test_merging_by_hand(self, county: Store, new: New) -> None:
        main, other = new(State.SIGNED), new(State.ACCEPTED, phone="13800000002")
        merged = acts(county, other, Action.MERGE, OFFICE, into=main)
        assert (merged.state, merged.merged_into) == (State.MERGED, main)
        assert actions(county, main)[-1] == "absorb"
        for wrong, error in ((other, Impossible), ("000000000000", Invalid)):
            with pytest.raises(error):
                acts(county, new(State.ACCEPTED, phone="13800000003"), Action.MERGE, OFFICE, into=wrong)
        assert ticket_of(county, main).repeats == 1


class TestNotices:
    """A notice arrives: provisional dates are counted again, an announced date is never made shorter."""

    DECEMBER = datetime(2026, 12, 21, 9, 0, tzinfo=LOCAL)

    def notice(self, *days: tuple[str, DayKind], region: str = NATIONAL) -> list[Day]:
        return [Day(date.fromisoformat(day), kind, "元旦", region, "国办发明电〔2026〕1号") for day, kind in days]

    def test_later_dates_are_taken_over_with_the_notice_as_reason(self, county: Store, new: New) -> None:
        number = new(State.DISPATCHED, at=self.DECEMBER)
        before = ticket_of(county, number)
        assert before.provisional and before.due_resolve == date(2027, 1, 12)
        days = self.notice(("2027-01-01", DayKind.OFF), ("2027-01-04", DayKind.OFF))
        with county.begin() as session:
            loaded, changed = import_notice(session, days, at=self.DECEMBER)
        assert (loaded.years, changed) == ((2027,), 1)
        after = ticket_of(county, number)
        assert (after.due_resolve, after.provisional) == (date(2027, 1, 13), False)
        with county.begin() as session:
            last = history(session, number)[-1]
        assert last["action"] == "recompute" and "国办发明电" in last["reason"]
        assert last["detail"]["due_resolve"] == "2027-01-13"

    def test_earlier_dates_are_not(self, county: Store, new: New) -> None:
        number = new(State.DISPATCHED, at=self.DECEMBER)
        days = self.notice(("2027-01-02", DayKind.WORK), ("2027-01-03", DayKind.WORK))
        with county.begin() as session:
            import_notice(session, days, at=self.DECEMBER)
        after = ticket_of(county, number)
        assert (after.due_resolve, after.provisional) == (date(2027, 1, 12), False)

    def test_the_prefecture_s_days_move_open_tickets_only(self, county: Store, new: New) -> None:
        moved, closed = new(State.DISPATCHED), new(State.CLOSED, phone="13800000002")
        days = self.notice(("2026-02-25", DayKind.OFF), region=PREFECTURE)
        with county.begin() as session:
            _loaded, changed = import_notice(session, days, at=FRIDAY)
            assert not load_calendar(session).working(date(2026, 2, 25))
            assert load_calendar(session, NATIONAL).working(date(2026, 2, 25))
        assert changed == 1
        assert ticket_of(county, moved).due_resolve == date(2026, 3, 13)
        assert ticket_of(county, closed).due_resolve == date(2026, 3, 12)

    def test_the_same_notice_twice_changes_nothing(self, county: Store, new: New) -> None:
        new(State.DISPATCHED, at=self.DECEMBER)
        days = self.notice(("2027-01-01", DayKind.OFF), ("2027-01-04", DayKind.OFF))
        for expected in (1, 0):
            with county.begin() as session:
                loaded, changed = import_notice(session, days, at=self.DECEMBER)
            assert changed == expected
        assert (loaded.added, loaded.changed, loaded.years) == (0, 0, ())

    def test_an_overdue_clock_that_is_in_time_again_is_green_again(self, county: Store, new: New) -> None:
        number = new(State.DISPATCHED)
        late = datetime(2026, 2, 25, 0, 0, tzinfo=LOCAL)
        sweep(county, late)
        with county.begin() as session:
            import_notice(session, self.notice(("2026-02-24", DayKind.OFF), region=PREFECTURE), at=late)
        ticket = ticket_of(county, number)
        assert (ticket.light, ticket.overdue, ticket.due_contact) == (Light.YELLOW, "", date(2026, 2, 25))


def test_numbers_of_tickets_and_events_agree(county: Store, new: New) -> None:
    """R11: no change without its event."""
    new(State.CLOSED), new(State.SIGNED, phone="13800000002")
    sweep(county, FRIDAY + timedelta(days=40))
    with county.begin() as session:
        versions = session.execute(select(func.sum(TICKETS.c.version))).scalar_one()
        assert session.execute(select(func.count()).select_from(EVENTS)).scalar_one() == versions
