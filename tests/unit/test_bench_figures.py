"""The bench's own arithmetic: what it says was met must have been met."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.gauge import median, percentile
from bench.ledger import events
from bench.report import BenchError, Findings, Row, Table, number, shown
from bench.scale import FULL, QUICK, chosen
from callqueue import cel

NUMBERS = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


@given(NUMBERS, st.floats(0.01, 1.0))
def test_percentile_is_a_value_that_enough_others_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9


def test_median_of_odd_even_and_none() -> None:
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 2, 3]) == 2
    assert median([]) == 0


@pytest.mark.parametrize(
    ("row", "goal", "met"),
    [
        (Row("a", 0.5, "x", most=0.5), "<= 0.5", True),
        (Row("a", 0.51, "x", most=0.5), "<= 0.5", False),
        (Row("a", 1, most=0), "<= 0", False),
        (Row("a", 19_999.0, least=20_000), ">= 20,000", False),
        (Row("a", 7), "", None),
    ],
)
def test_a_goal_is_met_or_not(row: Row, goal: str, met: bool | None) -> None:
    assert (row.goal, row.met) == (goal, met)


def test_numbers_are_short_and_true() -> None:
    shown_as = ["0", "0.123", "12.3", "1,235", "1,000,000", "text"]
    assert [number(value) for value in (0, 0.1234, 12.34, 1234.6, 1_000_000, "text")] == shown_as


def test_findings_show_what_was_missed_and_what_was_left_out() -> None:
    found = Findings([Table(("page", "ms"), [("列表", 1.5)])], [Row("slow", 2.0, "s", most=1)], ["a remark"])
    text = shown(found)
    assert "NOT met" in text and "列表" in text and text.endswith("a remark")
    assert shown(Findings(left_out="no SIPp")) == "  left out: no SIPp"


def test_scale_is_full_quick_or_refused() -> None:
    assert chosen({}) == FULL
    assert chosen({"BENCH": "quick"}) == QUICK
    assert chosen({"BENCH_TICKETS": "5"}).tickets == 5
    for wrong in ({"BENCH": "slow"}, {"BENCH_TICKETS": "many"}, {"BENCH_TICKETS": "0"}):
        with pytest.raises(BenchError):
            chosen(wrong)


def test_the_made_up_event_log_is_one_that_the_ledger_reads() -> None:
    parsed = [cel.parse(line) for line in events(2)]
    assert len({event.linkedid for event in parsed}) == 2
    visit = next(event for event in parsed if event.name == "visit")
    assert visit.details()["caller"] == visit.caller == "13900000000"
