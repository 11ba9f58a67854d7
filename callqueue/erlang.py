"""Erlang C: how many agents a queue needs. Pure. Source: A. K. Erlang, 1917; M/M/c, callers who wait without end."""

from __future__ import annotations

import math

MOST = 1000
"""Agents; no county needs more."""


def waits(agents: int, load: float) -> float:
    """The probability that a caller waits, with so many agents and a load in erlangs; 1 when they cannot keep up."""
    if load <= 0:
        return 0.0
    if agents <= load:
        return 1.0
    blocked = 1.0  # Erlang B, by its recursion: no factorials, no overflow
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return agents * blocked / (agents - load * (1 - blocked))


def within(agents: int, load: float, handling: float, seconds: float) -> float:
    """The part of callers who are answered within so many seconds; `handling` is an average call's seconds."""
    if load <= 0:
        return 1.0
    if agents <= load:
        return 0.0
    return 1 - waits(agents, load) * math.exp(-(agents - load) * seconds / handling)


def average_wait(agents: int, load: float, handling: float) -> float | None:
    """The average seconds a caller waits, None when the queue grows without end."""
    if load <= 0:
        return 0.0
    return None if agents <= load else waits(agents, load) * handling / (agents - load)


def needed(calls_an_hour: float, handling: float, target: float, seconds: float) -> int:
    """The fewest agents with whom at least the part `target` of callers is answered within so many seconds."""
    load = calls_an_hour * handling / 3600
    if load <= 0:
        return 0
    agents = math.floor(load) + 1
    while within(agents, load, handling, seconds) < target and agents < MOST:
        agents += 1
    return agents
