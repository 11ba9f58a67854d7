"""Errors as problem details (RFC 9457): one table from what was raised to a status and a title."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from callqueue.errors import MissedError, NoSuchTask
from callqueue.live.control import ControlError, NoSuch
from console import credentials, errors
from telephony.errors import AMIError
from tickets import errors as ticket_errors

log = logging.getLogger(__name__)
MEDIA = "application/problem+json"
RETRY_SECONDS = 5
_MOST_ROWS = 100  # of a refused table; the detail counts them all
STATUSES: Mapping[type[BaseException], tuple[int, str]] = {
    errors.Unknown: (401, "身份不明"),
    ticket_errors.Forbidden: (403, "没有权限"),
    ticket_errors.NotFound: (404, "查无此项"),
    ticket_errors.Impossible: (409, "当前状态不能这样办理"),
    ticket_errors.Conflict: (409, "他人刚刚办理过"),
    ticket_errors.Invalid: (422, "填写有误"),
    ticket_errors.ImportRefused: (422, "导入被拒"),
    ticket_errors.TicketError: (409, "办理出错"),
    errors.Outdated: (412, "他人刚刚办理过"),
    NoSuchTask: (404, "查无此项"),
    MissedError: (409, "当前状态不能这样办理"),
    errors.NoSuchWebhook: (404, "查无此项"),
    errors.BadAddress: (422, "填写有误"),
    errors.KeyReused: (422, "Idempotency-Key 重复使用"),
    errors.Locked: (429, "账号暂时锁定"),
    NoSuch: (404, "查无此项"),
    ControlError: (409, "当前状态不能这样办理"),
    AMIError: (503, "Asterisk 暂时不可用"),
    errors.TooMany: (429, "操作过于频繁"),
    errors.Elsewhere: (403, "页面已失效"),
    OperationalError: (503, "数据库暂时不可用"),
    InterfaceError: (503, "数据库暂时不可用"),
    PoolTimeout: (503, "数据库暂时不可用"),
    TimeoutError: (503, "数据库暂时不可用"),
}
_TITLES = {400: "请求有误", 404: "没有这个地址", 405: "不支持这种方法", 412: "他人刚刚办理过", 413: "请求过大",
           415: "不支持这种内容", 422: "填写有误"}


def of(error: BaseException, path: str) -> web.Response:
    """The problem of an error; one that nobody foresaw is logged and told as 500 without its words."""
    if isinstance(error, web.HTTPException):
        return told(error.status, _TITLES.get(error.status, error.reason), path, headers=_allow(error))
    if isinstance(error, errors.BadRequest):
        return told(error.status, _TITLES[error.status], path, str(error), error.errors)
    kind = next((kind for kind in type(error).__mro__ if kind in STATUSES), None)
    if kind is None:
        log.error("a request failed: %s", path, exc_info=error)
        return told(500, "内部错误", path)
    status, title = STATUSES[kind]
    if status == 503:
        log.warning("a request found its database or Asterisk away: %s", type(error).__name__)
        return told(503, title, path, headers={"Retry-After": str(RETRY_SECONDS)})
    return told(status, title, path, str(error), _fields(error), _challenge(status))


def status_of(error: BaseException, path: str) -> tuple[int, str]:
    """The status and the title of an error; one that nobody foresaw is logged."""
    if isinstance(error, errors.BadRequest):
        return error.status, _TITLES[error.status]
    kind = next((kind for kind in type(error).__mro__ if kind in STATUSES), None)
    if kind is None:
        log.error("a page failed: %s", path, exc_info=error)
        return 500, "内部错误"
    return STATUSES[kind]


def told(
    status: int, title: str, path: str, detail: str = "", faults: tuple[tuple[str, str], ...] = (),
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """The problem as a response. `faults` are JSON pointers with what is wrong there."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "instance": path}
    if detail:
        body["detail"] = detail
    if faults:
        body["errors"] = [{"pointer": pointer, "detail": why} for pointer, why in faults]
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type=MEDIA, headers=headers)


def _fields(error: BaseException) -> tuple[tuple[str, str], ...]:
    if isinstance(error, ticket_errors.ImportRefused):
        return tuple((f"/file/row/{bad.row}", bad.message) for bad in error.rows[:_MOST_ROWS])
    return ((error.field, str(error)),) if isinstance(error, ticket_errors.Invalid) else ()


def _challenge(status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": credentials.CHALLENGE}
    return {"Retry-After": "60"} if status == 429 else {}


def _allow(error: web.HTTPException) -> dict[str, str]:
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
