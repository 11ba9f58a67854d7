"""What each AGI route's flow is given: opening, elderly numbers, recording, resuming (R1, R2, R13)."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from callback_survey.questionnaire import shipped
from hotline import days, hours
from hotline.routes import County, Handler, routes
from hotline.settings import Settings, load
from ivr.desk import Desk, Progress
from ivr.main_menu import MenuMode, MenuSettings
from telephony.call import Call, CallerHungUp, Facts, Next, Outcome
from telephony.scripted import HANG_UP, ScriptedCall
from tickets.shipped_days import shipped_calendar


def settings(**special: str) -> Settings:
    chosen = {f"HOTLINE_{name.upper()}": value for name, value in special.items()}
    return load({"HOTLINE_HOME": "/nonexistent", **chosen})


def menu(caller: str = "13800000001", arguments: dict[str, str] | None = None, **special: str) -> MenuSettings:
    county = County(settings(**special), lambda number: number == "13800000002", lambda _day: hours.Kind.PLAIN)
    return county.menu(_call(caller, arguments or {}))


def _call(caller: str, arguments: dict[str, str]) -> Call:
    return ScriptedCall(facts=Facts("hotline-1.2", caller=caller, arguments=arguments))


def test_the_default_is_the_menu_open_and_recorded() -> None:
    assert menu() == MenuSettings()


@pytest.mark.parametrize(
    ("special", "field", "value"),
    [
        ({"menu_mode": "agent_first"}, "mode", MenuMode.AGENT_FIRST),
        ({"record_calls": "no"}, "recorded", False),
        ({"caller": "13800000002"}, "elderly", True),
        ({"caller": ""}, "elderly", False),
        ({"arguments": {"resume": "1"}}, "resume", True),
    ],
)
def test_settings_and_facts_reach_the_menu(special: Any, field: str, value: object) -> None:
    assert getattr(menu(**special), field) == value


def test_a_holiday_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[date] = []

    def holiday(day: date) -> hours.Kind:
        asked.append(day)
        return hours.Kind.HOLIDAY

    county = County(settings(), lambda _number: False, holiday)
    found = county.menu(_call("", {}))
    assert not found.open and asked
    assert found.hours == ("closed_holiday",)  # that it is open every day would be untrue
    assert (county.posted()["open"], county.posted()["hours"]) == ("0", "closed_holiday")


def test_the_calendars_days_are_holidays_or_made_up() -> None:
    """国务院节假日安排: the first of October, and a Sunday worked instead."""
    calendar = shipped_calendar()
    assert days.kind(calendar, date(2026, 10, 1)) is hours.Kind.HOLIDAY
    assert days.kind(calendar, date(2026, 7, 8)) is hours.Kind.PLAIN
    made_up = [day for day in calendar.days if day.year == 2026 and days.kind(calendar, day) is hours.Kind.MADE_UP]
    assert made_up and all(day.weekday() >= 5 for day in made_up)


async def finished(flow: Handler, call: Call) -> Outcome:
    return await flow(call)


class NoDesk(Desk):
    """A desk that is asked nothing here."""

    async def progress(self, ticket: str, last4: str) -> Progress | None:
        raise AssertionError

    async def voicemail(self, call_id: str, caller: str, file: str, seconds: float) -> str:
        raise AssertionError


def test_every_route_runs_its_flow() -> None:
    county = County(settings(), lambda _number: False, lambda _day: hours.Kind.PLAIN)
    served = routes(county, NoDesk(), Path("/recordings"), shipped)
    heard = {
        "inbound": "greeting", "progress": "progress_number", "voicemail": "voicemail_privacy", "rating": "rating",
        "survey": "survey_intro",
    }
    assert set(served) == set(heard)
    for route, prompt in heard.items():
        arguments = {"ticket": "260706000001", "attempt": "survey-1", "date": "2026-07-06", "topic": "consult",
                     "folder": "/recordings"}
        call = ScriptedCall(HANG_UP, facts=Facts("hotline-1.2", arguments=arguments))
        with contextlib.suppress(CallerHungUp):
            call.run(finished(served[route], call))
        assert prompt in call.played, route


def test_the_menu_leads_to_a_queue() -> None:
    county = County(settings(), lambda _number: False, lambda _day: hours.Kind.PLAIN)
    flow = routes(county, NoDesk(), Path("/recordings"), shipped)["inbound"]
    call = ScriptedCall("2", facts=Facts("hotline-1.2"))
    outcome = call.run(finished(flow, call))
    assert outcome is not None and (outcome.next, outcome.queue) == (Next.QUEUE, "request")
