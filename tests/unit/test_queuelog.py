"""One line of queue_log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqueue import queuelog
from callqueue.errors import BadLine


def test_a_row_of_a_call() -> None:
    row = queuelog.parse("1800000004|1800000001.7|consult|PJSIP/8001|CONNECT|3|1800000003.8|2")
    assert (row.at, row.call, row.queue) == (1_800_000_004_000_000, "1800000001.7", "consult")
    assert (row.agent, row.event, row.data) == ("PJSIP/8001", "CONNECT", ("3", "1800000003.8", "2"))


def test_the_mark_of_a_start_belongs_to_no_call() -> None:
    row = queuelog.parse("1800000000|NONE|NONE|NONE|QUEUESTART|")
    assert (row.call, row.queue, row.agent, row.event) == ("", "", "", queuelog.STARTED)


@pytest.mark.parametrize("line", ["", "1800000000", "x|1|q|a|ABANDON|", "1800000000|1|q|a||", "²|1|q|a|ABANDON"])
def test_a_line_that_is_none_is_bad(line: str) -> None:
    with pytest.raises(BadLine):
        queuelog.parse(line)


@given(st.text(max_size=200))
def test_any_line_is_read_or_bad(line: str) -> None:
    try:
        assert queuelog.parse(line).event
    except BadLine as bad:
        assert str(bad)


@pytest.mark.parametrize("outside", ["CLI", "MANAGER", "REALTIME", "NONE"])
def test_a_member_changed_from_outside_belongs_to_no_call(outside: str) -> None:
    assert queuelog.parse(f"1795524928|{outside}|consult|PJSIP/8001|REMOVEMEMBER|").call == ""
