"""What citizens are told by message."""

from __future__ import annotations

from collections.abc import Sequence

from tickets.intake import Received
from tickets.progress import Progress
from tickets.terms import State

_MOST_NAMED = 200  # characters
SIGNED = "【武定县12345】"
_ASK = "查询进度请回复本邮件，写“查询”；留下联系电话可以办得更快。"
_LOOK = "凭编号和登记电话后四位，可拨12345或在网上查询进度。"


def receipt(received: Received, phone: str) -> str:
    """That it was registered, under which number; and where to go, when it seems to be nothing for the hotline.

    `phone` is the citizen's, which the progress query asks for; who wrote a mail without one asks by mail.
    """
    known = "您反映的同一件事已在办理" if received.repeated else "已收到您的诉求"
    return f"{SIGNED}{known}，工单编号{received.number}。{_LOOK if phone else _ASK}{received.where}"


def added(number: str) -> str:
    """That it was put with the ticket."""
    return f"{SIGNED}您的补充已转到工单{number}。"


def not_theirs() -> str:
    """To who asks about, or urges, a ticket that is not the sender's, or is none: the same words for both."""
    return f"{SIGNED}没有您的号码登记的这个工单。请用登记时的电话发来，或凭编号和登记电话后四位，拨12345或在网上查询。"


def urged(number: str) -> str:
    """That the unit will be told."""
    return f"{SIGNED}已为工单{number}登记催办。"


def progress(number: str, state: State, found: Progress | None) -> str:
    """How far it is."""
    unit = f"，承办单位：{found.unit}" if found and found.unit else ""
    until = f"，办理期限：{found.deadline}" if found and found.deadline else ""
    return f"{SIGNED}工单{number}：{state.label}{unit}{until}。"


def lost(files: Sequence[str]) -> str:
    """Which files could not be taken, "" for none."""
    named = "；".join(files)[:_MOST_NAMED]
    return f"有附件未能收下：{named}。请换成图片、PDF或Word文档，压缩后再发。" if files else ""
