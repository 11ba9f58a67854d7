"""The figures of callbacks as a file, in the words that people read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

from openpyxl import Workbook

from callback_survey.deciding import Stage
from callback_survey.labels import ANSWERS, BY, TITLES
from callback_survey.sampling import Kind

Named = Callable[[str, str], str]
"""The words of an `outcome`, a `unit` or a `matter`, by its code."""
Row = tuple[str, str, Any, Any, Any, Any]

KINDS: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The kinds of files there are, with their media types."""
HEAD = ("组别", "名称", "数量", "占比", "95% 区间自", "95% 区间至")
_CALLS = {
    "calls": "已拨打", "reached": "有人接听", "called_in": "群众回电", "seconds_a_call": "平均通话秒数",
    "trunk_minutes": "中继计费分钟",
}  # fmt: skip


def exported(found: Mapping[str, Any], kind: str, named: Named) -> bytes:
    """The figures as a file of a kind. Raises KeyError for another."""
    table = [HEAD, *([_safe(value) for value in row] for row in rows(found, named))]
    return {"csv": _csv, "xlsx": _xlsx}[kind](table)


def rows(found: Mapping[str, Any], named: Named) -> list[Row]:
    """The figures as a table: group, name, number, share, from, to (the last three empty where there is no share)."""
    return [
        *(_plain("通话", name, found[code]) for code, name in _CALLS.items()),
        *(_plain("各阶段件数", Stage(code).label, number) for code, number in found["callbacks"].items()),
        *(_plain("通话结果", named("outcome", code), number) for code, number in found["outcomes"].items()),
        *(_plain("每题的回答", _answered(one), one["number"]) for one in found["questions"]),
        *(_share("按承办单位的满意率", named("unit", one["name"]), one) for one in found["by_unit"]),
        *(_share("按事项的满意率", named("matter", one["name"]), one) for one in found["by_matter"]),
        *(_share("已联系群众", named("unit", one["name"]), one) for one in found["contacts"]),
        *(_plain("称未联系，台账没有通话", named("unit", one["name"]), one["no_call"]) for one in found["contacts"]),
        *(_share("热线办抽查", _checked(one, named), one) for one in found["checks"]),
        _share("满意率", "全部", found["satisfaction"]),
    ]  # fmt: skip


def _plain(group: str, name: str, number: Any) -> Row:
    return (group, name, number, "", "", "")


def _share(group: str, name: str, one: Mapping[str, Any]) -> Row:
    return (group, name, one["answers"], one["share"], *one["interval"])


def _checked(one: Mapping[str, Any], named: Named) -> str:
    return f"{named('unit', one['name'])} {Kind(one['kind']).label}"


def _answered(one: Mapping[str, Any]) -> str:
    question, value, by = one["question"], one["value"], one["by"]
    return f"{TITLES.get(question, question)} {ANSWERS.get((question, value), value) or '已说明'}（{BY.get(by, by)}）"


def _safe(value: Any) -> Any:
    """The value so that no sheet takes it for a formula: units and matters name themselves."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _csv(table: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(table: Any) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("回访统计")
    for row in table:
        sheet.append(list(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
