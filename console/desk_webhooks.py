"""Handlers: webhooks, whom other programs are told by, and the log of what was delivered to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console import spreadsheet, webhooks
from console.errors import NoSuchWebhook
from console.page import Answered, Moved, Shown, Visit
from console.webhooks import Event, Sought, Stage
from store.base import LOCAL
from tickets.errors import Invalid

SIZE, _MOST = 50, 500
_NUMBER = re.compile(r"[1-9][0-9]{0,14}")
EVENTS: Mapping[str, str] = {
    Event.ALERT: "告警开始", Event.ALERT_OVER: "告警解除", Event.WAITING: "来电排队", Event.ANSWERED: "坐席接听",
    Event.ENDED: "通话结束",
}  # fmt: skip
STAGES: Mapping[str, str] = {Stage.WAITING: "待送达", Stage.DONE: "已送达", Stage.GIVEN_UP: "已放弃"}
_HEADER = ("编号", "网址", "事件", "对象", "状态", "已试次数", "对方应答", "原因", "产生时间", "最近一次")


def listing(visit: Visit) -> Answered:
    """Who is told, a form for one more, and a page of the log."""
    return _page(visit)


def _page(visit: Visit, added: Mapping[str, Any] | None = None) -> Shown:
    after = visit.asked("after")
    sought = _sought(visit)
    rows, last = webhooks.deliveries(visit.session, sought, SIZE, int(after) if _NUMBER.fullmatch(after) else 0)
    found = webhooks.webhooks(visit.session)
    return Shown(
        {
            "hooks": found, "addresses": _addresses(visit), "rows": rows, "after": last, "sought": sought,
            "events": EVENTS, "stages": STAGES, "added": added, "given": visit.form,
        }
    )


def add(visit: Visit) -> Answered:
    """The page with the new one's secret, shown this once. Raises BadAddress, Invalid."""
    chosen = visit.form.get("event", ())
    if not chosen or not set(chosen) <= set(EVENTS):
        raise Invalid("事件", "至少选择一项")
    return _page(visit, webhooks.add(visit.session, visit.typed("url"), [Event(name) for name in chosen]))


def remove(visit: Visit) -> Answered:
    """Without the one that is told no more. Raises NoSuchWebhook."""
    gone = webhooks.remove(visit.session, _number(visit, "webhook"))
    return Moved("/webhooks", f"不再推送到 {gone['url']}")


def replay(visit: Visit) -> Answered:
    """On to the log; the delivery is made again at once. Raises NoSuchWebhook."""
    again = webhooks.replay(visit.session, _number(visit, "delivery"))
    return Moved("/webhooks", f"推送记录 {again['id']} 将重新送达")


def export(visit: Visit) -> Answered:
    """The log that is asked for, as a spreadsheet."""
    sought, addresses = _sought(visit), _addresses(visit)
    lines = [
        (one["id"], addresses.get(one["webhook"], ""), EVENTS.get(one["event"], one["event"]), one["subject"],
         STAGES[one["stage"]], one["attempts"], one["status"] or "", one["error"], _moment(one["created_at"]),
         _moment(one["tried_at"]))
        for one in spreadsheet.every(lambda after: webhooks.deliveries(visit.session, sought, _MOST, after or 0))
    ]  # fmt: skip
    return spreadsheet.saved("推送记录", _HEADER, lines)


def _moment(text: str | None) -> str:
    return f"{datetime.fromisoformat(text).astimezone(LOCAL):%Y-%m-%d %H:%M:%S}" if text else ""


def _addresses(visit: Visit) -> dict[int, str]:
    return {one["id"]: one["url"] for one in webhooks.webhooks(visit.session)}


def _sought(visit: Visit) -> Sought:
    """The deliveries that are asked for. Raises Invalid."""
    webhook, stage, event = visit.asked("webhook"), visit.asked("stage"), visit.asked("event")
    if (stage and stage not in STAGES) or (event and event not in EVENTS):
        raise Invalid("stage", "没有这个选项")
    if webhook and not _NUMBER.fullmatch(webhook):
        raise Invalid("webhook", "没有这个选项")
    return Sought(int(webhook or 0), stage, event, visit.asked("sort") == "oldest")


def _number(visit: Visit, name: str) -> int:
    word = visit.path[name]
    if not _NUMBER.fullmatch(word):
        raise NoSuchWebhook(NoSuchWebhook.__doc__)
    return int(word)
