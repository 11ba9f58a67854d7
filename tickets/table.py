"""A list of tickets as a table: what the page, the REST interface and the command line export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tickets.terms import Channel, Light, RequestType, State, Supervision

TITLE = "工单"
COLUMNS = ("编号", "状态", "警示", "督办", "类型", "来源", "标题", "姓名", "电话", "承办单位", "登记时间", "办结期限")


def line(row: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    """The cells of a row of a list, masked or not as it is; `names` are the units'."""
    return (
        row["number"], State(row["state"]).label, Light(row["light"]).label, Supervision(row["supervision"]).label,
        RequestType(row["request_type"]).label, Channel(row["channel"]).label, row["subject"], row["citizen_name"],
        row["phone"], names.get(row["lead_unit"] or "", ""), str(row["created_at"])[:16].replace("T", " "),
        str(row["due_resolve"] or ""),
    )  # fmt: skip
