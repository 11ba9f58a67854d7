"""Handlers: the registers' lists as spreadsheets, narrowed and sorted as their pages are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from callqueue import missed
from console import audit, registers, spreadsheet
from console.desk_missed import STATES
from console.outcomes import because
from console.page import Answered, Saved, Visit
from store.base import now
from tickets.access import Role
from tickets.errors import Invalid
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
    """The records that are shown, newest first."""
    lines = [
        (one["at"][:19].replace("T", " "), one["account"], one["role"], MOVES.get(one["action"], one["action"]),
         one["ticket"], one["remote"], one["status"], one["detail"])
        for one in _audit(visit)
    ]  # fmt: skip
    return spreadsheet.saved("审计记录", ("时间", "账号", "角色", "事项", "工单", "来自", "结果", "详情"), lines)


def _audit(visit: Visit) -> Iterator[dict[str, Any]]:
    after, count = 0, 0
    while count < spreadsheet.MOST_ROWS:
        found = audit.read(visit.session, _PAGE, after, visit.asked("account"), visit.asked("ticket"))
        yield from found
        count += len(found)
        if len(found) < _PAGE:
            return
        after = found[-1]["id"]


def missed_calls(visit: Visit) -> Answered:
    """The callers to be called back that are shown."""
    state, agent = visit.asked("state") or "open", visit.asked("assignee")
    if state not in dict(STATES):
        raise Invalid("state", "没有这种状态")
    found = missed.tasks(visit.session, state != "open", agent, "" if state == "all" else state)
    lines = [
        (one["phone"], dict(STATES).get(one["state"], one["state"]), because(one["reason"]) if one["reason"] else "",
         one["calls"], one["last_at"], one["due_at"], one["assignee"], one["attempts"])
        for one in found
    ]  # fmt: skip
    header = ("电话", "状态", "关闭原因", "未接次数", "最近来电", "应回拨", "坐席", "已拨次数")
    return spreadsheet.saved("未接回拨", header, lines)
