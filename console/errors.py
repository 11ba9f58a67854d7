"""What may go wrong with accounts and requests; the message is one a person can read."""

from __future__ import annotations


class ConsoleError(Exception):
    """The console cannot do this."""


class AccountError(ConsoleError):
    """An account, a password or a token cannot be made, changed or found."""


class Unknown(ConsoleError):
    """身份不明：账号、口令或令牌不对，或已停用、已过期。"""


class Locked(ConsoleError):
    """口令连续错误，账号暂时锁定，请稍后再试。"""


class Elsewhere(ConsoleError):
    """页面已失效或请求来自其他网站，请刷新页面后重试。"""


class TooMany(ConsoleError):
    """操作过于频繁，请稍后再试。"""


class BadRequest(ConsoleError):
    """请求有误。`errors` names every place that is wrong, `status` is 400, 413, 415 or 422."""

    def __init__(self, message: str, errors: tuple[tuple[str, str], ...] = (), status: int = 400) -> None:
        super().__init__(message)
        self.errors = errors
        self.status = status


class Outdated(ConsoleError):
    """他人刚刚办理过，请刷新后再办（If-Match 与当前版本不符）。"""


class NoSuchWebhook(ConsoleError):
    """没有这个 Webhook 或推送记录。"""


class BadAddress(ConsoleError):
    """地址应为 http:// 或 https:// 开头的完整网址。"""


class KeyReused(ConsoleError):
    """同一 Idempotency-Key 不能用于不同的请求。"""
