"""Who may do what: the one table of role × action (R17-R19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tickets.terms import Term


class Role(Term):
    """What a person is to the hotline. SYSTEM is the hotline's own clock and telephony; CITIZEN asks from outside.

    LEADER reads what the hotline tells, and changes nothing.
    """

    AGENT = "agent", "话务员"
    COUNTY_ADMIN = "county_admin", "热线办"
    UNIT_HANDLER = "unit_handler", "承办人员"
    UNIT_LIAISON = "unit_liaison", "联络人员"
    UNIT_LEADER = "unit_leader", "分管领导"
    SUPERVISOR = "supervisor", "督办人员"
    LEADER = "leader", "县领导"
    AUDITOR = "auditor", "审计人员"
    ADMIN = "admin", "系统管理员"
    GATEWAY = "gateway", "接入系统"
    CITIZEN = "citizen", "群众"
    SYSTEM = "system", "系统"


class Action(StrEnum):
    """Everything that can be done: moves of a ticket first, then reading and the registers."""

    CREATE = "create"
    EDIT = "edit"
    ACCEPT = "accept"
    REFUSE = "refuse"
    ANSWER = "answer"
    FAST_TRACK = "fast-track"
    DISPATCH = "dispatch"
    SIGN = "sign"
    CONTACT = "contact"
    RETURN = "return"
    RULE = "rule"
    EXTEND = "extend"
    DECIDE = "decide"
    TERM = "term"
    REPORT = "report"
    RESOLVE = "resolve"
    REVIEW = "review"
    CALLBACK = "callback"
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"
    ABSORB = "absorb"
    SUPERVISE = "supervise"
    LIFT = "lift"
    URGE = "urge"
    ADD = "add"
    WARN = "warn"
    OVERDUE = "overdue"
    RECOMPUTE = "recompute"

    READ = "read"
    SEARCH = "search"
    DASHBOARD = "dashboard"
    HISTORY = "history"
    ATTACH = "attach"
    UNMASK = "unmask"
    EXPORT = "export"
    CALENDAR_READ = "calendar-read"
    CALENDAR_IMPORT = "calendar-import"
    UNITS_READ = "units-read"
    UNITS_IMPORT = "units-import"
    MESSAGE = "message"
    MESSAGES = "messages"
    KNOWLEDGE_READ = "knowledge-read"
    KNOWLEDGE = "knowledge"
    CALLS = "calls"
    REPORTS = "reports"
    MISSED = "missed"
    CALLBACKS = "callbacks"
    CHECKS = "checks"
    ACCOUNTS = "accounts"
    AUDIT = "audit"
    DATABASE = "database"
    FIGURES = "figures"
    TOPICS = "topics"
    BULLETIN = "bulletin"
    REMARK = "remark"
    RANKING = "ranking"
    FREEZE = "freeze"
    APPEAL = "appeal"
    FLOOR_READ = "floor-read"
    FLOOR = "floor"
    WEBHOOKS = "webhooks"
    SEAT = "seat"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the name written into the history, the role, and the code of the unit they belong to ("" for none)."""

    name: str
    role: Role
    unit: str = ""


SYSTEM = Actor("system", Role.SYSTEM)

UNIT_ROLES = frozenset({Role.UNIT_HANDLER, Role.UNIT_LIAISON, Role.UNIT_LEADER})
_OFFICE = frozenset({Role.COUNTY_ADMIN})
_DESK = frozenset({Role.AGENT, Role.COUNTY_ADMIN})
_CLOCK = frozenset({Role.SYSTEM})
_STAFF = _DESK | UNIT_ROLES | {Role.SUPERVISOR, Role.LEADER, Role.AUDITOR, Role.ADMIN}
_READERS = _OFFICE | {Role.SUPERVISOR, Role.LEADER, Role.AUDITOR}

ALLOWED: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        Action.CREATE: _DESK | _CLOCK | {Role.CITIZEN},
        Action.EDIT: _DESK,
        Action.ACCEPT: _DESK,
        Action.REFUSE: _DESK | _CLOCK,
        Action.ANSWER: _DESK,
        Action.FAST_TRACK: _DESK,
        Action.DISPATCH: _OFFICE,
        Action.SIGN: UNIT_ROLES,
        Action.CONTACT: UNIT_ROLES,
        Action.RETURN: UNIT_ROLES,
        Action.RULE: _OFFICE,
        Action.EXTEND: UNIT_ROLES,
        Action.DECIDE: _OFFICE,
        Action.TERM: _OFFICE,
        Action.REPORT: UNIT_ROLES,
        Action.RESOLVE: UNIT_ROLES,
        Action.REVIEW: _OFFICE,
        Action.CALLBACK: _DESK | _CLOCK | {Role.UNIT_LIAISON, Role.UNIT_LEADER},
        Action.CLOSE: _OFFICE | _CLOCK,
        Action.REOPEN: _OFFICE,
        Action.MERGE: _DESK | _CLOCK,
        Action.ABSORB: _DESK | _CLOCK,
        Action.SUPERVISE: _OFFICE | _CLOCK | {Role.SUPERVISOR},
        Action.LIFT: _OFFICE | {Role.SUPERVISOR},
        Action.URGE: _DESK | _CLOCK | {Role.CITIZEN, Role.SUPERVISOR},
        Action.ADD: _DESK | _CLOCK | UNIT_ROLES | {Role.CITIZEN, Role.SUPERVISOR},
        Action.WARN: _CLOCK,
        Action.OVERDUE: _CLOCK,
        Action.RECOMPUTE: _CLOCK,
        Action.READ: _STAFF,
        Action.SEARCH: _STAFF - {Role.ADMIN},
        Action.DASHBOARD: _STAFF,
        Action.HISTORY: _STAFF,
        Action.ATTACH: _DESK | UNIT_ROLES | _CLOCK | {Role.CITIZEN},
        Action.UNMASK: _OFFICE | {Role.AGENT, Role.SUPERVISOR},
        Action.EXPORT: _OFFICE | UNIT_ROLES | {Role.AUDITOR},
        Action.CALENDAR_READ: _STAFF,
        Action.CALENDAR_IMPORT: _OFFICE | {Role.ADMIN},
        Action.UNITS_READ: _STAFF,
        Action.UNITS_IMPORT: _OFFICE | {Role.ADMIN},
        Action.MESSAGE: _DESK | {Role.GATEWAY},
        Action.MESSAGES: _OFFICE | {Role.SUPERVISOR, Role.AUDITOR},
        Action.KNOWLEDGE_READ: _STAFF,
        Action.KNOWLEDGE: _OFFICE,
        Action.CALLS: frozenset({Role.SUPERVISOR, Role.AUDITOR}),
        Action.REPORTS: _READERS,
        Action.MISSED: _DESK | {Role.SUPERVISOR},
        Action.CALLBACKS: _OFFICE | {Role.SUPERVISOR},
        Action.CHECKS: _OFFICE | {Role.SUPERVISOR},
        Action.ACCOUNTS: frozenset({Role.ADMIN}),
        Action.AUDIT: frozenset({Role.AUDITOR, Role.ADMIN}),
        Action.DATABASE: frozenset({Role.ADMIN}),
        Action.FIGURES: _READERS | UNIT_ROLES,
        Action.TOPICS: _READERS,
        Action.BULLETIN: _READERS,
        Action.REMARK: _OFFICE,
        Action.RANKING: _READERS | UNIT_ROLES,
        Action.FREEZE: _OFFICE,
        Action.APPEAL: UNIT_ROLES,
        Action.FLOOR_READ: _OFFICE | {Role.SUPERVISOR},
        Action.FLOOR: frozenset({Role.SUPERVISOR}),
        Action.WEBHOOKS: frozenset({Role.ADMIN}),
        Action.SEAT: frozenset({Role.AGENT}),
    }
)


def may(role: Role, action: Action) -> bool:
    """Whether `role` is allowed `action`; what it may act upon (a unit's own tickets) is checked with the ticket."""
    return role in ALLOWED[action]
