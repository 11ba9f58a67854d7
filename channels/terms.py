"""The words of the channels."""

from __future__ import annotations

from tickets.terms import Term


class Fate(Term):
    """What became of a message: the first five of one that came, the others of one that goes out."""

    FILED = "filed", "登记为工单"
    ADDED = "added", "补充到工单"
    TOLD = "told", "已告知进度"
    IGNORED = "ignored", "自动邮件，未登记"
    REFUSED = "refused", "未登记"
    WAITING = "waiting", "待发送"
    SENT = "sent", "已发送"
    FAILED = "failed", "发送失败"


CAME = (Fate.FILED, Fate.ADDED, Fate.TOLD, Fate.IGNORED, Fate.REFUSED)
