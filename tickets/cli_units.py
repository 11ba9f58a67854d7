"""`hotline units ...`: the registry, the trees and the duty catalogue."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from dataclasses import asdict
from pathlib import Path

from store.engine import Store
from tickets.cli_output import answer, command
from tickets.duties import import_duties, start_catalogue, suggest
from tickets.errors import Invalid
from tickets.trees import MATTERS, TERRITORIES, import_nodes, nodes
from tickets.units import Unit, all_units, put_units, unit_named
from tickets.units_form import read_form, write_form

_TREES = {"territories": TERRITORIES, "matters": MATTERS}


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    """Adds `hotline units`."""
    units = subparsers.add_parser("units", help="units, places, matters and duties")
    commands = units.add_subparsers(dest="units_command", required=True)
    load = command(commands.add_parser("import", help="load a table (.xlsx or .csv)"), _import)
    load.add_argument("file", type=Path)
    kinds = ["registry", *_TREES, "duties"]
    load.add_argument("--kind", choices=kinds, default="registry", help="registry: the form of R49")
    export = command(commands.add_parser("export", help="write the registry form (.xlsx)"), _export)
    export.add_argument("file", type=Path)
    command(commands.add_parser("list", help="every unit"), _list)
    show = command(commands.add_parser("show", help="one unit with its people"), _show)
    show.add_argument("unit", help="code or whole name")
    tree = command(commands.add_parser("tree", help="the places or the matters"), _tree)
    tree.add_argument("--kind", choices=list(_TREES), default="matters")
    best = command(commands.add_parser("suggest", help="which unit answers for it"), _suggest)
    best.add_argument("--matter", default="")
    best.add_argument("--territory", default="")
    start = commands.add_parser("start", help="put in the towns, matters and units the package brings")
    command(start, _start)


def _import(args: Namespace, store: Store) -> int:
    if args.kind == "registry":
        units = read_form(args.file)
        with store.begin() as session:
            added, replaced = put_units(session, units)
        told = {"units": len(units), "added": added, "replaced": replaced}
        return answer(args, told, [f"导入{len(units)}个单位：新增{added}，更新{replaced}"])
    with store.begin() as session:
        if args.kind == "duties":
            count = import_duties(session, args.file)
        else:
            count = import_nodes(session, _TREES[args.kind], args.file)
    return answer(args, {"rows": count}, [f"导入{count}行"])


def _export(args: Namespace, store: Store) -> int:
    if args.file.suffix.lower() != ".xlsx":
        raise Invalid("文件", "只写 .xlsx")
    with store.reading() as session:
        units = all_units(session)
    write_form(units, args.file)
    return answer(args, {"units": len(units), "file": str(args.file)}, [f"已写{len(units)}个单位"])


def _unit_lines(unit: Unit) -> list[str]:
    lines = [f"{unit.code}  {unit.name}  {unit.body}"]
    for person in unit.people:
        words = (person.duty.label, person.name, person.post, person.office_phone, person.mobile)
        lines.append("    " + "  ".join(word for word in words if word))
    return lines + [f"    缺：{what}" for what in unit.missing()]


def _list(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        units = all_units(session)
    told = [asdict(unit) | {"missing": unit.missing()} for unit in units]
    return answer(args, {"units": told}, [f"{unit.code}  {unit.name}" for unit in units])


def _show(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        unit = unit_named(session, args.unit)
    return answer(args, asdict(unit) | {"missing": unit.missing()}, _unit_lines(unit))


def _tree(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        found = nodes(session, _TREES[args.kind])
    lines = [f"{node.code}  {node.name}  {node.parent}  {node.unit}".rstrip() for node in found]
    return answer(args, {"nodes": [asdict(node) for node in found]}, lines)


def _suggest(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        found = suggest(session, args.matter, args.territory)
    told = {"suggestions": [asdict(suggestion) for suggestion in found]}
    return answer(args, told, [f"{s.unit}  {s.name}  {s.why}" for s in found] or ["没有建议，请热线办确定"])


def _start(args: Namespace, store: Store) -> int:
    with store.begin() as session:
        counts = start_catalogue(session)
    return answer(args, counts, [f"{name} {count}" for name, count in counts.items()])
