"""Counting tickets for figures: one statement a basis, which walks the index of its date."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import CTE, ColumnElement, String, case, func, literal, select, type_coerce, union_all
from sqlalchemy.orm import Session

from figures.core import values
from figures.spans import Period, Span, name
from tickets.measures import MEASURES, Basis, T, day_of, of_period, source, unit_of
from tickets.plans import plan_for_values
from tickets.terms import Channel, RequestType, Term
from tickets.trees import MATTERS, TERRITORIES, Node, downwards, nodes
from tickets.units import unit_names

_NAMES = tuple(MEASURES)
_PLACES = {basis: [place for place, one in enumerate(MEASURES.values()) if one.basis == basis] for basis in Basis}
Row = list[int]
"""How many of each measure, in the order of MEASURES."""
Counts = dict[str, Row]


class By(Term):
    """What tickets are told apart by."""

    UNIT = "unit", "承办单位"
    MATTER = "matter", "事项"
    PLACE = "place", "属地"
    TYPE = "type", "类型"
    CHANNEL = "channel", "来源"


Key = Period | By
_TREES = {By.MATTER: MATTERS, By.PLACE: TERRITORIES}


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of all tickets that is counted: "" for all. Matters and places with all below them."""

    unit: str = ""
    matter: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A row of figures: `code` and `name` of the group or period, its days, what was counted."""

    code: str
    name: str
    span: Span
    count: Mapping[str, int] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As plain values, every figure by name."""
        span = {"since": self.span.since.isoformat(), "until": self.span.until.isoformat()}
        return {"code": self.code, "name": self.name, **span, **values(self.count)}


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of a period, told apart by `key`, or not at all."""

    span: Span
    cut: Cut
    key: Key | None
    counts: Counts

    def total(self) -> Group:
        """All of it."""
        return Group("", "合计", self.span, _named(_summed(self.counts.values())))

    def series(self) -> list[Group]:
        """One row a period, those with nothing too, when it was told apart by one."""
        assert isinstance(self.key, Period)
        period = self.key
        days = ((name(period, date.fromisoformat(f"{day}-01"[:10])), row) for day, row in self.counts.items())
        found = _gathered(days)
        return [Group(one, one, part, _named(found.get(one, _nothing()))) for one, part in self.span.parts(period)]

    def groups(self, session: Session) -> list[Group]:
        """One row a group, by what was accepted and then by what was due, the largest first, when told apart by one.

        Matters and places are told by those right below the one that is asked for, the highest for all (those below
        it, where there is but one).
        """
        assert isinstance(self.key, By)
        by, found = self.key, self.counts
        names = _names(session, by)
        if by in _TREES:
            root = self.cut.matter if by == By.MATTER else self.cut.place
            tree = nodes(session, _TREES[by])
            found = _rolled(found, tree, root or _sole([one.code for one in tree if not one.parent]))
        rows = [
            Group(code, names.get(code, code) or "未定", self.span, _named(row))
            for code, row in found.items() if any(row)
        ]  # fmt: skip
        return sorted(rows, key=lambda one: (-one.count["accepted"], -one.count["due"], one.code))


def _nothing() -> Row:
    return [0] * len(_NAMES)


def _named(row: Row) -> Counter[str]:
    return Counter(dict(zip(_NAMES, row, strict=True)))


def _summed(rows: Iterable[Row]) -> Row:
    return [sum(column) for column in zip(*rows, strict=True)] or _nothing()


def _gathered(rows: Iterable[tuple[str, Row]]) -> dict[str, Row]:
    found: dict[str, list[Row]] = defaultdict(list)
    for key, row in rows:
        found[key].append(row)
    return {key: _summed(ones) for key, ones in found.items()}


def total(session: Session, span: Span, today: date, cut: Cut | None = None) -> Group:
    """What was counted in a period."""
    return tally(session, span, today, None, cut).total()


def series(session: Session, span: Span, today: date, period: Period, cut: Cut | None = None) -> list[Group]:
    """The rows of `Tally.series`."""
    return tally(session, span, today, period, cut).series()


def groups(session: Session, span: Span, today: date, by: By, cut: Cut | None = None) -> list[Group]:
    """The rows of `Tally.groups`."""
    return tally(session, span, today, by, cut).groups(session)


def tally(
    session: Session, span: Span, today: date, key: Key | None = None, cut: Cut | None = None,
    bases: Iterable[Basis] = Basis,
) -> Tally:  # fmt: skip
    """What tickets of a period each measure of the bases has, as it is known on a day."""
    return tallies(session, span, today, [key], cut, bases)[0]


def tallies(
    session: Session, span: Span, today: date, keys: Sequence[Key | None], cut: Cut | None = None,
    bases: Iterable[Basis] = Basis,
) -> list[Tally]:  # fmt: skip
    """The tally of each key; the tickets are walked once for all of them."""
    plan_for_values(session)
    found: list[Counts] = [defaultdict(_nothing) for _ in keys]
    for basis in bases:
        walked = _walked(session, span, today, keys, cut or Cut(), basis)
        sums = [func.sum(walked.c[f"is_{place}"]) for place in _PLACES[basis]]
        told = [
            select(literal(number), walked.c[f"key_{number}"], *sums).group_by(walked.c[f"key_{number}"])
            for number in range(len(keys))
        ]
        for number, code, *counts in session.execute(union_all(*told)):
            into = found[number][code or ""]
            for place, count in zip(_PLACES[basis], counts, strict=True):
                into[place] += int(count or 0)
    return [Tally(span, cut or Cut(), key, counts) for key, counts in zip(keys, found, strict=True)]


def _walked(
    session: Session, span: Span, today: date, keys: Sequence[Key | None], cut: Cut, basis: Basis
) -> CTE:  # fmt: skip
    """The tickets of the period: the code by each key, and of each measure whether it holds (1 or 0)."""
    codes = [type_coerce(_key(key, basis), String).label(f"key_{number}") for number, key in enumerate(keys)]
    measures = [MEASURES[_NAMES[place]] for place in _PLACES[basis]]
    holds = [case((one.holds(today), 1), else_=0) for one in measures]
    flags = [one.label(f"is_{place}") for one, place in zip(holds, _PLACES[basis], strict=True)]
    query = select(*codes, *flags).select_from(source(basis)).where(*of_period(basis, span.since, span.until))
    mine = [unit_of(basis) == cut.unit] if cut.unit else []
    return query.where(*_narrowed(session, cut), *mine).cte("walked")


def _key(key: Key | None, basis: Basis) -> ColumnElement[Any]:
    if key is None:
        return literal("")
    if isinstance(key, Period):
        # Months where nothing finer is asked for: fewer rows.
        day = day_of(basis)
        return day if key in (Period.DAY, Period.WEEK) else func.substr(day, 1, 7)
    columns: dict[By, ColumnElement[Any]] = {
        By.UNIT: unit_of(basis), By.MATTER: T.matter, By.PLACE: T.territory, By.TYPE: T.request_type,
        By.CHANNEL: T.channel,
    }
    return columns[key]


def _names(session: Session, by: By) -> Mapping[str, str]:
    if by == By.UNIT:
        return unit_names(session)
    if by in _TREES:
        return {one.code: one.name for one in nodes(session, _TREES[by])}
    return {term.value: term.label for term in (RequestType if by == By.TYPE else Channel)}


def _narrowed(session: Session, cut: Cut) -> Iterable[ColumnElement[bool]]:
    if cut.matter:
        yield T.matter.in_(downwards(session, MATTERS, cut.matter))
    if cut.place:
        yield T.territory.in_(downwards(session, TERRITORIES, cut.place))


def _sole(tops: list[str]) -> str:
    """The one top of a tree, such as the county of all towns; "" where there are several."""
    return tops[0] if len(tops) == 1 else ""


def _rolled(counts: Mapping[str, Row], tree: list[Node], root: str) -> dict[str, Row]:
    """The counts of the nodes right below `root`; what is of the root itself stays under it."""
    parents = {one.code: one.parent for one in tree}

    def top(code: str) -> str:
        while code != root and parents.get(code, root) != root:
            code = parents[code]
        return code

    return _gathered((top(code), row) for code, row in counts.items())
