"""Handlers: the registers' lists as spreadsheets, narrowed and sorted as their pages are."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from console import audit, registers, spreadsheet
from console.page import Answered, Saved, Visit
from store.base import now
from tickets.access import Role
from tickets.present import MOVES
from tickets.units import unit_names
from tickets.units_form import TITLE, write_form

_PAGE = 200


def units(visit: Visit) -> Answered:
    """The registry form (R49) of the units that are shown."""
    with TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder) / "units.xlsx"
        write_form(registers.units_of(visit), path)
        return Saved(f"{TITLE}-{now():%Y%m%d}.xlsx", data=path.read_bytes(), media=spreadsheet.MEDIA)


def accounts(visit: Visit) -> Answered:
    """The accounts that are shown; no secret."""
    names = unit_names(visit.session)
    lines = [
        (one["name"], "、".join(Role(role).label for role in one["roles"]), names.get(one["unit"], one["unit"]),
         "正常" if one["active"] else "停用", "是" if one["second_factor"] else "")
        for one in registers.accounts_of(visit)
    ]  # fmt: skip
    return spreadsheet.saved("账号", ("账号", "角色", "单位", "状态", "两步验证"), lines)


def audit_log(visit: Visit) -> Answered:
    """The records that are shown."""
    sought = registers.audit_sought(visit)
    lines = [
        (one["at"][:19].replace("T", " "), one["account"], one["role"], MOVES.get(one["action"], one["action"]),
         one["ticket"], one["remote"], one["status"], one["detail"])
        for one in spreadsheet.every(lambda after: audit.read(visit.session, _PAGE, after or 0, sought))
    ]  # fmt: skip
    return spreadsheet.saved("审计记录", ("时间", "账号", "角色", "事项", "工单", "来自", "结果", "详情"), lines)
