"""The watch: nothing lost and nothing doubled while Asterisk is asked; never said to be current when it is not."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from callqueue.live.state import EVENTS, State
from callqueue.live.watch import Watch
from telephony.ami import RESYNC, AMILost, Events

AT = 1_795_000_000.0


def on_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """The test, run on a loop of its own."""

    @functools.wraps(test)
    def run() -> None:
        asyncio.run(test())

    return run


class FakeLink:
    """A manager that answers from `waiting`, after doing what `meanwhile` says."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {"state": "up", "since": AT}
        self.feed = Events(EVENTS, 1000, lambda _events: None)
        self.waiting: list[str] = []
        self.meanwhile: list[Mapping[str, str]] = []
        self.failures = 0

    def events(self, *names: str) -> Events:
        assert set(names) == EVENTS
        return self.feed

    async def listing(self, headers: Mapping[str, str], /) -> list[dict[str, str]]:
        if self.failures:
            self.failures -= 1
            self.state = {"state": "down", "since": AT + 5}
            raise AMILost("cut")
        for event in self.meanwhile:
            self.feed.put(event)
        self.meanwhile = []
        if headers["Action"] != "QueueStatus":
            return []
        return [{"Event": "QueueEntry", "Queue": "consult", "Uniqueid": name} for name in self.waiting]


def join(name: str, place: int) -> dict[str, str]:
    return {"Event": "QueueCallerJoin", "Queue": "consult", "Uniqueid": name, "Position": str(place)}


def leave(name: str) -> dict[str, str]:
    return {"Event": "QueueCallerLeave", "Queue": "consult", "Uniqueid": name}


def waiting(state: State) -> list[str]:
    return [entry.uniqueid for queue in state.queues.values() for entry in queue.waiting]


async def followed(link: FakeLink) -> Watch:
    """A watch that has read everything there was."""
    watch = Watch(link, clock=lambda: AT + 10)
    link.feed.close()
    await watch.run()
    return watch


@on_loop
async def test_events_during_the_query_are_neither_lost_nor_doubled() -> None:
    link = FakeLink()
    link.waiting = ["a", "b"]
    link.meanwhile = [join("b", 2), join("c", 3), leave("a")]  # the first is older than the answer
    link.feed.put({"Event": RESYNC, "Gap": "0"})
    watch = await followed(link)
    assert waiting(watch.state) == ["b", "c"]
    assert (watch.current, watch.since, watch.resyncs, watch.applied) == (True, AT + 10, 1, 3)


@on_loop
async def test_what_was_missed_in_a_gap_is_asked_for_again() -> None:
    link = FakeLink()
    link.waiting = ["b"]
    for event in (join("a", 1), {"Event": RESYNC, "Gap": "3"}):
        link.feed.put(event)
    assert waiting((await followed(link)).state) == ["b"]


@on_loop
async def test_a_state_that_is_not_current_says_so_and_since_when() -> None:
    link = FakeLink()
    watch = Watch(link, clock=lambda: AT + 10)
    assert not watch.current  # nothing was asked yet
    link.feed.put({"Event": RESYNC, "Gap": "0"})
    watch = await followed(link)
    assert watch.current
    link.state = {"state": "down", "since": AT + 20}
    assert (watch.current, watch.since) == (False, AT + 20)


@on_loop
async def test_a_link_that_breaks_during_the_query_leaves_the_state_not_current_until_the_next() -> None:
    link = FakeLink()
    link.failures = 1
    link.feed.put({"Event": RESYNC, "Gap": "0"})
    watch = await followed(link)
    assert (watch.current, watch.since, watch.resyncs) == (False, AT + 5, 0)


@on_loop
async def test_a_reader_is_woken_by_a_change() -> None:
    link = FakeLink()
    watch = Watch(link)
    following = asyncio.ensure_future(watch.run())
    before = watch.applied
    reader = asyncio.ensure_future(watch.changed(60))
    await asyncio.sleep(0)
    link.feed.put(join("a", 1))
    await reader
    assert watch.applied > before
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


_NAMES = st.sampled_from(["a", "b", "c", "d"])
_EVENT = st.one_of(st.builds(join, _NAMES, st.integers(-1, 6)), st.builds(leave, _NAMES))


@settings(max_examples=60, deadline=None)
@given(st.lists(_EVENT, max_size=20), st.lists(_NAMES, unique=True))
def test_after_a_resync_nothing_of_any_stream_before_it_is_left(events: list[Any], names: list[str]) -> None:
    """Any order, repeats and cuts: the state is what Asterisk answers."""
    link = FakeLink()
    link.waiting = names
    for event in (*events, {"Event": RESYNC, "Gap": "1"}):
        link.feed.put(event)
    assert waiting(asyncio.run(followed(link)).state) == names


def test_an_old_event_of_a_caller_who_left_and_came_again_puts_nobody_before_another() -> None:
    """The answer is [a, c]; before it a had left and joined again behind b, who has left since."""
    state = State()
    for name in ("a", "c"):
        state.apply({"Event": "QueueEntry", "Queue": "consult", "Uniqueid": name})
    for event in (leave("a"), join("a", 2), leave("b"), join("c", 2)):
        state.apply(event)
    assert waiting(state) == ["a", "c"]


@given(st.lists(_NAMES, min_size=1, max_size=12), st.data())
def test_any_old_events_replayed_over_the_answer_end_in_the_truth(steps: list[str], data: Any) -> None:
    """A real history of a queue; the answer is taken anywhere in it, the events replayed from anywhere before."""
    truth: list[str] = []
    history: list[tuple[Any, list[str]]] = []
    for name in steps:
        if name in truth:
            truth.remove(name)
            history.append((leave(name), list(truth)))
        else:
            truth.append(name)
            history.append((join(name, len(truth)), list(truth)))
    asked = data.draw(st.integers(0, len(history) - 1))
    begin = data.draw(st.integers(0, asked))
    state = State()
    for name in history[asked][1]:
        state.apply({"Event": "QueueEntry", "Queue": "consult", "Uniqueid": name})
    for event, _ in history[begin:]:
        state.apply(event)
    assert waiting(state) == truth
