"""What may go wrong with a ticket; every message is one a clerk can read."""

from __future__ import annotations

from dataclasses import dataclass


class TicketError(Exception):
    """办理出错。"""


class NotFound(TicketError):
    """查无此项。"""


class Impossible(TicketError):
    """当前状态不能这样办理。"""


class Forbidden(TicketError):
    """没有权限。"""


class Conflict(TicketError):
    """他人刚刚办理过，请刷新后再办。"""


class Invalid(TicketError):
    """填写有误。`field` names what was wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}：{message}")
        self.field = field


@dataclass(frozen=True, slots=True)
class RowError:
    """One bad row of an imported table: its number as the spreadsheet shows it, and why."""

    row: int
    message: str


class ImportRefused(TicketError):
    """导入被拒，一行也没有写入。`rows` has every bad row."""

    def __init__(self, rows: list[RowError]) -> None:
        first = "；".join(f"第{bad.row}行：{bad.message}" for bad in rows[:5])
        super().__init__(f"共{len(rows)}处错误，未导入任何数据：{first}")
        self.rows = rows
