"""What holds of every visit, whatever Asterisk wrote and in whatever order it was read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from callqueue import cel, ledger, queuelog
from callqueue.calls import Call, Outcome
from callqueue.cel import CelEvent
from callqueue.disposition import CLAIMS, Disposition
from callqueue.queuelog import QueueRow
from tests.unit.cel_trace import CHANNELS, at, events, rows, visits

FOLDER = Path(__file__).parents[1] / "data" / "cel"
NAMES = sorted(path.stem for path in FOLDER.glob("*.csv"))

EVENTS = (
    *("CHAN_START s", "CHAN_START 12345", "ANSWER", "HANGUP 16", "HANGUP 17", "CHAN_END", "LINKEDID_END"),
    *("BRIDGE_ENTER one", "BRIDGE_EXIT one", "BRIDGE_ENTER two", "BRIDGE_EXIT two", "BLINDTRANSFER"),
    *("STREAM_BEGIN MOH_STREAM_BEGIN", "STREAM_END MOH_STREAM_END", "APP_START Queue yi,c", "APP_END Queue yi"),
    *("visit direction=inbound&caller=1", "visit direction=outbound", "visit direction=callback", "visit x=y"),
    *("queue queue=consult", "queue-end status=TIMEOUT", "queue-end status=CONTINUE", "survey ticket=1"),
    *("danger step=pressed", "danger step=service&service=110", "danger step=calling&service=110"),
    *("danger step=answered", "danger step=failed&status=BUSY", "danger step=ended", "danger step=agent&agent=8002"),
    *("voicemail file=a&seconds=3", "callback-request number=1", "progress result=ok", "rating value=3"),
    *("answer question=satisfied&value=1", "agent agent=8009", *(f"disposition value={one}" for one in CLAIMS)),
)
LINES = st.tuples(st.integers(0, 60), st.sampled_from(sorted(CHANNELS)), st.sampled_from(EVENTS))
TRACES = st.lists(LINES, min_size=1, max_size=40).map(
    lambda lines: "\n".join(f"{second}.0 {leg} {event}" for second, leg, event in lines)
)
LOGGED = st.lists(
    st.builds(
        "{0}|{1}|consult|PJSIP/8001|{2}|1|2".format,
        st.integers(0, 60),
        st.sampled_from(["c", "a", "x2"]),
        st.sampled_from(["ENTERQUEUE", "CONNECT", "ABANDON", "EXITWITHTIMEOUT", "RINGNOANSWER", "COMPLETECALLER"]),
    ),
    max_size=5,
).map(" ".join)


def read(name: str) -> tuple[list[CelEvent], list[QueueRow]]:
    found = [cel.parse(line) for line in (FOLDER / f"{name}.csv").read_text().splitlines()]
    logged = [queuelog.parse(line) for line in (FOLDER / f"{name}.queue_log").read_text().splitlines()]
    return [event for event in found if cel.of_use(event)], logged


def sound(call: Call) -> bool:
    """What is true of every row of the ledger; says by assertion what is not."""
    assert isinstance(call.disposition, Disposition)
    assert (call.disposition is Disposition.OPEN) == (call.ended_at is None)
    assert call.ended_at is None or call.started_at <= call.ended_at
    longest = 61.0 if call.ended_at is None else (call.ended_at - call.started_at).total_seconds() + 0.002
    for length in (call.wait_s, call.talk_s, call.hold_s, call.talk_s + call.hold_s):
        assert 0 <= length <= longest
    assert 0 <= call.ring_s <= 61.0
    assert all(part.talk_s <= call.talk_s for part in call.agents)
    assert bool(call.emergency) == bool(call.emergencies)
    assert [record.number for record in call.emergencies] == list(range(1, len(call.emergencies) + 1))
    assert (call.disposition is not Disposition.EMERGENCY) or any(
        record.outcome is Outcome.ANSWERED for record in call.emergencies
    )
    return True


@settings(max_examples=400)
@given(TRACES, LOGGED, st.one_of(st.none(), st.integers(0, 100)))
def test_every_visit_has_exactly_one_disposition_and_times_that_can_be(
    trace: str, logged: str, stopped: int | None
) -> None:
    call = ledger.visit(events(trace), rows(logged), None if stopped is None else at(stopped))
    assert call is None or sound(call)


@given(TRACES, LOGGED, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(trace: str, logged: str, random: object) -> None:
    found, queue_rows = events(trace), rows(logged)
    mixed, mixed_rows = found + found[::2], queue_rows + queue_rows[:1]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    random.shuffle(mixed_rows)  # type: ignore[attr-defined]
    assert ledger.visit(mixed, mixed_rows) == ledger.visit(found, queue_rows)


@settings(max_examples=60)
@given(st.sampled_from(NAMES), st.data())
def test_any_part_of_a_recorded_call_makes_sound_rows(name: str, data: st.DataObject) -> None:
    """Lines lost, as by a full disk: every visit that is left still has one row that can be."""
    found, logged = read(name)
    lost = data.draw(st.sets(st.integers(0, len(found) - 1), max_size=20))
    kept = [event for place, event in enumerate(found) if place not in lost]
    for call in visits(kept, logged) if kept else []:
        assert sound(call)


@given(st.sampled_from(NAMES), st.data())
def test_a_call_never_ends_before_asterisk_says_so(name: str, data: st.DataObject) -> None:
    found, _ = read(name)
    upto = data.draw(st.integers(1, len(found)))
    for call in visits(found[:upto], []):
        known = [event.at for event in found[:upto]]
        assert sound(call)
        assert call.started_at.timestamp() * 1e6 <= max(known) + 1
        assert call.ended_at is None or call.ended_at - call.started_at <= timedelta(seconds=60)
