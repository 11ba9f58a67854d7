"""When citizens are called, and what follows a call: rules of values (R36, R37)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callback_survey.deciding import Ended, Stage, Step, Why, after, complete, counts
from callback_survey.when import WISHES, Policy, allowed, earliest, later, next_attempt, part
from store.base import LOCAL
from tickets.shipped_days import shipped_calendar

CALENDAR = shipped_calendar()
POLICY = Policy(((540, 720), (870, 1200)), CALENDAR.working)  # 09:00-12:00, 14:30-20:00
ANSWERS = {"identity": "yes", "consent": "now", "contacted": "yes", "solved": "yes", "truthful": "yes"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 1)).map(lambda one: one.replace(tzinfo=LOCAL))


@pytest.mark.parametrize(
    ("moment", "may"),
    [
        ("2026-03-03 09:00", True), ("2026-03-03 08:59", False), ("2026-03-03 12:00", False),
        ("2026-03-03 14:30", True), ("2026-03-03 19:59", True), ("2026-03-03 20:00", False),
        ("2026-03-07 10:00", False),  # a Saturday
        ("2026-02-14 10:00", True),  # a Saturday that is worked
        ("2026-02-17 10:00", False),  # the Spring Festival
    ],
)  # fmt: skip
def test_citizens_are_called_in_the_calling_hours_of_working_days(moment: str, may: bool) -> None:
    assert allowed(POLICY, at(moment)) is may


def test_who_is_due_before_the_festival_is_called_after_it() -> None:
    assert earliest(POLICY, at("2026-02-14 20:30")) == at("2026-02-24 09:00")


@given(moments)
def test_the_earliest_moment_is_allowed_and_nothing_before_it_is(moment: datetime) -> None:
    found = earliest(POLICY, moment)
    assert allowed(POLICY, found) and found >= moment
    if found > moment:
        assert not allowed(POLICY, moment)
        assert not allowed(POLICY, found - timedelta(minutes=1)) or found - timedelta(minutes=1) < moment


@given(moments, st.lists(st.floats(1, 100), min_size=1, max_size=4), st.booleans())
def test_attempts_grow_apart_and_change_the_part_of_the_day(first: datetime, hours: list[float], busy: bool) -> None:
    policy = Policy(POLICY.hours, POLICY.called_on, attempts=4)
    tried = [earliest(policy, first)]
    for gap in hours[1:]:
        tried.append(earliest(policy, tried[-1] + timedelta(hours=gap)))
    over = tried[-1] + timedelta(minutes=1)
    found = next_attempt(policy, tried, over, busy)
    if len(tried) == 4:
        assert found is None
        return
    assert found and allowed(policy, found)
    if busy and len(tried) == 1:
        assert found >= over + policy.busy
    else:
        assert found - over >= policy.distance * policy.growth ** (len(tried) - 1)
        assert part(found) != part(tried[-1])


def test_three_attempts_are_made_in_three_parts_of_the_day() -> None:
    tried = [at("2026-03-03 09:00")]
    while found := next_attempt(POLICY, tried, tried[-1]):
        tried.append(found)
    assert tried == [at("2026-03-03 09:00"), at("2026-03-03 14:30"), at("2026-03-04 17:00")]


@given(moments, st.sampled_from(["", "another-day", *WISHES]))
def test_later_is_allowed_is_later_and_is_what_was_wished(moment: datetime, wish: str) -> None:
    found = later(POLICY, moment, wish)
    assert allowed(POLICY, found) and found >= moment + timedelta(hours=1)
    if wish in WISHES:
        assert part(found) == WISHES.index(wish)
    elif wish:
        assert found.date() > moment.date()
    else:
        assert (found.date(), part(found)) != (moment.date(), part(moment))


def test_a_wish_outside_the_calling_hours_is_met_by_the_next_part_of_a_day() -> None:
    mornings = Policy(((540, 720),), POLICY.called_on)
    assert later(mornings, at("2026-03-03 09:30"), "evening") == at("2026-03-04 09:00")


def test_hours_on_no_day_are_an_error_and_not_an_endless_search() -> None:
    with pytest.raises(ValueError, match="no calling hours"):
        earliest(Policy(((540, 720),), lambda _day: False), at("2026-03-03 09:00"))


def ended(outcome: str, tried: int = 1, fell: bool = False, faults: int = 0, **answers: str) -> Ended:
    start = at("2026-03-03 09:00")
    return Ended(outcome, answers, fell, start, [start + timedelta(days=one) for one in range(tried)], faults)


def test_only_a_citizen_who_said_who_they_are_has_answered() -> None:
    """A tone, an announcement or a stranger's key is never an answer."""
    assert complete({**ANSWERS, "satisfied": "2"})
    assert not complete({**ANSWERS, "satisfied": "2", "identity": ""})
    assert not complete({**ANSWERS, "identity": "no", "satisfied": "1"})
    assert not complete(ANSWERS)


@pytest.mark.parametrize(
    ("over", "stage", "why"),
    [
        (ended("surveyed", **ANSWERS, satisfied="1"), Stage.DONE, ""),
        (ended("interrupted", **ANSWERS, satisfied="1"), Stage.DONE, ""),
        (ended("survey-refused", identity="yes", consent="never"), Stage.NEVER, ""),
        (ended("wrong-person", identity="no"), Stage.PEOPLE, Why.WRONG_PERSON),
        (ended("answered", identity="yes"), Stage.PEOPLE, Why.AGENT),
        (ended("survey-partial", **ANSWERS), Stage.SMS, ""),
        (ended("survey-unheard", **ANSWERS), Stage.PEOPLE, Why.UNHEARD),
        (ended("survey-partial", **ANSWERS, fell=True, faults=1), Stage.DUE, ""),
        (ended("survey-partial"), Stage.DUE, ""),
        (ended("no-answer"), Stage.DUE, ""),
        (ended("busy"), Stage.DUE, ""),
        (ended("failed", faults=1), Stage.DUE, ""),
        (ended("interrupted", faults=1), Stage.DUE, ""),
        (ended("no-answer", tried=3), Stage.SMS, ""),
        (ended("failed", tried=3, faults=6), Stage.SMS, ""),
    ],
)  # fmt: skip
def test_what_follows_a_call(over: Ended, stage: Stage, why: str) -> None:
    step = after(over, POLICY, mobile=True)
    assert (step.stage, step.why) == (stage, why)


def test_without_a_mobile_telephone_a_person_calls_after_the_attempts() -> None:
    assert after(ended("no-answer", tried=3), POLICY, mobile=False) == Step(Stage.PEOPLE, why=Why.UNREACHED)


def test_later_is_when_the_citizen_asked_for() -> None:
    step = after(ended("survey-partial", identity="yes", consent="later", when="evening"), POLICY, mobile=True)
    assert step == Step(Stage.DUE, at("2026-03-03 17:00"))


def test_a_fault_of_ours_is_tried_again_soon_and_does_not_count() -> None:
    assert not counts("interrupted", False, 1) and not counts("survey-partial", True, 1)
    assert counts("no-answer", False, 0) and counts("failed", False, 6)
    assert after(ended("failed", tried=0, faults=2), POLICY, True).due_at == at("2026-03-03 09:00:20")


@given(
    st.sampled_from(["surveyed", "survey-partial", "no-answer", "busy", "failed", "interrupted", "machine"]),
    st.dictionaries(
        st.sampled_from(["identity", "consent", "solved", "satisfied"]), st.sampled_from(["yes", "now", "1"])
    ),
    st.integers(1, 5), st.booleans(), st.integers(0, 7), st.booleans(),
)  # fmt: skip
def test_no_answer_is_never_an_answer_and_every_end_leads_on(
    outcome: str, answers: dict[str, str], tried: int, fell: bool, faults: int, mobile: bool
) -> None:
    over = ended(outcome, tried, fell, faults, **answers)
    step = after(over, POLICY, mobile)
    assert (step.stage is Stage.DONE) == complete(answers)
    assert step.stage is not Stage.DUE or (step.due_at and allowed(POLICY, step.due_at) and step.due_at >= over.at)
    assert step.stage is not Stage.PEOPLE or step.why


def test_a_day_off_is_what_the_calendar_says() -> None:
    assert not CALENDAR.working(date(2026, 2, 17))
