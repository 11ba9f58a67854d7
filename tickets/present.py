"""Tickets as plain mappings for JSON, and as lines of Chinese text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tickets.access import Role
from tickets.records import plain
from tickets.terms import Term
from tickets.ticket import Ticket
from tickets.transitions import TABLE, possible

MOVES = {action.value: row.meaning for action, row in TABLE.items()} | {
    "create": "登记",
    "absorb": "并入",
    "warn": "临期提醒",
    "overdue": "逾期",
    "recompute": "期限重算",
    "attach": "附件",
    # What else is on record (the audit log).
    "read": "查看工单", "search": "查找工单", "dashboard": "办理概况", "history": "查看经过", "unmask": "查看群众",
    "export": "导出", "calendar-read": "查看日历", "calendar-import": "导入日历", "units-read": "查看单位",
    "units-import": "导入单位", "message": "接入消息", "messages": "查看消息", "knowledge-read": "查知识库",
    "knowledge": "编知识库", "calls": "查看通话", "reports": "话务报表", "missed": "未接回拨", "callbacks": "自动回访",
    "checks": "回访抽查", "accounts": "账号管理", "audit": "审计记录", "database": "数据库", "figures": "统计分析",
    "topics": "热点分析", "bulletin": "月报", "remark": "月报说明", "ranking": "查看排名", "freeze": "固化排名",
    "appeal": "排名申诉", "floor-read": "现场监控", "floor": "现场操作", "webhooks": "事件推送", "seat": "坐席",
    "login": "登录", "account": "本人账号",
}  # fmt: skip


def ticket_dict(ticket: Ticket) -> dict[str, Any]:
    """The ticket as JSON holds it: ISO dates and moments, codes for terms, and what can be done next."""
    found = {f.name: plain(getattr(ticket, f.name)) for f in fields(ticket) if f.name != "units"}
    found["units"] = [
        {name: plain(getattr(part, name)) for name in ("unit", "part", "report", "reported_at")}
        for part in ticket.units
    ]
    found["overdue"] = [name for name in ticket.overdue.split(",") if name]
    found["state_label"] = ticket.state.label
    found["possible"] = [row.action.value for row in possible(ticket)]
    coded: dict[str, Any] = codes(found)
    return coded


def codes(value: Any) -> Any:
    """The value with every term as its bare code, dates and moments as ISO text."""
    if isinstance(value, Mapping):
        return {key: codes(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [codes(item) for item in value]
    return value.value if isinstance(value, Term) else plain(value)


def ticket_lines(ticket: Ticket, names: Mapping[str, str]) -> list[str]:
    """The ticket for a terminal; `names` has the units' names by code."""
    lead = names.get(ticket.lead_unit or "", ticket.lead_unit or "未派单")
    lines = [
        f"工单 {ticket.number}  {ticket.state.label}  {ticket.light.label}  {ticket.supervision.label}",
        f"  来源 {ticket.channel.label}  类型 {ticket.request_type.label}  登记 {_moment(ticket.created_at)}",
        f"  标题 {ticket.subject}",
        f"  群众 {ticket.citizen_name or '未留名'}  电话 {ticket.phone or '无'}",
        *([f"  服务评价 {ticket.rating}"] if ticket.rating else []),
        f"  承办 {lead}  版本 {ticket.version}",
    ]
    for label, due in (
        ("联系", ticket.due_contact),
        ("办结", ticket.due_resolve),
        ("复核", ticket.due_review),
    ):
        if due:
            lines.append(f"  {label}期限 {due}{'（暂定）' if ticket.provisional else ''}")
    lines += [f"  {label} {text}" for label, text in (("内容", ticket.body), ("结果", ticket.result)) if text]
    if ticket.referral:
        lines.append(f"  告知 {ticket.referral}")
    can = "、".join(f"{row.meaning}（{row.action.value}）" for row in possible(ticket))
    return [*lines, f"  可以 {can or '无'}"]


def row_line(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A row of a list for a terminal."""
    lead = names.get(row["lead_unit"] or "", "未派单")
    due = f"期限{row['due_resolve']}" if row["due_resolve"] and not row["closed_at"] else ""
    words = (row["number"], row["state"].label, row["light"].label, row["request_type"].label, lead, due)
    return "  ".join(word for word in (*words, row["subject"]) if word)


def event_line(event: Mapping[str, Any]) -> str:
    """A change of a ticket for a terminal."""
    who = f"{event['author']}（{Role(event['role']).label}{' ' + event['unit'] if event['unit'] else ''}）"
    moved = "" if event["state_from"] == event["state_to"] else f" → {event['state_to'].label}"
    name = MOVES.get(event["action"], event["action"])
    said = "" if event["reason"] == name else f"  {event['reason']}"
    return f"{event['seq']:>3}  {_moment(event['at'])}  {name}{moved}  {who}{said}"


def _moment(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
