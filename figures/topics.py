"""What is hot: which words and matters came more often, or less, than in the period before (R42, R43); pure.

Whether it is a trend is an exact binomial test: were a ticket as likely on any day of both, how often would the split
be as lopsided by chance? Many are tested at once, so the bound is Benjamini and Hochberg's at 5 %. Two against one is
none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tickets.terms import Term

LEAST = 5
"""Tickets that both periods together must have for a trend; also the fewest now that make a word hot."""
LEVEL = 0.05
_NEGLIGIBLE = 1e-12


class Trend(Term):
    """How it compares with the period before."""

    UP = "up", "明显上升"
    DOWN = "down", "明显下降"
    SAME = "same", "无明显变化"


@dataclass(frozen=True, slots=True)
class Topic:
    """A word or a matter: tickets now and in the period before, and what follows from both."""

    code: str
    name: str
    now: int
    before: int
    trend: Trend = Trend.SAME


def chance(now: int, before: int, share: float) -> float:
    """How likely a split at least as lopsided is by chance, both sides; `share` is the present period's of all days."""
    whole = now + before
    number, part = (now, share) if now > whole * share else (before, 1 - share)
    return 1.0 if number <= whole * part else min(1.0, 2 * _tail(number, whole, part))


def _tail(least: int, whole: int, share: float) -> float:
    """The probability of `least` or more of `whole`; `least` is more than the mean, so terms only become smaller."""
    log = math.lgamma(whole + 1) - math.lgamma(least + 1) - math.lgamma(whole - least + 1)
    term = math.exp(log + least * math.log(share) + (whole - least) * math.log1p(-share))
    found, odds = 0.0, share / (1 - share)
    for number in range(least, whole + 1):
        found += term
        if term < found * _NEGLIGIBLE:
            break
        term *= (whole - number) / (number + 1) * odds
    return found


def judged(found: Sequence[tuple[str, str, int, int]], share: float) -> list[Topic]:
    """The topics of (code, name, now, before): risen ones first, then by tickets, whatever the order they come in."""
    tested = [(chance(now, before, share), code) for code, _, now, before in found if now + before >= LEAST]
    sure = _significant(tested)
    topics = [
        Topic(code, name, now, before, _trend(now, before, share) if code in sure else Trend.SAME)
        for code, name, now, before in found
    ]
    return sorted(topics, key=lambda one: (one.trend != Trend.UP, -one.now, -one.before, one.code))


def _trend(now: int, before: int, share: float) -> Trend:
    return Trend.UP if now > (now + before) * share else Trend.DOWN


def _significant(tested: Sequence[tuple[float, str]]) -> set[str]:
    """Those that Benjamini and Hochberg's procedure keeps."""
    ordered = sorted(tested)
    kept = [place for place, (p, _) in enumerate(ordered, 1) if p <= LEVEL * place / len(ordered)]
    return {code for _, code in ordered[: max(kept, default=0)]}


def of_counts(now: Mapping[str, int], before: Mapping[str, int], names: Mapping[str, str], share: float) -> list[Topic]:
    """The topics of two counts by code."""
    codes = sorted(set(now) | set(before))
    return judged([(code, names.get(code, code), now.get(code, 0), before.get(code, 0)) for code in codes], share)
