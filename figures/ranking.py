"""Ranking units (R44): a pure function of what was counted. Snapshots of it are kept by `figures.snapshots`.

A unit's score is the weighted mean of the lower ends of Wilson's 95 % intervals of its shares: what is certain of it,
so that two of two is less than ninety of a hundred. Units are ranked among their like; equals share a place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from callback_survey.intervals import wilson
from figures.core import Count
from figures.weights import PARTS, WEIGHTS
from tickets.terms import Term


class Tiers(Term):
    """What units are told apart by, so that like is ranked with like."""

    KIND = "kind", "按单位类别"
    SIZE = "size", "按办件量"
    NONE = "none", "不分组"


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is ranked: weights of `PARTS` (their sum is 100 %), tickets that each weighed share must at least be of,
    tiers, and from how many tickets due a unit is large or of middle size.
    """

    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    least: int = 5
    tiers: Tiers = Tiers.KIND
    large: int = 100
    middle: int = 20


@dataclass(frozen=True, slots=True)
class Ranked:
    """A unit's line. `score` has two decimals, 0-100; `place` is None for one with too few tickets to be ranked."""

    unit: str
    tier: str
    score: float
    place: int | None
    count: Count
    short: tuple[str, ...] = ()


def score(count: Count, terms: Terms) -> float:
    """The weighted mean of what is certain of each share, 0-100 with two decimals."""
    whole = sum(terms.weights.values())
    certain = sum(
        weight * wilson(count.get(part, 0), count.get(PARTS[part], 0))[0] for part, weight in terms.weights.items()
    )
    return round(100 * certain / whole, 2) if whole else 0.0


def rank(counts: Mapping[str, Count], kinds: Mapping[str, str], terms: Terms) -> tuple[Ranked, ...]:
    """Every unit by tier, then place, then code; those that are not ranked come last in their tier."""
    lines = [_line(unit, count, kinds.get(unit, ""), terms) for unit, count in sorted(counts.items())]
    tiers = sorted({line.tier for line in lines}, key=_order)
    return tuple(line for tier in tiers for line in _placed([one for one in lines if one.tier == tier]))


def _line(unit: str, count: Count, kind: str, terms: Terms) -> Ranked:
    short = tuple(part for part, weight in terms.weights.items() if weight and count.get(PARTS[part], 0) < terms.least)
    return Ranked(unit, _tier(count, kind, terms), score(count, terms), None, dict(count), short)


_SIZES = ("办件量大", "办件量中", "办件量小")


def _tier(count: Count, kind: str, terms: Terms) -> str:
    if terms.tiers == Tiers.SIZE:
        due = count.get("due", 0)
        return _SIZES[0 if due >= terms.large else 1 if due >= terms.middle else 2]
    return kind if terms.tiers == Tiers.KIND else ""


def _order(tier: str) -> tuple[int, str]:
    return _SIZES.index(tier) if tier in _SIZES else len(_SIZES), tier


def _placed(lines: Iterable[Ranked]) -> Sequence[Ranked]:
    """Best first; after two that share a place the next one is free."""
    found = sorted(lines, key=lambda one: (bool(one.short), -one.score, one.unit))
    ranked = [one.score for one in found if not one.short]
    return [one if one.short else replace(one, place=1 + sum(other > one.score for other in ranked)) for one in found]
