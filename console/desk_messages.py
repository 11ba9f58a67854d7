"""Handlers: messages in and out (R3), with filters, and the figures of how soon they were answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from channels.figures import answered
from channels.listing import MOST, Sought, listed
from channels.terms import Fate
from console import spreadsheet
from console.page import Answered, Shown, Visit
from store.base import now
from tickets.deadlines import start_of
from tickets.errors import Invalid
from tickets.terms import Channel
from tickets.wording import clean_date

SIZE = 50
_HEADER = ("时间", "渠道", "结果", "对方", "工单", "标题", "内容", "原因", "发出时间", "次数")
_DAYS = 30  # that the figures look back


def listing(visit: Visit) -> Answered:
    """A page of messages, and the figures of the last days."""
    rows, after = listed(visit.session, _sought(visit), by=visit.by, size=SIZE, after=visit.asked("after"))
    today = now().date()
    figures = answered(visit.session, start_of(today - timedelta(days=_DAYS)), start_of(today + timedelta(days=1)))
    numbers = tuple(dict.fromkeys(row["number"] for row in rows if row["number"]))
    choices = {
        "channel": [(one.value, one.label) for one in Channel if one is not Channel.PHONE],
        "fate": [(one.value, one.label) for one in Fate],
    }
    return Shown({"rows": rows, "after": after, "figures": figures, "choices": choices, "days": _DAYS}, seen=numbers)


def export(visit: Visit) -> Answered:
    """The list as a spreadsheet."""
    seen: dict[str, None] = {}
    sought = _sought(visit)
    found = spreadsheet.every(
        lambda after: listed(visit.session, sought, by=visit.by, size=MOST, after=after or "")
    )
    lines = [_line(row, seen) for row in found]
    return spreadsheet.saved("消息", _HEADER, lines, tuple(seen))


def _line(row: dict[str, Any], seen: dict[str, None]) -> tuple[Any, ...]:
    if row["number"]:
        seen[row["number"]] = None
    sent = f"{row['sent_at']:%Y-%m-%d %H:%M:%S}" if row["sent_at"] else ""
    return (f"{row['at']:%Y-%m-%d %H:%M:%S}", row["channel"].label, row["fate"].label, row["peer"], row["number"],
            row["subject"], row["text"], row["why"], sent, row["tries"])  # fmt: skip


def _sought(visit: Visit) -> Sought:
    channel, fate = visit.asked("channel"), visit.asked("fate")
    if channel and channel not in set(Channel):
        raise Invalid("channel", "没有这个选项")
    if fate and fate not in set(Fate):
        raise Invalid("fate", "没有这个选项")
    since, until = (clean_date(label, word) if (word := visit.asked(name)) else None
                    for name, label in (("since", "自"), ("until", "至")))  # fmt: skip
    return Sought(Channel(channel) if channel else None, Fate(fate) if fate else None, visit.asked("number"),
                  since, until, visit.asked("sort") == "oldest")  # fmt: skip
