"""How much is measured: everything by default, a taste of it with BENCH=quick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bench.report import BenchError


@dataclass(frozen=True, slots=True)
class Scale:
    """The counts of a run. Times are seconds, rates are calls a second."""

    name: str
    sessions: int  # FastAGI sessions a round
    session_rounds: int
    calls: int  # whole calls a round
    call_rate: int
    call_rounds: int
    flood: int  # calls placed as fast as they go through; 0: not measured
    load_calls: int
    load_rate: int
    callbacks: int  # citizens called back
    scheduled: int  # callbacks in the larger of two schedules
    events: int  # lines of the event log
    ami_events: int  # events of the manager
    watched: float  # seconds that a busy floor is watched
    reported: int  # calls that reports are made of
    tickets: int
    paged: int  # tickets behind every page of the site
    queries: int  # times each page is asked for
    seconds: float  # that all may take; sections are given what is left, and take less when it is little


FULL = Scale(
    name="full", sessions=600, session_rounds=5, calls=60, call_rate=10, call_rounds=3, flood=900,
    load_calls=600, load_rate=20, callbacks=1_000, scheduled=1_000_000, events=200_000, reported=1_000_000,
    ami_events=1_000_000, watched=20.0, tickets=1_000_000, paged=100_000, queries=40, seconds=570.0,
)  # fmt: skip
QUICK = Scale(
    name="quick", sessions=150, session_rounds=3, calls=20, call_rate=10, call_rounds=1, flood=0,
    load_calls=40, load_rate=10, callbacks=40, scheduled=100_000, events=20_000, reported=20_000, tickets=20_000,
    paged=20_000, ami_events=100_000, watched=8.0,
    queries=20, seconds=110.0,
)  # fmt: skip


def chosen(environment: Mapping[str, str]) -> Scale:
    """The scale that BENCH names; BENCH_TICKETS sets the number of tickets. Raises BenchError."""
    name = environment.get("BENCH", "") or FULL.name
    scale = {one.name: one for one in (FULL, QUICK)}.get(name)
    tickets = environment.get("BENCH_TICKETS", "")
    if scale is None:
        raise BenchError(f"BENCH={name}: only {FULL.name} and {QUICK.name} are known")
    if tickets and not (tickets.isdecimal() and int(tickets)):
        raise BenchError(f"BENCH_TICKETS={tickets}: not a number of tickets")
    return replace(scale, tickets=int(tickets)) if tickets else scale
