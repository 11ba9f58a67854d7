"""Handlers: how many agents each hour of the week needs, from the past weeks and from what would be otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from callqueue import staffing
from callqueue.staffing import Need, Plan
from console.page import Answered, Shown, Visit
from store.base import now
from tickets.errors import Invalid

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@dataclass(frozen=True, slots=True)
class Entry:
    """A number that is typed: name, label, bounds, what stands there at first, and what it means."""

    name: str
    label: str
    least: int
    most: int
    usual: int
    hint: str = ""


ENTRIES = (
    Entry("weeks", "参考最近（周）", 1, 52, 8, "1 至 52 周"),
    Entry("target", "目标接通率（%）", 1, 99, 95, "国标为 95"),
    Entry("seconds", "目标秒数", 1, 600, 15, "在这么多秒内接通"),
    Entry("shrinkage", "离席比例（%）", 0, 90, 30, "休息、培训、请假"),
    Entry("growth", "如果话务量增加（%）", -90, 900, 0, "负数为减少"),
    Entry("handling", "如果每通用时（秒）", 0, 7200, 0, "0 为按以往"),
)


def page(visit: Visit) -> Answered:
    """The table of the week: agents at the phone and on the roster, and how many more than without the what-if."""
    typed = {one.name: _typed(visit, one) for one in ENTRIES}
    wanted = Plan(
        typed["target"] / 100, typed["seconds"], 1 + typed["growth"] / 100, typed["handling"], typed["shrinkage"] / 100
    )
    until = now().date()
    since = until - timedelta(weeks=typed["weeks"])
    known = staffing.from_ledger(visit.session, since, until, int(visit.services.more.get("wrap_up", 0)))
    needs = staffing.plan(known, wanted)
    usual = staffing.plan(known, replace(wanted, growth=1.0, handling=0.0))
    values = {
        "entries": ENTRIES, "typed": typed, "since": since.isoformat(), "weekdays": WEEKDAYS,
        "until": (until - timedelta(days=1)).isoformat(), "otherwise": typed["growth"] or typed["handling"],
        "hours": _hours(needs, usual), "sums": _sums(needs, usual), "drawing": _chart(needs),
    }  # fmt: skip
    return Shown(values)


def _typed(visit: Visit, one: Entry) -> int:
    text = visit.asked(one.name)
    digits = text.removeprefix("-")
    if text and not (digits.isascii() and digits.isdigit() and len(digits) <= 4):
        raise Invalid(one.name, f"{one.label}应为整数")
    value = int(text) if text else one.usual
    if not one.least <= value <= one.most:
        raise Invalid(one.name, f"{one.label}应为{one.least}至{one.most}")
    return value


def _hours(needs: list[Need], usual: list[Need]) -> list[dict[str, Any]]:
    """The hours of the day that need somebody on some day, each with the seven days."""
    rows = []
    for hour in range(24):
        days = [(one, one.agents - other.agents) for one, other in zip(needs, usual, strict=True) if one.hour == hour]
        if any(one.agents for one, _ in days):
            rows.append({"hour": f"{hour:02d}:00", "days": [{"need": one, "more": more} for one, more in days]})
    return rows


def _sums(needs: list[Need], usual: list[Need]) -> list[dict[str, Any]]:
    """Of each weekday: calls, and hours of agents on the roster; and how many more of these."""
    sums = []
    for day in range(7):
        mine = [one for one in needs if one.weekday == day]
        roster = sum(one.roster for one in mine)
        more = roster - sum(one.roster for one in usual if one.weekday == day)
        sums.append({"calls": round(sum(one.calls for one in mine), 1), "roster": roster, "more": more})
    return sums


def _chart(needs: list[Need]) -> dict[str, Any]:
    series = [
        {"name": name, "type": "line", "data": [one.calls for one in needs if one.weekday == day]}
        for day, name in enumerate(WEEKDAYS)
    ]
    return {
        "legend": {"data": list(WEEKDAYS)}, "yAxis": {"type": "value", "name": "通"}, "series": series,
        "xAxis": {"type": "category", "data": [f"{hour:02d}:00" for hour in range(24)]},
    }  # fmt: skip
