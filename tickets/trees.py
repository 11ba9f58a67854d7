"""The territory tree (county, towns, villages) and the matter tree: imported as tables, walked up and down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from tickets.errors import ImportRefused, Invalid, NotFound, RowError
from tickets.numbers import insert_for
from tickets.sheets import cell_text, header_places, read_rows
from tickets.unit_tables import MatterRow, TerritoryRow, UnitRow
from tickets.wording import clean_text

TERRITORIES = cast(Table, TerritoryRow.__table__)
MATTERS = cast(Table, MatterRow.__table__)
DEEPEST = 10
_COLUMNS = {
    "code": ("code", "代码", "编码"),
    "name": ("name", "名称"),
    "parent": ("parent", "上级", "上级代码"),
    "unit": ("unit", "责任单位", "单位代码"),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A place or a matter; `parent` is "" at the top; `unit` answers for a place, "" for none."""

    code: str
    name: str
    parent: str = ""
    unit: str = ""


def nodes(session: Session, table: Table) -> list[Node]:
    """Every node of a tree, by code."""
    rows = session.execute(select(table).order_by(table.c.code)).mappings()
    return [Node(r["code"], r["name"], r["parent"] or "", r.get("unit") or "") for r in rows]


def upwards(session: Session, table: Table, code: str) -> list[str]:
    """The code and those above it, the nearest first. Raises NotFound."""
    parents = {row.code: row.parent for row in session.execute(select(table.c.code, table.c.parent))}
    if code not in parents:
        raise NotFound(f"没有代码 {code[:40]}")
    found: list[str] = []
    step: str | None = code
    while step and step not in found:
        found.append(step)
        step = parents.get(step)
    return found


def downwards(session: Session, table: Table, code: str) -> list[str]:
    """The code and every one below it."""
    tree = select(table.c.code).where(table.c.code == code).cte(recursive=True)
    tree = tree.union(select(table.c.code).where(table.c.parent == tree.c.code))
    return list(session.execute(select(tree.c.code)).scalars())


def import_nodes(session: Session, table: Table, path: Path) -> int:
    """How many nodes were put in or changed. Raises ImportRefused with every bad row (nothing is written), Invalid."""
    rows = read_rows(path)
    places = header_places(rows[0][1], _COLUMNS) if rows else {}
    if "code" not in places or "name" not in places:
        raise Invalid("表头", "要有 code（代码）和 name（名称）两列")
    found, bad = _read(rows[1:], places)
    known = {node.code: node for node in nodes(session, table)}
    units = set(session.execute(select(UnitRow.code)).scalars())
    merged = known | {node.code: node for _number, node in found}
    for number, node in found:
        bad += [RowError(number, what) for what in _faults(node, merged, units)]
    if bad:
        raise ImportRefused(sorted(bad, key=lambda error: error.row))
    # Parents first, so that each reference is there when it is needed.
    for node in sorted((node for _number, node in found), key=lambda node: _depth(node, merged)):
        _put(session, table, node)
    return len(found)


def _read(
    rows: Sequence[tuple[int, list[Any]]], places: dict[str, int]
) -> tuple[list[tuple[int, Node]], list[RowError]]:
    found: dict[str, tuple[int, Node]] = {}
    bad: list[RowError] = []
    for number, row in rows:
        cells = {key: cell_text(row, at) for key, at in places.items()}
        try:
            node = Node(
                clean_text("代码", cells["code"], 32, 1),
                clean_text("名称", cells["name"], 100, 1),
                clean_text("上级", cells.get("parent", ""), 32),
                clean_text("责任单位", cells.get("unit", ""), 32),
            )
            if node.code in found:
                raise Invalid("代码", f"{node.code} 重复")
            found[node.code] = number, node
        except Invalid as error:
            bad.append(RowError(number, str(error)))
    return list(found.values()), bad


def _faults(node: Node, all_nodes: dict[str, Node], units: set[str]) -> list[str]:
    faults = []
    if node.parent and node.parent not in all_nodes:
        faults.append(f"没有上级 {node.parent}")
    elif _depth(node, all_nodes) > DEEPEST:
        faults.append("上级关系成环或过深")
    if node.unit and node.unit not in units:
        faults.append(f"没有代码为 {node.unit} 的单位")
    return faults


def _depth(node: Node, all_nodes: dict[str, Node]) -> int:
    depth = 0
    while node.parent in all_nodes and depth <= DEEPEST:
        node, depth = all_nodes[node.parent], depth + 1
    return depth


def _put(session: Session, table: Table, node: Node) -> None:
    values: dict[str, Any] = {"name": node.name, "parent": node.parent or None}
    if "unit" in table.c:
        values["unit"] = node.unit or None
    statement = insert_for(session, table).values(code=node.code, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=values))
