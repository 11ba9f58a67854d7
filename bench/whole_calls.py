"""Whole calls: the standard menu path over SIP, done in four ways, the CPU of one call and calls a second.

A call: answered, greeted, 1 pressed in the main menu, eight commands, hung up; about a second.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench import agi_servers, gauge, line, sipp
from bench.gauge import Cpu
from bench.report import BenchError, Cell, Findings, Row, Say, Table
from bench.scale import Scale
from bench.sipp import Burst, Ending, Placed
from tests.hotline_fixture import Hotline

_IDLE = 5.0  # seconds
_SETTLING = 1.5  # seconds after a burst, so that its calls have reached the ledger
_WARM = 5
_OURS, _FLOOR = "12345", "12343"
_WORKERS = ("asterisk", "service", "bare")


@dataclass(slots=True)
class Way:
    """One way of doing the call; milliseconds of CPU a call in each round, by who used it."""

    name: str
    number: str
    most: int  # calls at once in the flood
    rounds: list[Mapping[str, float]] = field(default_factory=list)
    whole: float = 1.0  # the least share of a round's calls that had the whole path
    rate: float = 0.0
    flooded: float = 0.0  # the same share of the flood
    wrong: str = ""

    @property
    def best(self) -> Mapping[str, float]:
        """The round that cost least: what else the machine does only adds."""
        return min(self.rounds, key=_sum)


def _ways() -> list[Way]:
    return [
        Way("county-hotline, FastAGI", "12345", 300),
        Way("county-hotline, classic script", "12341", 40),
        Way("bare panoramisk, FastAGI", "12342", 300),
        Way("pure dialplan", "12343", 300),
    ]


def run(scale: Scale, say: Say) -> Findings:
    """The four ways side by side."""
    if sipp.find() is None:
        return Findings(left_out=sipp.MISSING)
    ways = _ways()
    with agi_servers.server("stock") as bare, line.short(bare.port) as hotline:
        say("a hotline runs")
        bench = _Bench(hotline, bare.process.pid)
        for way in ways:
            bench.warm(way, say)
        for number in range(1, scale.call_rounds + 1):
            for way in ways:
                bench.round(way, scale, f"round {number} of {scale.call_rounds}", say)
        for way in ways if scale.flood else []:
            bench.flood(way, scale.flood, say)
    return _findings(ways, scale, bench.idle)


class _Bench:
    """Places calls and reads what they cost. `idle`: CPU seconds a second of each worker when nobody calls."""

    def __init__(self, hotline: Hotline, bare: int) -> None:
        self._hotline = hotline
        self._pids = {"asterisk": hotline.pid("asterisk"), "service": hotline.pid("service"), "bare": bare}
        self._notes = line.Notes(hotline)
        before, began = self._cpu(), time.monotonic()
        time.sleep(_IDLE)
        seconds = time.monotonic() - began
        self.idle = {name: used.own / seconds for name, used in self._since(before).items()}

    def _cpu(self) -> dict[str, Cpu]:
        return {name: gauge.cpu(pid) for name, pid in self._pids.items()}

    def _since(self, before: Mapping[str, Cpu]) -> dict[str, Cpu]:
        return {name: now - before[name] for name, now in self._cpu().items()}

    def warm(self, way: Way, say: Say) -> None:
        """Leaves a way out that does not work."""
        pressed, fallen, placed = self._place(Burst(way.number, _WARM, _WARM, _WARM, line.PRESSED, Ending.HOTLINE))
        if not pressed:
            way.wrong = f"of {_WARM} calls {fallen} came to the fallback, {placed.failed} failed"
            say(f"{way.name} does not work and is left out: {way.wrong}")

    def _place(self, burst: Burst) -> tuple[int, int, Placed]:
        """How many calls had the whole path, how many came to the fallback, and what SIPp says of them."""
        self._notes.look()
        placed = sipp.place(self._hotline, burst)
        time.sleep(_SETTLING)
        return *self._notes.look(), placed

    def round(self, way: Way, scale: Scale, title: str, say: Say) -> None:
        """One round of calls at a rate the machine bears."""
        if way.wrong:
            return
        burst = Burst(way.number, scale.calls, scale.call_rate, scale.calls, line.PRESSED, Ending.HOTLINE)
        before, began = self._cpu(), time.monotonic()
        pressed, _, _ = self._place(burst)
        seconds, used = time.monotonic() - began, self._since(before)
        way.whole = min(way.whole, pressed / burst.calls)
        costs = {name: 1000 * (used[name].own - self.idle[name] * seconds) / scale.calls for name in _WORKERS}
        costs["children"] = 1000 * used["asterisk"].children / scale.calls
        way.rounds.append(costs)
        say(f"{title}, {way.name}: " + ", ".join(f"{name} {cost:.2f} ms" for name, cost in costs.items()))

    def flood(self, way: Way, calls: int, say: Say) -> None:
        """As many calls a second as go through with at most `way.most` at once."""
        if way.wrong:
            return
        calls = min(calls, 3 * way.most)
        burst = Burst(way.number, calls, way.most, way.most, line.PRESSED, Ending.HOTLINE)
        pressed, _, placed = self._place(burst)
        way.rate, way.flooded = placed.done / placed.seconds, pressed / calls
        say(f"flood, {way.name}: {way.rate:.0f} calls/s, {placed.failed} of {calls} failed")


def _findings(ways: list[Way], scale: Scale, idle: Mapping[str, float]) -> Findings:
    measured = {way.number: way for way in ways if not way.wrong}
    wrong = [f"{way.name} is left out: {way.wrong}" for way in ways if way.wrong]
    if not {_OURS, _FLOOR} <= set(measured):
        raise BenchError("; ".join(wrong))
    lines: list[tuple[Cell, ...]] = [
        (way.name, *way.best.values(), _sum(way.best), f"{way.whole:.0%}") for way in measured.values()
    ]
    columns = ("CPU ms a call", "Asterisk", "service", "bare app", "scripts", "together", "whole path")
    found = Findings(tables=[Table(columns, lines)], rows=_ratios(measured))
    if scale.flood:
        floods = [(way.name, way.most, way.rate, f"{way.flooded:.0%}") for way in measured.values()]
        found.tables.append(Table(("flood", "at once, at most", "calls/s", "whole path"), floods))
    found.remarks = [
        f"best of {scale.call_rounds} rounds, in turns, of {scale.calls} calls at {scale.call_rate}/s, less what",
        f"is used without calls (Asterisk {1000 * idle['asterisk']:.1f}, service {1000 * idle['service']:.1f} ms/s)",
        "all four are answered and greeted by the same steps, with the same logs, events and settings of Asterisk, and",
        "become rows of the ledger; pure dialplan asks nobody where the call goes; a key that comes too early, on a",
        "busy machine, makes a path that is not whole, and a call that costs less",
        *wrong,
    ]
    return found


def _ratios(measured: Mapping[str, Way]) -> list[Row]:
    """Each way against pure dialplan: with the ledger's work, which all have, and without it."""
    floor = measured[_FLOOR].best
    # All that the service does for a call in pure dialplan is the ledger.
    ledger = floor["service"]
    rows = []
    for way in (way for number, way in measured.items() if number != _FLOOR):
        goal = 1.3 if way.number == _OURS else None
        what = f"whole-call CPU, {way.name} / pure dialplan"
        rows.append(Row(what, _sum(way.best) / _sum(floor), "x", most=goal))
        bare = (_sum(way.best) - ledger) / (_sum(floor) - ledger)
        rows.append(Row(f"{what}, without the ledger", bare, "x", most=goal))
    return rows


def _sum(costs: Mapping[str, float]) -> float:
    return sum(costs.values())
