"""The clocks: yellow before, red after, told once; and random lives that never break the rules (R22-R41)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from store.base import LOCAL
from tests.unit.tickets_support import (
    AGENT,
    FRIDAY,
    OFFICE,
    SUPERVISOR,
    TOWN,
    WATER,
    contacted,
    dispatched,
    do,
    draft,
    resolved,
    world,
)
from tickets.access import UNIT_ROLES, Action, Actor
from tickets.clocks import running, settle
from tickets.deadlines import end_of, start_of
from tickets.errors import TicketError
from tickets.moves import move
from tickets.recompute import recounted
from tickets.shipped_days import shipped_calendar
from tickets.terms import Light, State, Supervision
from tickets.ticket import Ticket
from tickets.transitions import TABLE
from tickets.workdays import NATIONAL, Day, DayKind, WorkCalendar

CALENDAR = shipped_calendar(NATIONAL)


def at(day: str, clock: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=LOCAL)


def told(ticket: Ticket, moment: datetime) -> tuple[Ticket, list[str]]:
    settled, happenings = settle(ticket, moment, CALENDAR)
    return settled, [happening.action.value for happening in happenings]


def test_lights_of_the_contact_clock_r23() -> None:
    """Due on 24 February: yellow on its last working day, red from the first moment of the 25th."""
    ticket = dispatched()
    assert ticket.light == Light.GREEN and ticket.next_check_at == at("2026-02-24", "00:00")
    yellow, actions = told(ticket, at("2026-02-24", "00:00"))
    assert (yellow.light, actions) == (Light.YELLOW, ["warn"])
    still, actions = told(yellow, at("2026-02-24", "23:59"))
    assert (still.light, actions) == (Light.YELLOW, [])
    red, actions = told(yellow, at("2026-02-25", "00:00"))
    assert (red.light, actions) == (Light.RED, ["overdue", "supervise"])
    assert red.supervision == Supervision.TRACKED and red.overdue == "contact"


def test_overdue_opens_supervision_by_itself_once_r40() -> None:
    ticket = contacted()
    red, actions = told(ticket, at("2026-03-13"))
    assert actions == ["overdue", "supervise"] and red.overdue == "resolve"
    assert told(red, at("2026-03-14"))[1] == []


def test_supervision_that_is_there_already_is_kept_r40() -> None:
    watched = do(contacted(), Action.SUPERVISE, SUPERVISOR, reason="热点", level="key")
    red, actions = told(watched, at("2026-03-13"))
    assert actions == ["overdue"] and red.supervision == Supervision.KEY


def test_missed_days_are_caught_up_r40() -> None:
    """No sweep for a month: both clocks are told at once, and no warning after the fact."""
    red, actions = told(dispatched(), at("2026-03-20"))
    assert actions == ["overdue", "overdue", "supervise"] and red.overdue == "contact,resolve"


def test_the_review_clock_r35() -> None:
    ticket = resolved()
    assert ticket.due_review == date(2026, 2, 24)
    assert told(ticket, at("2026-02-24"))[0].light == Light.YELLOW
    assert told(ticket, at("2026-02-25"))[1] == ["overdue", "supervise"]


def test_what_is_done_stops_its_clock() -> None:
    assert [clock.name for clock in running(dispatched(), CALENDAR)] == ["contact", "resolve"]
    assert [clock.name for clock in running(contacted(), CALENDAR)] == ["resolve"]
    assert [clock.name for clock in running(resolved(), CALENDAR)] == ["review"]
    assert running(do(resolved(), Action.REVIEW, OFFICE, passed=True), CALENDAR) == ()


def test_an_extension_turns_red_back() -> None:
    asked = do(contacted(), Action.EXTEND, WATER, days=5, reason="要更换主管道")
    red, _actions = told(asked, at("2026-03-13"))
    granted = do(red, Action.DECIDE, OFFICE, at("2026-03-13"), granted=True, reason="同意")
    assert granted.light == Light.GREEN and granted.overdue == ""
    assert granted.supervision == Supervision.TRACKED  # a person lifts it
    assert told(granted, at("2026-03-20"))[1] == ["overdue"]


def test_a_notice_never_makes_an_announced_date_shorter() -> None:
    ticket = replace(dispatched(), due_resolve=date(2026, 3, 20))
    assert recounted(ticket, world()).due_resolve == date(2026, 3, 20)


@given(st.sets(st.dates(date(2026, 2, 14), date(2026, 4, 30)), max_size=15), st.sampled_from(list(DayKind)))
def test_no_notice_makes_any_announced_date_shorter(days: set[date], kind: DayKind) -> None:
    ticket = dispatched()
    notice = {day: Day(day, kind, "", NATIONAL, "更正通知") for day in days}
    changed = WorkCalendar({**CALENDAR.days, **notice}, CALENDAR.announced)
    after = recounted(ticket, replace(world(), calendar=changed))
    for name in ("due_contact", "due_return", "due_return_site", "due_resolve"):
        assert getattr(after, name) >= getattr(ticket, name)
    assert recounted(after, replace(world(), calendar=changed)) == after


moments = st.datetimes(datetime(2026, 2, 13, 10), datetime(2026, 5, 1)).map(lambda m: m.replace(tzinfo=LOCAL))


@given(st.lists(moments, min_size=1, max_size=8))
def test_sweeping_often_or_seldom_ends_in_the_same_state(times: list[datetime]) -> None:
    """Idempotent and catching up: whatever the sweeps in between, the last one leaves the same ticket."""
    often, all_told = dispatched(), []
    for moment in sorted(times):
        often, actions = told(often, moment)
        all_told += [action for action in actions if action != "warn"]
    once, actions = told(dispatched(), max(times))
    assert often == once
    assert sorted(all_told) == sorted(action for action in actions if action != "warn")


@given(moments)
def test_the_next_check_is_the_next_moment_anything_changes(moment: datetime) -> None:
    ticket, _actions = told(dispatched(), moment)
    until = ticket.next_check_at or moment + timedelta(days=30)
    assert until > moment
    just_before = max(moment, until - timedelta(seconds=1))
    assert told(ticket, just_before)[1] == []
    if ticket.next_check_at:
        assert told(ticket, until)[0] != ticket


ACTORS = (OFFICE, AGENT, WATER, TOWN, SUPERVISOR, Actor("system", SUPERVISOR.role))
GIVEN: dict[Action, list[dict[str, Any]]] = {
    Action.ACCEPT: [{}],
    Action.REFUSE: [{"scope": "N2"}],
    Action.DISPATCH: [{"unit": "swj"}, {"unit": "town01", "co_units": "swj", "plan": "方案", "leader": "领导"}],
    Action.FAST_TRACK: [{"unit": "swj"}],
    Action.ANSWER: [{"result": "答复内容"}],
    Action.RETURN: [
        {"reason": "不属我单位职责范围，应由他人办理"},
        {"reason": "要现场核查后才能确定责任", "site_check": True},
    ],
    Action.RULE: [
        {"upheld": True, "reason": "属实"},
        {"upheld": False, "reason": "不属实"},
        {"upheld": True, "reason": "另派", "unit": "town01"},
        {"upheld": False, "reason": "定了", "unit": "swj"},
    ],
    Action.EXTEND: [{"days": 5, "reason": "来不及"}],
    Action.DECIDE: [{"granted": True, "reason": "同意"}, {"granted": False, "reason": "不同意"}],
    Action.TERM: [{"until": "2026-04-01", "basis": "某法"}],
    Action.REPORT: [{"result": "已协助"}],
    Action.RESOLVE: [{"result": "已办结"}],
    Action.REVIEW: [{"passed": True}, {"passed": False, "reason": "不实"}],
    Action.CALLBACK: [{"by_means": "auto", "satisfied": 5}, {"by_means": "person", "satisfied": 1}],
    Action.REOPEN: [{"reason": "重办"}],
    Action.MERGE: [{"into": "260213000009"}],
    Action.SUPERVISE: [{"reason": "督办"}],
    Action.LIFT: [{"reason": "解除"}],
    Action.ADD: [{"reason": "补充"}],
}
steps = st.tuples(st.sampled_from(list(TABLE)), st.sampled_from(ACTORS), st.integers(0, 3), st.integers(0, 4 * 24))


@settings(max_examples=300)
@given(st.lists(steps, max_size=40))
def test_no_random_life_breaks_the_rules(life: list[tuple[Action, Actor, int, int]]) -> None:
    """Whatever is tried in whatever order: refused with a clear error, or done and still a sensible ticket."""
    ticket, moment = draft(), FRIDAY
    for action, by, choice, hours in life:
        moment += timedelta(hours=hours)
        ticket, _happenings = settle(ticket, moment, CALENDAR)
        needs = GIVEN.get(action, [{}])
        try:
            after, _values = move(ticket, action, needs[choice % len(needs)], world(by, moment))
        except TicketError as error:
            assert str(error)
            continue
        _check(ticket, after, action, moment)
        ticket = after


def _check(before: Ticket, after: Ticket, action: Action, moment: datetime) -> None:
    row = TABLE[action]
    assert before.state in row.sources and after.state in (row.targets or (before.state,))
    ended = after.state in (State.CLOSED, State.REFUSED, State.MERGED)
    assert (after.closed_at is not None) == ended
    assert after.returns <= 2 and after.extensions <= 1
    assert bool(after.lead_unit) == bool(after.units) == bool(after.clock_from)
    if after.clock_from:
        assert after.due_contact and after.due_resolve and after.due_contact > after.clock_from
        if not after.legal_due:
            assert CALENDAR.between(after.clock_from, after.due_resolve) in (15, 5, 20)
    if ended:
        assert after.next_check_at is None and after.light == Light.GREEN
    elif after.next_check_at:
        assert after.next_check_at > moment
    for clock in running(after, CALENDAR):
        assert start_of(clock.warn) < end_of(clock.due)
    if row.who and set(row.who) <= UNIT_ROLES:
        assert after.lead_unit == before.lead_unit
