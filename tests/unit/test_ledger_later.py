"""What of calls under way is built at once and what later; in the end the rows are those of building everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqueue.importer import Imported, import_new
from callqueue.later import SECONDS, Later
from tests.unit.cel_trace import INBOUND, START
from tests.unit.test_ledger_import import CEL, QUEUE_LOG, WHOLE, Rig, text

PRESSED = "1.0 c path at=main&key=1"
ENDED = "9.0 c HANGUP 16\n9.1 c CHAN_END\n9.2 c LINKEDID_END"


class Slow(Rig):
    """A rig that puts off, by a clock of the test's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.now = 100.0
        self.anew()

    def anew(self) -> None:
        """The service is another process from now on."""
        self.later = Later(clock=lambda: self.now)

    def take(self) -> Imported:
        return import_new(self.store, self.paths, self.taker.handover, self.later)

    @property
    def keys(self) -> list[str]:
        return [step["key"] for row in self.calls() for step in row["path"]]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Slow]:
    made = Slow(tmp_path)
    yield made
    made.store.close()


def dispositions(rig: Rig) -> list[Any]:
    return [row["disposition"] for row in rig.calls()]


def test_a_call_has_its_row_from_its_first_event_on(rig: Slow) -> None:
    rig.write(text(INBOUND))
    rig.take()
    assert dispositions(rig) == ["open"]


def test_what_changes_under_way_waits_and_is_built_though_nothing_more_comes(rig: Slow) -> None:
    rig.write(text(INBOUND))
    rig.take()
    rig.write(text(PRESSED))
    assert rig.take().calls == 0 and rig.keys == []
    rig.now += SECONDS / 2
    assert rig.take().calls == 0
    rig.now += SECONDS / 2
    assert rig.take().calls == 1 and rig.keys == ["1"]
    assert rig.take().calls == 0


def test_an_end_does_not_wait(rig: Slow) -> None:
    rig.write(text(INBOUND))
    rig.take()
    rig.write(text(f"{PRESSED}\n{ENDED}"))
    assert rig.take().closed == 1 and rig.keys == ["1"]
    rig.now += SECONDS
    assert rig.take().calls == 0, "what is built is not built again"


def test_an_answer_does_not_wait(rig: Slow) -> None:
    rig.write(text(INBOUND))
    rig.take()
    rig.write(text("5.0 c survey ticket=251122000001&attempt=a\n6.0 c answer question=solved&value=yes&by=key"))
    rig.take()
    assert rig.taker.answers == [("251122000001", "solved", "yes")]


def test_an_emergency_does_not_wait(rig: Slow) -> None:
    rig.write(text(INBOUND))
    rig.take()
    rig.write(text("5.0 c danger step=pressed&by=caller"))
    rig.take()
    assert [row["emergency"] for row in rig.calls()] == ["danger"]


def test_when_asterisk_was_stopped_nothing_waits_any_more(rig: Slow) -> None:
    rig.write(text(INBOUND))
    rig.take()
    rig.write(text(PRESSED))
    rig.take()
    rig.write(queue_log=f"{START + 60}|NONE|NONE|NONE|QUEUESTART|\n".encode())
    rig.take()
    assert dispositions(rig) == ["interrupted"] and rig.keys == ["1"]


def test_what_a_process_that_was_killed_had_put_off_is_built_by_the_next(rig: Slow) -> None:
    rig.write(text(INBOUND))
    rig.take()
    rig.write(text(PRESSED))
    rig.take()
    rig.anew()
    assert rig.take().calls == 1 and rig.keys == ["1"]


def test_a_first_line_that_is_no_beginning_is_built_in_time(rig: Slow) -> None:
    rig.write(text(PRESSED))
    assert rig.take().calls == 0
    rig.now += SECONDS
    assert rig.take().calls == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(CEL)), st.floats(0, 3), st.booleans()), max_size=6))
def test_however_long_it_waits_the_rows_are_the_same(steps: list[tuple[int, float, bool]]) -> None:
    """queue_log, with its mark of a stop, is never ahead of the event log, which is read first."""
    with TemporaryDirectory() as folder:
        rig = Slow(Path(folder))
        read = 0
        for cel, seconds, killed in steps:
            rig.write(CEL[read:cel])
            read = max(read, cel)
            rig.take()
            rig.now += seconds
            if killed:
                rig.anew()
        rig.write(CEL[read:], QUEUE_LOG)
        rig.take()
        rig.now += SECONDS
        rig.take()
        assert rig.calls() == WHOLE
        assert sorted(rig.taker.closed) == sorted(row["call_id"] for row in WHOLE)
        assert rig.taker.answers == [("251122000001", "identity", "yes")]
        rig.store.close()
