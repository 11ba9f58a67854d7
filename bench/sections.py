"""The sections of the bench, in the order they run: a row here and a module with `run(scale, say) -> Findings`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench import (
    agi_servers,
    callbacks,
    every_page,
    ledger,
    listening,
    load,
    manager_events,
    million,
    reports,
    wallboard,
    whole_calls,
)
from bench.report import Findings, Say
from bench.scale import Scale


@dataclass(frozen=True, slots=True)
class Section:
    """One part: `name` chooses it on the command line."""

    name: str
    title: str
    run: Callable[[Scale, Say], Findings]


SECTIONS: tuple[Section, ...] = (
    Section("agi", "FastAGI servers alone", agi_servers.run),
    Section("calls", "Whole calls in four ways", whole_calls.run),
    Section("events", "Events of Asterisk's manager", manager_events.run),
    Section("wallboard", "The supervisors' page on a busy floor", wallboard.run),
    Section("listening", "Callers listened to over AudioSocket", listening.run),
    Section("load", "Many calls at once", load.run),
    Section("ledger", "The ledger from Asterisk's event log", ledger.run),
    Section("callbacks", "The callback run", callbacks.run),
    Section("tickets", "A million tickets", million.run),
    Section("pages", "Every page with a hundred thousand tickets", every_page.run),
    Section("reports", "Reports over a million calls", reports.run),
)
