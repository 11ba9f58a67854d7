"""What each move of a ticket is told, as schemas (see tickets/needs.py for what each means)."""

from __future__ import annotations

from collections.abc import Iterable

from console.schema import DATE, FLAG, Schema, record, text, whole
from tickets.needs import Need
from tickets.terms import CallbackBy, RequestType, Scope, Solved, Supervision, Term

VERSION = whole(1, 1_000_000)


def codes_of(kind: type[Term]) -> Schema:
    """One of the codes of a term; the empty one is left out."""
    return {"type": "string", "enum": [term.value for term in kind if term.value]}


LEVELS: Schema = {"type": "string", "enum": [level.value for level in Supervision if level != Supervision.NONE]}
OF_NEED: dict[str, Schema] = {
    "reason": text(2_000),
    "unit": text(32, 1),
    "co_units": {"type": "array", "items": text(32, 1), "maxItems": 20},
    "plan": text(5_000),
    "leader": text(50),
    "result": text(5_000, 2),
    "articles": {"type": "array", "items": text(32, 1), "maxItems": 20},
    "request_type": codes_of(RequestType),
    "subject": text(200),
    "body": text(5_000),
    "address": text(200),
    "matter": text(32),
    "territory": text(32),
    "citizen_name": text(50),
    "phone": text(30),
    "confidential": FLAG,
    "complained_unit": text(32),
    "scope": codes_of(Scope),
    "organ": text(100),
    "site_check": FLAG,
    "upheld": FLAG,
    "days": whole(1, 365),
    "granted": FLAG,
    "until": DATE,
    "basis": text(300, 2),
    "beyond_law": FLAG,
    "passed": FLAG,
    "false_reply": FLAG,
    "by_means": codes_of(CallbackBy),
    "contacted": FLAG,
    "solved": codes_of(Solved),
    "truthful": FLAG,
    "satisfied": whole(1, 5),
    "into": text(12, 12),
    "level": LEVELS,
}


def body_of(needs: Iterable[Need]) -> Schema:
    """The body of a move: its needs, and the version the person saw."""
    known = {need.name: _described(need) for need in needs}
    optional = tuple(need.name for need in needs if not need.required)
    return record({**known, "version": VERSION}, (*optional, "version"))


def _described(need: Need) -> Schema:
    schema = OF_NEED[need.name] | {"description": need.label}
    return schema | {"minLength": 2} if need.name == "reason" and need.required else schema
