"""Erlang C against published tables, and the forecast against weeks counted by hand."""

from __future__ import annotations

import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqueue import erlang
from callqueue.staffing import HANDLING, Plan, past, plan
from hotline.cli import main
from hotline.settings import load
from store import migrate
from store.base import LOCAL

MONDAY = date(2026, 7, 6)


def test_erlang_c_is_that_of_the_tables() -> None:
    """And, for few agents, what the formulas of M/M/1 and M/M/2 give by hand."""
    assert erlang.waits(12, 10.0) == pytest.approx(0.4494, abs=0.0005)
    assert erlang.waits(1, 0.5) == pytest.approx(0.5)  # M/M/1: the load itself
    assert erlang.waits(2, 1.0) == pytest.approx(1 / 3)  # M/M/2, by hand
    assert erlang.average_wait(1, 0.5, 100) == pytest.approx(100.0)  # M/M/1: rho / (1 - rho) * service
    assert erlang.within(1, 0.5, 100.0, 0) == pytest.approx(0.5)


def test_a_queue_that_grows_without_end() -> None:
    assert (erlang.waits(5, 5.0), erlang.within(5, 6.0, 100, 15), erlang.average_wait(5, 5.0, 100)) == (1.0, 0.0, None)


@given(st.floats(0.1, 400), st.floats(10, 900), st.floats(0.5, 0.99), st.floats(1, 120))
def test_what_is_needed_is_enough_and_one_fewer_is_not(
    calls: float, handling: float, target: float, seconds: float
) -> None:
    agents = erlang.needed(calls, handling, target, seconds)
    load = calls * handling / 3600
    assert erlang.within(agents, load, handling, seconds) >= target
    assert erlang.within(agents - 1, load, handling, seconds) < target


def test_no_calls_need_nobody() -> None:
    assert (erlang.needed(0, 200, 0.95, 15), erlang.within(0, 0, 200, 15)) == (0, 1.0)


def calls() -> list[tuple[datetime, float]]:
    """Two weeks: on Mondays at 9, 10 and 20 calls of 100 s; one call that nobody took on a Tuesday at 8."""
    found = []
    for week, number in ((0, 10), (1, 20)):
        begins = datetime(2026, 7, 6, 9, tzinfo=LOCAL) + timedelta(weeks=week)
        found += [(begins + timedelta(minutes=index), 100.0) for index in range(number)]
    return [*found, (datetime(2026, 7, 7, 8, 30, tzinfo=LOCAL), 0.0)]


def test_the_forecast_is_the_average_of_the_same_hour() -> None:
    known = past(calls(), MONDAY, MONDAY + timedelta(weeks=2))
    assert known.calls == {(0, 9): 15.0, (1, 8): 0.5}
    assert (known.handling, known.overall) == ({(0, 9): 100.0}, 100.0)
    needs = plan(known, Plan(target=0.8, seconds=20, shrinkage=0.25))
    assert len(needs) == 168
    (nine,) = [need for need in needs if (need.weekday, need.hour) == (0, 9)]
    assert (nine.calls, nine.handling_s) == (15.0, 100.0)
    assert nine.agents == erlang.needed(15.0, 100.0, 0.8, 20)
    assert nine.roster == -(-nine.agents * 4 // 3)
    assert sum(need.agents > 0 for need in needs) == 2


def test_what_if() -> None:
    known = past(calls(), MONDAY, MONDAY + timedelta(weeks=2))
    doubled = plan(known, Plan(growth=2.0, handling=300))[9]
    assert (doubled.calls, doubled.handling_s, doubled.agents) == (30.0, 300, erlang.needed(30.0, 300, 0.95, 15))


def test_no_past_at_all() -> None:
    known = past([], MONDAY, MONDAY)
    assert (known.calls, known.overall, sum(need.agents for need in plan(known, Plan()))) == ({}, HANDLING, 0)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    migrate.upgrade(load().database)
    assert main(["staffing", "--weeks", "2", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["items"]) == 168
    assert main(["staffing"]) == 0
    assert capsys.readouterr().out.count("\n") == 27
