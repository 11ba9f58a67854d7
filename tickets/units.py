"""The registry of units and their people (R19, R49)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from tickets.errors import NotFound
from tickets.terms import Duty
from tickets.unit_tables import PersonRow, UnitRow

UNITS = cast(Table, UnitRow.__table__)
PEOPLE = cast(Table, PersonRow.__table__)


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a unit, as the form has them: 姓名, 单位, 职务, 办公电话, 手机号码."""

    duty: Duty
    name: str
    employer: str = ""
    post: str = ""
    office_phone: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit (责任单位) with its people; `code` is "" before it is stored."""

    name: str
    code: str = ""
    body: str = ""
    reporter: str = ""
    people: tuple[Person, ...] = ()

    def missing(self) -> list[str]:
        """What R19 asks for and the unit lacks: one leader, one liaison, handlers."""
        counts = {duty: sum(person.duty == duty for person in self.people) for duty in Duty}
        wrong = [f"{duty.label}应为一名，现有{counts[duty]}名" for duty in _ONE if counts[duty] != 1]
        return wrong + ([] if counts[Duty.HANDLER] else [f"没有{Duty.HANDLER.label}"])


_ONE = (Duty.LEADER, Duty.LIAISON)


def all_units(session: Session) -> list[Unit]:
    """Every unit by code, with its people in the order of the form."""
    people: dict[str, list[Person]] = {}
    order = (PEOPLE.c.unit, PEOPLE.c.place)
    for row in session.execute(select(PEOPLE).order_by(*order)):
        person = Person(row.duty, row.name, row.employer, row.post, row.office_phone, row.mobile)
        people.setdefault(row.unit, []).append(person)
    return [
        Unit(row.name, row.code, row.body, row.reporter, tuple(people.get(row.code, ())))
        for row in session.execute(select(UNITS).order_by(UNITS.c.code))
    ]


def unit_named(session: Session, word: str) -> Unit:
    """The unit of a code or a whole name. Raises NotFound."""
    found = next((unit for unit in all_units(session) if word in (unit.code, unit.name)), None)
    if found is None:
        raise NotFound(f"没有代码或名称为 {word[:40]} 的单位")
    return found


def unit_name(session: Session, code: str | None) -> str:
    """The name of a unit, "" for none."""
    query = select(UNITS.c.name).where(UNITS.c.code == code)
    return session.execute(query).scalar_one_or_none() or "" if code else ""


def unit_names(session: Session) -> dict[str, str]:
    """The name of every unit by code."""
    return {row.code: row.name for row in session.execute(select(UNITS.c.code, UNITS.c.name))}


def put_units(session: Session, units: Iterable[Unit]) -> tuple[int, int]:
    """How many units were new and how many were known by name and replaced, people and all."""
    known = {row.name: row.code for row in session.execute(select(UNITS.c.name, UNITS.c.code))}
    free = _free_codes(set(known.values()))
    added = replaced = 0
    for unit in units:
        code = known.get(unit.name)
        values = {"body": unit.body, "reporter": unit.reporter}
        if code is None:
            code = unit.code or next(free)
            session.execute(insert(UNITS).values(code=code, name=unit.name, **values))
            added += 1
        else:
            session.execute(update(UNITS).where(UNITS.c.code == code).values(values))
            replaced += 1
        _put_people(session, code, unit.people)
    return added, replaced


def _put_people(session: Session, code: str, people: Sequence[Person]) -> None:
    session.execute(delete(PEOPLE).where(PEOPLE.c.unit == code))
    rows = [{"unit": code, "place": place, **asdict(person)} for place, person in enumerate(people)]
    if rows:
        session.execute(insert(PEOPLE), rows)


def _free_codes(taken: set[str]) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        code = f"U{number:04d}"
        if code not in taken:
            yield code
