"""A calendar notice as a table: read row by row, every bad row told, nothing taken when one is bad."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tickets.errors import ImportRefused, Invalid, RowError
from tickets.sheets import cell_text, header_places, read_rows
from tickets.wording import clean_date, clean_text
from tickets.workdays import NATIONAL, PREFECTURE, Day, DayKind

_COLUMNS = {
    "date": ("date", "日期"),
    "kind": ("kind", "类型", "休班"),
    "name": ("name", "名称", "节日"),
    "region": ("region", "地区"),
    "source": ("source", "依据", "通知"),
}
_KINDS = {
    **dict.fromkeys(("off", "休", "放假", "休息"), DayKind.OFF),
    **dict.fromkeys(("work", "班", "上班", "调休", "补班"), DayKind.WORK),
}
_REGIONS = {
    **dict.fromkeys(("cn", "national", "全国", "国家"), NATIONAL),
    **dict.fromkeys((PREFECTURE, "local", "楚雄", "楚雄州"), PREFECTURE),
}


def region_code(word: str) -> str:
    """The code of a region's name (national, local, 全国, 楚雄州, ...). Raises Invalid."""
    code = _REGIONS.get(word.strip().lower())
    if code is None:
        raise Invalid("地区", f"“{word[:20]}”应为 national（全国）或 local（楚雄州）")
    return code


def read_notice(path: Path, region: str, source: str) -> list[Day]:
    """The days of a notice (.csv or .xlsx; columns date, kind; name, region, source when given).

    `region` and `source` stand for rows without their own. Raises ImportRefused with each bad row, Invalid.
    """
    rows = read_rows(path)
    if not rows:
        raise Invalid("文件", "是空的")
    places = header_places(rows[0][1], _COLUMNS)
    if "date" not in places or "kind" not in places:
        raise Invalid("表头", "要有 date（日期）和 kind（类型）两列")
    days: dict[tuple[str, date], Day] = {}
    bad: list[RowError] = []
    for number, row in rows[1:]:
        try:
            cells: dict[str, Any] = {key: cell_text(row, place) for key, place in places.items()}
            if len(row) > places["date"]:
                cells["date"] = row[places["date"]]  # a spreadsheet's date is a date, not a text
            day = _day(cells, region, source)
            if (day.region, day.day) in days:
                raise Invalid("日期", f"{day.day} 重复")
            days[day.region, day.day] = day
        except Invalid as error:
            bad.append(RowError(number, str(error)))
    if bad:
        raise ImportRefused(bad)
    if not days:
        raise Invalid("文件", "没有任何日期")
    return list(days.values())


def _day(cells: dict[str, Any], region: str, source: str) -> Day:
    word = cells["kind"].lower()
    kind = _KINDS.get(word)
    if kind is None:
        raise Invalid("类型", f"“{word[:20]}”应为 off（休）或 work（班）")
    return Day(
        clean_date("日期", cells["date"]),
        kind,
        clean_text("名称", cells.get("name", ""), 100),
        region_code(cells["region"]) if cells.get("region") else region,
        clean_text("依据", cells.get("source") or source, 200, shortest=1),
    )
