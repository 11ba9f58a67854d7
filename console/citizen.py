"""Handlers: what citizens do on the web without an account (R3): ask for something, look up their ticket."""

from __future__ import annotations

import re
import secrets

from console.errors import TooMany
from console.page import Answered, Shown, Visit
from store.base import now
from tickets.attachments import keep_attachment
from tickets.errors import Invalid, NotFound
from tickets.intake import Submission, receive
from tickets.progress import progress_for_phone
from tickets.queries import NUMBER_LENGTH
from tickets.terms import Channel, RequestType
from tickets.trees import TERRITORIES, nodes

_KEY = re.compile(r"[A-Za-z0-9_-]{20,60}")
_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{9,11}")
_MOST_WORDS = 2_000
# What a citizen reads of a state.
_STEPS = ("登记", "受理", "派单", "办理", "办结", "归档")
_STEP = {
    "draft": 1, "accepted": 2, "refused": 6, "dispatched": 3, "returned": 3, "signed": 4, "contacted": 4, "resolved": 5,
    "reviewed": 5, "callback": 5, "closed": 6, "reopened": 4, "merged": 2,
}


def query_page(visit: Visit) -> Answered:
    """The form."""
    return Shown({"found": None, "number": visit.typed("number"), "steps": _STEPS, "step": 0})


def query(visit: Visit) -> Answered:
    """The progress of a ticket. Raises NotFound (also for wrong digits), TooMany after five of them."""
    number, last4 = visit.typed("number").replace(" ", ""), visit.typed("last4")
    if not (len(number) == NUMBER_LENGTH and number.isascii() and number.isdigit()):
        raise Invalid("工单编号", f"应为{NUMBER_LENGTH}位数字")
    keys, lookups = (f"ticket {number}", f"address {visit.remote}"), visit.services.lookups
    if not all(lookups.allows(key) for key in keys):
        raise TooMany("查询失败次数过多，请 15 分钟后再试，或拨打 12345")
    found = progress_for_phone(visit.session, number, last4)
    if found is None:
        for key in keys:
            lookups.count(key)
        raise NotFound("编号与手机号后四位不符，请核对")
    return Shown({"found": found, "number": number, "steps": _STEPS, "step": _STEP[found.state.value]})


def submit_page(visit: Visit) -> Answered:
    """The form; its key makes a form that is sent twice one ticket."""
    key = visit.typed("key") or secrets.token_urlsafe(24)
    places = [(node.code, node.name) for node in nodes(visit.session, TERRITORIES) if node.parent]
    types = [(kind.value, kind.label) for kind in RequestType if kind.value]
    return Shown({"key": key, "places": places, "types": types, "received": None})


def submit(visit: Visit) -> Answered:
    """The number of the new ticket, and where to go when it is nothing for the hotline. Raises Invalid."""
    key, phone = visit.typed("key"), visit.typed("phone").replace(" ", "")
    if not _KEY.fullmatch(key):
        raise Invalid("表单", "已失效，请刷新页面后重填")
    if not _PHONE.fullmatch(phone):
        raise Invalid("联系电话", "请填写手机号，或带区号的电话号码")
    body = visit.typed("body")
    if not 5 <= len(body) <= _MOST_WORDS:
        raise Invalid("内容", f"请写 5 至 {_MOST_WORDS} 字")
    kind = next((kind for kind in RequestType if kind.value and kind.value == visit.typed("request_type")), None)
    if kind is None:
        raise Invalid("类型", "请选择")
    submission = Submission(
        Channel.WEB, now(), source_key=key, phone=phone, citizen_name=visit.typed("citizen_name"), request_type=kind,
        subject=visit.typed("subject")[:60] or body[:30], body=body, address=visit.typed("address"),
        territory=visit.typed("territory") or None, confidential=bool(visit.typed("confidential")),
    )
    received = receive(visit.session, submission, visit.by, visit.services.rules)
    if visit.files and not received.repeated:
        keep_attachment(
            visit.session, received.number, visit.files, visit.services.folder, by=visit.by, at=now()
        )
    return Shown({"received": received, "key": "", "places": (), "types": ()})
