"""What Asterisk's manager said while real calls went on, replayed: whoever follows the events knows what a query tells.

The recordings are made by tests/record_ami.py, which says what they hold.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqueue.live import view
from callqueue.live.query import built
from callqueue.live.state import EVENTS, Member, State

FOLDER = Path(__file__).parents[1] / "data" / "ami"
SCENES = (
    "plain", "blind", "attended", "attended-by-keys", "three-party", "three-party-by-agent", "hold", "ring-no-answer",
    "abandons", "unplugged", "spied", "restart",
)
AGENTS = ("8001", "8002")
_MARKS = ("Resync", "Asked", "Check")
Line = Mapping[str, Any]


def recorded(scene: str) -> list[Line]:
    with gzip.open(FOLDER / f"{scene}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def followed(lines: Iterable[Line]) -> Iterator[tuple[State, State]]:
    """At each check: the state as it was followed, and as Asterisk told it."""
    state, held = State(), list[Line]()
    asking = False
    for line in lines:
        kind = line["Event"]
        if kind == "Resync":
            asking = True
        elif kind == "Asked":
            fresh = built(line["Answers"], line["At"])
            fresh.keep_unasked(state)
            state, asking = fresh, False
            for event in held:
                state.apply(event)
            held = []
        elif kind == "Check":
            yield state, built(line["Answers"], line["At"])
        elif asking:
            held.append(line)
        else:
            state.apply(line)


def told(state: State) -> dict[str, Any]:
    """All of a state that a query tells, too."""
    channels = {
        one.uniqueid: (one.name, one.state, one.caller, one.connected, one.linkedid, one.bridge)
        for one in state.channels.values()
    }
    waiting = {
        name: [(one.uniqueid, one.channel, one.caller) for one in queue.waiting] for name, queue in state.queues.items()
    }
    return {"channels": channels, "waiting": waiting, "devices": state.devices, "members": _members(state)}


def _members(state: State) -> dict[str, dict[str, Member]]:
    """Of each queue; a call counts in all queues of the agent (shared_lastcall), but Asterisk may tell it in one."""
    every = [member for queue in state.queues.values() for member in queue.members.values()]
    calls, last = dict[str, int](), dict[str, int]()
    for member in every:
        calls[member.interface] = max(calls.get(member.interface, 0), member.calls)
        last[member.interface] = max(last.get(member.interface, 0), member.last_call)
    return {
        name: {at: replace(one, calls=calls[at], last_call=last[at]) for at, one in queue.members.items()}
        for name, queue in state.queues.items()
    }


@pytest.mark.parametrize("scene", SCENES)
def test_who_follows_the_events_knows_what_a_query_tells(scene: str) -> None:
    checks = 0
    for state, truth in followed(recorded(scene)):
        checks += 1
        assert told(state) == told(truth), f"check {checks}"
        for line, other in zip(view.queues(state, 0), view.queues(truth, 0), strict=True):
            for one, same in zip(line.callers, other.callers, strict=True):
                assert abs(one.since - same.since) < 2, "a query tells whole seconds"
    assert checks >= 1


@pytest.mark.parametrize("scene", SCENES)
def test_a_second_telling_of_every_event_changes_nothing(scene: str) -> None:
    """An event that the query has told already comes again after it."""
    for state, truth in followed(line for one in recorded(scene) for line in (one, *_again(one))):
        assert told(state) == told(truth)


def _again(line: Line) -> tuple[Line, ...]:
    return () if line["Event"] in _MARKS else (line,)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SCENES), st.randoms(use_true_random=False), st.data())
def test_any_order_repeats_and_cuts_do_no_harm_and_the_next_query_mends_them(
    scene: str, order: Any, data: st.DataObject
) -> None:
    lines = recorded(scene)
    events = [line for line in lines if line["Event"] in EVENTS]
    order.shuffle(events)
    begin = data.draw(st.integers(0, len(events)))
    end = data.draw(st.integers(begin, len(events)))
    state = State()
    for event in events[begin:end] + events[: begin // 2]:
        assert state.apply(event)
    view.seats(state, AGENTS, 0, 15)
    view.queues(state, 0)
    check = next(line for line in reversed(lines) if line["Event"] == "Check")
    truth = built(check["Answers"], check["At"])
    fresh = built(check["Answers"], check["At"])
    fresh.keep_unasked(state)
    assert told(fresh) == told(truth)
    for spy, of in fresh.spies.items():
        assert spy in fresh.channels and of in fresh.channels
