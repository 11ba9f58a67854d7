"""Handlers: tables that the office loads and takes out: units, places, matters, duties, the calendar's notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from console.route import Answer, Asked
from console.schema import Schema, text
from store.base import now
from tickets.calendar_check import check_calendar
from tickets.duties import import_duties, start_catalogue
from tickets.notices import read_notice, region_code
from tickets.recompute import import_notice
from tickets.trees import MATTERS, TERRITORIES, import_nodes
from tickets.units import all_units, put_units
from tickets.units_form import TITLE, read_form, write_form

_TREES = {"territories": TERRITORIES, "matters": MATTERS}
KIND: dict[str, Schema] = {"kind": {"type": "string", "enum": ["registry", *_TREES, "duties"]}}
NOTICE: dict[str, Schema] = {"calendar": {"type": "string", "enum": ["national", "local"]}, "source": text(100)}


@contextmanager
def table(asked: Asked) -> Iterator[Path]:
    """The one file sent, on disk for as long as it is read; of its name only the ending counts."""
    ((name, data),) = asked.files
    with TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / f"table{PurePath(name).suffix[:8].lower()}"
        path.write_bytes(data)
        yield path


def import_units(asked: Asked) -> Answer:
    """How many rows or units were loaded. Raises ImportRefused, Invalid."""
    kind = asked.query.get("kind", "registry")
    with table(asked) as path:
        if kind == "registry":
            units = read_form(path)
            added, replaced = put_units(asked.session, units)
            return Answer({"rows": len(units), "added": added, "replaced": replaced})
        if kind == "duties":
            return Answer({"rows": import_duties(asked.session, path)})
        return Answer({"rows": import_nodes(asked.session, _TREES[kind], path)})


def export_units(asked: Asked) -> Answer:
    """The registry form as it is today."""
    with TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder) / "units.xlsx"
        write_form(all_units(asked.session), path)
        return Answer(content=path.read_bytes(), name=f"{TITLE}.xlsx")


def start(asked: Asked) -> Answer:
    """How many of each the package brought."""
    return Answer(start_catalogue(asked.session))


def import_calendar(asked: Asked) -> Answer:
    """What the notice changed, and how many tickets got other dates. Raises ImportRefused, Invalid."""
    region = region_code(asked.query.get("calendar", "local"))
    source = asked.query.get("source") or PurePath(asked.files[0][0]).stem[:100]
    with table(asked) as path:
        days = read_notice(path, region, source)
    loaded, recomputed = import_notice(asked.session, days, rules=asked.rules)
    return Answer({
        "days": len(days), "added": loaded.added, "changed": loaded.changed,
        "announced_years": list(loaded.years), "tickets_recomputed": recomputed,
    })  # fmt: skip


def check(asked: Asked) -> Answer:
    """The doubts about this year and the next."""
    return Answer({"items": [asdict(problem) for problem in check_calendar(asked.session, now().date())]})
