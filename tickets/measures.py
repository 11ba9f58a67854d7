"""What figures count: each measure is a set of tickets, told by the date that puts a ticket into a period, and by what
must be true of it. Counting (`figures.counting`) and the list behind a number (`queries`) use the same conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, String, and_, exists, func, literal_column, or_, select
from sqlalchemy import cast as as_type
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from tickets.access import Action
from tickets.deadlines import start_of
from tickets.records import EVENTS, TICKETS
from tickets.terms import Solved, State, Supervision, Term

Condition = ColumnElement[bool]
T = TICKETS.c
SATISFIED = (1, 2, 3)
"""非常满意, 满意, 基本满意."""
_LATER = EVENTS.alias("later")
_EARLIER = EVENTS.alias("earlier")


class Basis(Term):
    """The date by which a ticket belongs to a period; Asia/Shanghai."""

    REGISTERED = "registered", "登记日期"
    SIGN = "sign", "签收期限"
    RESOLVE = "resolve", "办结期限"
    CALLBACK = "callback", "回访日期"
    RETURN = "return", "申请退回日期"


class _Due(FunctionElement[bool]):
    """Whether a moment lies before the end of a day of Asia/Shanghai."""

    inherit_cache = True


@compiles(_Due, "sqlite")
def _due_sqlite(element: _Due, compiler: Any, **kw: Any) -> str:
    moment, day = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({moment} < {day} || ' 16:00:00.000000')"  # moments are kept in UTC, eight hours behind


@compiles(_Due, "postgresql")
def _due_postgresql(element: _Due, compiler: Any, **kw: Any) -> str:
    moment, day = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({moment} < timezone('Asia/Shanghai', ({day} + 1)::timestamp))"


class _LocalDay(FunctionElement[str]):
    """The day of Asia/Shanghai in which a moment lies, as ISO text."""

    type = String()
    inherit_cache = True


@compiles(_LocalDay, "sqlite")
def _day_sqlite(element: _LocalDay, compiler: Any, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, '+8 hours')"


@compiles(_LocalDay, "postgresql")
def _day_postgresql(element: _LocalDay, compiler: Any, **kw: Any) -> str:
    return f"to_char(timezone('Asia/Shanghai', {compiler.process(element.clauses, **kw)}), 'YYYY-MM-DD')"


@dataclass(frozen=True, slots=True)
class Measure:
    """A set of tickets: `holds` is its condition on a day (what is not due by then does not count yet)."""

    name: str
    label: str
    basis: Basis
    holds: Callable[[date], Condition]


def _in_time(moment: str, due: str) -> Condition:
    return and_(T[moment].is_not(None), as_condition(_Due(T[moment], T[due])))


def as_condition(element: Any) -> Condition:
    """The element as a condition."""
    found: Condition = element
    return found


def _accepted(_today: date) -> Condition:
    return T.state.not_in((State.DRAFT, State.REFUSED, State.MERGED))


def _supervised(level: Supervision) -> Callable[[date], Condition]:
    return lambda today: and_(_accepted(today), T.supervision == level)


def _owed(moment: str, due: str) -> Callable[[date], Condition]:
    """Has a unit, is not waiting for a ruling on its return, and is done or overdue."""
    return lambda today: and_(
        T.lead_unit.is_not(None), T.state.not_in((State.RETURNED, State.MERGED)),
        or_(T[moment].is_not(None), T[due] < today),
    )  # fmt: skip


_SIGN, _RESOLVE = _owed("signed_at", "due_return"), _owed("resolved_at", "due_resolve")
_SIGNED, _RESOLVED = _in_time("signed_at", "due_return"), _in_time("resolved_at", "due_resolve")


def _not(condition: Condition) -> Condition:
    # Also where the condition is unknown: a moment that has not come.
    return func.coalesce(condition, False).is_(False)


# As the index of returns has it, so that it is used.
IS_RETURN = EVENTS.c.action == literal_column(f"'{Action.RETURN.value}'")


def _first_return(_today: date) -> Condition:
    """A unit's first application for a ticket: one that applies again is counted once."""
    earlier = (_EARLIER.c.ticket_id == EVENTS.c.ticket_id, _EARLIER.c.unit == EVENTS.c.unit)
    again = exists().where(*earlier, _EARLIER.c.seq < EVENTS.c.seq, _EARLIER.c.action == Action.RETURN.value)
    return and_(IS_RETURN, ~again)


def _upheld(today: date) -> Condition:
    """The next ruling after it agreed with the unit."""
    rulings = (_LATER.c.ticket_id == EVENTS.c.ticket_id, _LATER.c.seq > EVENTS.c.seq,
               _LATER.c.action == Action.RULE.value)  # fmt: skip
    first = select(func.min(_LATER.c.seq)).where(*rulings).correlate(EVENTS).scalar_subquery()
    agreed = exists().where(
        _LATER.c.ticket_id == EVENTS.c.ticket_id, _LATER.c.seq == first, _LATER.c.detail["upheld"].as_boolean()
    )
    return and_(_first_return(today), agreed)


_ROWS = (
    Measure("received", "登记量", Basis.REGISTERED, lambda _: T.id.is_not(None)),
    Measure("accepted", "受理量", Basis.REGISTERED, _accepted),
    Measure("refused", "不予受理量", Basis.REGISTERED, lambda _: T.state == State.REFUSED),
    Measure("direct", "即时答复量", Basis.REGISTERED, lambda today: and_(_accepted(today), T.direct)),
    Measure("repeated", "重复反映量", Basis.REGISTERED, lambda today: and_(_accepted(today), T.repeats > 0)),
    Measure("tracked", "跟踪督办量", Basis.REGISTERED, _supervised(Supervision.TRACKED)),
    Measure("key", "重点督办量", Basis.REGISTERED, _supervised(Supervision.KEY)),
    Measure("false", "虚假回复量", Basis.REGISTERED, lambda today: and_(_accepted(today), T.false_reply)),
    Measure("sign_due", "应签收量", Basis.SIGN, _SIGN),
    Measure("signed", "按时签收量", Basis.SIGN, lambda today: and_(_SIGN(today), _SIGNED)),
    Measure("signed_late", "未按时签收量", Basis.SIGN, lambda today: and_(_SIGN(today), _not(_SIGNED))),
    Measure("due", "应办结量", Basis.RESOLVE, _RESOLVE),
    Measure("on_time", "按时办结量", Basis.RESOLVE, lambda today: and_(_RESOLVE(today), _RESOLVED)),
    Measure("late", "逾期量", Basis.RESOLVE, lambda today: and_(_RESOLVE(today), _not(_RESOLVED))),
    Measure("asked", "解决评价量", Basis.CALLBACK, lambda _: T.solved.is_not(None)),
    Measure("solved", "解决量", Basis.CALLBACK, lambda _: T.solved == Solved.YES),
    Measure("rated", "满意评价量", Basis.CALLBACK, lambda _: T.satisfied.is_not(None)),
    Measure("satisfied", "满意量", Basis.CALLBACK, lambda _: T.satisfied.in_(SATISFIED)),
    Measure("returned", "申请退回量", Basis.RETURN, _first_return),
    Measure("upheld", "同意退回量", Basis.RETURN, _upheld),
)
MEASURES: Mapping[str, Measure] = MappingProxyType({row.name: row for row in _ROWS})
_MOMENTS: Mapping[Basis, ColumnElement[Any]] = {
    Basis.REGISTERED: T.created_at, Basis.CALLBACK: T.called_back_at, Basis.RETURN: EVENTS.c.at,
}
_DAYS: Mapping[Basis, ColumnElement[Any]] = {Basis.SIGN: T.due_return, Basis.RESOLVE: T.due_resolve}


def of_period(basis: Basis, since: date | None, until: date | None) -> list[Condition]:
    """That the date of the basis lies from `since` to `until`, both days included."""
    found: list[Condition] = []
    if basis in _DAYS:
        found += [_DAYS[basis] >= since] if since else []
        return found + ([_DAYS[basis] <= until] if until else [])
    found += [IS_RETURN] if basis == Basis.RETURN else []
    found += [_MOMENTS[basis] >= start_of(since)] if since else []
    return found + ([_MOMENTS[basis] < start_of(until + timedelta(days=1))] if until else [])


def day_of(basis: Basis) -> ColumnElement[str]:
    """The day of the basis, as ISO text."""
    if basis in _DAYS:
        return as_type(_DAYS[basis], String)
    return _LocalDay(_MOMENTS[basis])


def unit_of(basis: Basis) -> ColumnElement[Any]:
    """The unit that a measure of the basis counts for: the lead, or who applied to return."""
    return EVENTS.c.unit if basis == Basis.RETURN else T.lead_unit


def source(basis: Basis) -> Any:
    """What a measure of the basis is counted from."""
    return TICKETS.join(EVENTS, EVENTS.c.ticket_id == T.id) if basis == Basis.RETURN else TICKETS


def behind(measure: Measure, since: date | None, until: date | None, unit: str, today: date) -> Condition:
    """That a ticket is one of those the measure counts for a period, and for a unit when one is named."""
    ids = select(T.id).select_from(source(measure.basis)).where(*of_period(measure.basis, since, until))
    ids = ids.where(measure.holds(today))
    if unit:
        ids = ids.where(unit_of(measure.basis) == unit)
    return T.id.in_(ids)


