"""The duty catalogue: which unit answers for a matter in a place (R20), and what the package brings to start with."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from tickets.errors import ImportRefused, Invalid, RowError
from tickets.sheets import cell_text, header_places, read_rows
from tickets.trees import MATTERS, TERRITORIES, import_nodes, upwards
from tickets.unit_tables import DutyRow
from tickets.units import UNITS, Unit, put_units
from tickets.wording import clean_text

DUTIES = cast(Table, DutyRow.__table__)
_COLUMNS = {
    "matter": ("matter", "事项", "事项代码"),
    "territory": ("territory", "属地", "属地代码"),
    "unit": ("unit", "责任单位", "单位代码"),
    "basis": ("basis", "依据"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit that may answer for a ticket, and why."""

    unit: str
    name: str
    why: str


def suggest(session: Session, matter: str = "", territory: str = "") -> list[Suggestion]:
    """The units for a matter in a place, best first: the nearest matter, then the nearest place, then the place's own.

    Raises NotFound for codes that do not exist.
    """
    matters = upwards(session, MATTERS, matter) if matter else []
    places = upwards(session, TERRITORIES, territory) if territory else []
    names = {row.code: row.name for row in session.execute(select(UNITS.c.code, UNITS.c.name))}
    found: dict[str, str] = {}
    rows = session.execute(select(DUTIES).where(DUTIES.c.matter.in_(matters))).all()
    ranked = [row for row in rows if row.territory is None or row.territory in places]
    ranked.sort(key=lambda row: (matters.index(row.matter), _nearness(places, row.territory), row.id))
    for row in ranked:
        found.setdefault(row.unit, f"职责目录：事项{row.matter} {row.basis}".strip())
    for row in session.execute(select(TERRITORIES).where(TERRITORIES.c.code.in_(places))):
        if row.unit:
            found.setdefault(row.unit, f"属地：{row.name}")
    return [Suggestion(code, names.get(code, code), why) for code, why in found.items()]


def _nearness(places: list[str], territory: str | None) -> int:
    return len(places) if territory is None else places.index(territory)


def import_duties(session: Session, path: Path) -> int:
    """How many lines were new. Raises ImportRefused with every bad row (nothing is written), Invalid."""
    rows = read_rows(path)
    places = header_places(rows[0][1], _COLUMNS) if rows else {}
    if "matter" not in places or "unit" not in places:
        raise Invalid("表头", "要有 matter（事项）和 unit（责任单位）两列")
    known = _known(session)
    stored = {(row.matter, row.territory, row.unit) for row in session.execute(select(DUTIES))}
    bad: list[RowError] = []
    fresh: list[dict[str, Any]] = []
    for number, row in rows[1:]:
        try:
            line = _line({key: cell_text(row, at) for key, at in places.items()}, known)
        except Invalid as error:
            bad.append(RowError(number, str(error)))
            continue
        key = (line["matter"], line["territory"], line["unit"])
        if key not in stored:
            stored.add(key)
            fresh.append(line)
    if bad:
        raise ImportRefused(bad)
    if fresh:
        session.execute(insert(DUTIES), fresh)
    return len(fresh)


def _known(session: Session) -> dict[str, set[str]]:
    tables = {"matter": MATTERS, "territory": TERRITORIES, "unit": UNITS}
    return {key: set(session.execute(select(table.c.code)).scalars()) for key, table in tables.items()}


def _line(cells: dict[str, str], known: dict[str, set[str]]) -> dict[str, Any]:
    labels = {"matter": "事项", "territory": "属地", "unit": "责任单位"}
    line: dict[str, Any] = {"basis": clean_text("依据", cells.get("basis", ""), 300)}
    for key, label in labels.items():
        code = clean_text(label, cells.get(key, ""), 32, 0 if key == "territory" else 1)
        if code and code not in known[key]:
            raise Invalid(label, f"没有代码 {code}")
        line[key] = code or None
    return line


def start_catalogue(session: Session) -> dict[str, int]:
    """How much was put in of what the package brings: the county's towns, a matter tree, units and a first catalogue.

    Names without people; the county fills in the form and corrects the catalogue. What is there already stays.
    """
    with as_file(files("tickets").joinpath("data")) as folder:
        known = {word for row in session.execute(select(UNITS.c.name, UNITS.c.code)) for word in row}
        units = [unit for unit in shipped_units() if not {unit.name, unit.code} & known]
        put_units(session, units)
        counts = {"units": len(units)}
        for name, table in (("territories", TERRITORIES), ("matters", MATTERS)):
            empty = session.execute(select(table.c.code).limit(1)).first() is None
            counts[name] = import_nodes(session, table, folder / f"{name}.csv") if empty else 0
        empty = session.execute(select(DUTIES.c.id).limit(1)).first() is None
        fresh = empty and counts["matters"] > 0
        counts["duties"] = import_duties(session, folder / "duties.csv") if fresh else 0
        return counts


def shipped_units() -> list[Unit]:
    """The units that a new hotline begins with: names without people."""
    with as_file(files("tickets").joinpath("data/units.csv")) as path:
        return [Unit(str(row[1]), code=str(row[0])) for _number, row in read_rows(path)[1:]]
