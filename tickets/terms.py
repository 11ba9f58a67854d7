"""The words of the trade: each has a code for the machine and a Chinese label for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A code with its Chinese label."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        term = str.__new__(cls, code)
        term._value_ = code
        term.label = label
        return term


class Channel(Term):
    """How the citizen reached us (R3)."""

    PHONE = "phone", "电话"
    SMS = "sms", "短信"
    WEB = "web", "网络"
    NEW_MEDIA = "new_media", "新媒体"
    EMAIL = "email", "电子邮件"
    FAX = "fax", "传真"
    APP = "app", "手机APP"


class RequestType(Term):
    """What is asked (R4); UNSET only while a ticket is a draft."""

    UNSET = "", "未定"
    CONSULT = "consult", "咨询"
    HELP = "help", "求助"
    COMPLAINT = "complaint", "投诉"
    REPORT = "report", "举报"
    SUGGESTION = "suggestion", "建议"


class State(Term):
    """Where a ticket stands in its life (R12)."""

    DRAFT = "draft", "待受理"
    ACCEPTED = "accepted", "已受理"
    REFUSED = "refused", "不予受理"
    DISPATCHED = "dispatched", "已派单"
    RETURNED = "returned", "退回待裁定"
    SIGNED = "signed", "已签收"
    CONTACTED = "contacted", "办理中"
    RESOLVED = "resolved", "已办结待复核"
    REVIEWED = "reviewed", "复核通过"
    CALLBACK = "callback", "已回访"
    CLOSED = "closed", "已归档"
    REOPENED = "reopened", "重新办理"
    MERGED = "merged", "已并单"


class Light(Term):
    """The warning light of the running clocks."""

    GREEN = "green", "正常"
    YELLOW = "yellow", "临期"
    RED = "red", "逾期"


class Supervision(Term):
    """督办: none, tracked when overdue (R40), key for repeated complaints (R41)."""

    NONE = "none", "未督办"
    TRACKED = "tracked", "跟踪督办"
    KEY = "key", "重点督办"


class Scope(Term):
    """What the hotline does not take (R6-R9); IN is what it takes (R5)."""

    IN = "", "受理范围内"
    N1 = "N1", "涉及人身、财产安全的紧急事项"
    N2 = "N2", "民事纠纷或已进入法定程序的事项"
    N3 = "N3", "党群、人大、政协、监察、法院、检察院、军队、武警职能事项"
    N4 = "N4", "涉及国家秘密、商业秘密、个人隐私的事项"


class CallbackBy(Term):
    """How the citizen was asked afterwards (R36, R37, R39)."""

    NONE = "", "未回访"
    AUTO = "auto", "自动语音"
    SMS = "sms", "短信"
    WEB = "web", "网络"
    PERSON = "person", "人工回访"
    VISIT = "visit", "当面回访"


class Solved(Term):
    """What the citizen says of the matter itself (R38)."""

    YES = "yes", "已解决"
    PARTLY = "partly", "部分解决"
    NO = "no", "未解决"


class Part(Term):
    """A unit's part in a ticket (R30)."""

    LEAD = "lead", "牵头"
    CO = "co", "协办"


class Duty(Term):
    """A person's part in a unit: the three rows of the registry form (R19, R49)."""

    LEADER = "leader", "分管领导"
    LIAISON = "liaison", "负责人"
    HANDLER = "handler", "工作人员"
