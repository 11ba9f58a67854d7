"""Handlers: what units applied to give back (R26), and what the office ruled; a unit sees its own alone."""

from __future__ import annotations

from console import spreadsheet
from console.page import Answered, Shown, Visit
from console.seeing import unit_of
from tickets.access import UNIT_ROLES
from tickets.errors import Invalid
from tickets.returns import MOST, Ruling, Sought, returns
from tickets.terms import RequestType
from tickets.trees import MATTERS, nodes
from tickets.units import all_units, unit_names
from tickets.wording import clean_date

SIZE = 50
_HEADER = ("工单", "承办单位", "申请时间", "申请人", "退回理由", "类型", "事项", "裁定", "裁定时间", "裁定理由")


def listing(visit: Visit) -> Answered:
    """A page of applications."""
    after = visit.asked("after")
    if after and not (after.isascii() and after.isdigit() and len(after) < 16):
        raise Invalid("after", "不是页码")
    sought = _sought(visit)
    rows, last = returns(visit.session, sought, SIZE, int(after or 0))
    of_unit = visit.by.role in UNIT_ROLES
    values = {
        "rows": rows, "after": last, "sought": sought, "of_unit": of_unit, "units": unit_names(visit.session),
        "choices": [] if of_unit else [(one.code, one.name) for one in all_units(visit.session)],
        "rulings": [(one.value, one.label) for one in Ruling],
    }  # fmt: skip
    return Shown(values, seen=tuple(row["number"] for row in rows))


def export(visit: Visit) -> Answered:
    """The applications that are asked for, as a spreadsheet."""
    sought, names = _sought(visit), unit_names(visit.session)
    matters = {node.code: node.name for node in nodes(visit.session, MATTERS)}
    found = list(spreadsheet.every(lambda after: returns(visit.session, sought, MOST, after or 0)))
    lines = [
        (row["number"], names.get(row["unit"], row["unit"]), f"{row['at']:%Y-%m-%d %H:%M}", row["author"],
         row["reason"], RequestType(row["request_type"]).label, matters.get(row["matter"] or "", ""),
         row["ruling"].label, f"{row['ruled_at']:%Y-%m-%d %H:%M}" if row["ruled_at"] else "", row["ruling_reason"])
        for row in found
    ]  # fmt: skip
    return spreadsheet.saved("退回记录", _HEADER, lines, [row["number"] for row in found])


def _sought(visit: Visit) -> Sought:
    """The applications that are asked for. Raises Invalid, Forbidden."""
    ruling = visit.asked("ruling")
    if ruling and ruling not in set(Ruling):
        raise Invalid("ruling", "没有这个选项")
    since, until = (clean_date(label, word) if (word := visit.asked(name)) else None
                    for name, label in (("since", "自"), ("until", "至")))  # fmt: skip
    unit = unit_of(visit.by, visit.asked("unit"))
    return Sought(unit, Ruling(ruling) if ruling else None, since, until, visit.asked("sort") == "old")
