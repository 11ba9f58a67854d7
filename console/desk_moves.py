"""The moves of a ticket as forms, made from the table of transitions; and what such a form carries, read back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from console.needs import OF_NEED
from console.page import Visit
from store.base import now
from tickets import needs
from tickets.access import UNIT_ROLES, Action
from tickets.duties import Suggestion, suggest
from tickets.errors import Invalid
from tickets.knowledge.search import find
from tickets.needs import Need
from tickets.terms import CallbackBy, Part, RequestType, Scope, Solved, Supervision, Term
from tickets.ticket import Ticket
from tickets.transitions import Transition, possible
from tickets.trees import MATTERS, TERRITORIES, nodes
from tickets.units import all_units

_EDITS = frozenset(need.name for need in needs.EDITS)
_TERMS: Mapping[str, type[Term]] = {
    "request_type": RequestType, "scope": Scope, "by_means": CallbackBy, "level": Supervision,
    "solved": Solved,
}
_NONE = ("", "none")
_ARTICLES = 6  # that are suggested
_AREA = 200  # characters from which a text gets several lines
# What comes next in an ordinary life is shown open, and first.
_MAIN = (
    Action.DECIDE, Action.ACCEPT, Action.DISPATCH, Action.SIGN, Action.RULE, Action.RESOLVE, Action.CONTACT,
    Action.REVIEW, Action.CLOSE, Action.CALLBACK,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: `kind` is text, area, number, date, select, many, articles or flag."""

    name: str
    label: str
    kind: str
    required: bool = False
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    most: int = 0
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A move that the viewer may make now."""

    action: str
    name: str
    fields: tuple[Field, ...]
    main: bool


@dataclass(frozen=True, slots=True)
class Registers:
    """What codes are chosen from."""

    unit: tuple[tuple[str, str], ...]
    matter: tuple[tuple[str, str], ...]
    territory: tuple[tuple[str, str], ...]
    suggested: tuple[Suggestion, ...]
    articles: tuple[tuple[str, str], ...] = ()


def registers(session: Session, ticket: Ticket) -> Registers:
    """The registers, with the units suggested for the ticket's matter and place (R20)."""
    return Registers(
        tuple((unit.code, unit.name) for unit in all_units(session)), _tree(session, MATTERS),
        _tree(session, TERRITORIES), tuple(suggest(session, ticket.matter or "", ticket.territory or "")[:5]),
        _articles(session, ticket),
    )


def _articles(session: Session, ticket: Ticket) -> tuple[tuple[str, str], ...]:
    """The articles that the ticket's words find, by version (R16)."""
    if not ticket.subject.strip():
        return ()
    try:
        found = find(session, ticket.subject, today=now().date(), most=_ARTICLES)
    except Invalid:  # nothing but punctuation
        return ()
    return tuple((hit.ref, hit.title) for hit in found.hits)


def _tree(session: Session, table: Any) -> tuple[tuple[str, str], ...]:
    return tuple((node.code, f"{'　' if node.parent else ''}{node.name}") for node in nodes(session, table))


def forms(visit: Visit, ticket: Ticket) -> list[Form]:
    """The moves the viewer may make on the ticket now, the ordinary ones first."""
    rows = [row for row in possible(ticket) if visit.may(row.action) and _own(visit, ticket, row)]
    if not rows:
        return []
    known = registers(visit.session, ticket)
    main = next((action for action in _MAIN if any(row.action == action for row in rows)), None)
    made = [
        Form(row.action.value, row.meaning, tuple(field_of(need, ticket, known, row) for need in row.needs),
             row.action == main)
        for row in rows
    ]
    return sorted(made, key=lambda form: not form.main)


def _own(visit: Visit, ticket: Ticket, row: Transition) -> bool:
    """Whether a unit has the part that the move needs."""
    by = visit.acting(row.action)
    if by.role not in UNIT_ROLES or row.action == Action.ADD:
        return True
    part = ticket.part(by.unit)
    return part is not None and part.part == (Part.CO if row.action == Action.REPORT else Part.LEAD)


def field_of(need: Need, ticket: Ticket, known: Registers, row: Transition) -> Field:
    schema, name = OF_NEED[need.name], need.name
    value = _now(ticket, name) if name in _EDITS else ""
    if name in _TERMS:
        options = tuple((term.value, term.label) for term in _TERMS[name] if term.value not in _NONE)
        return Field(name, need.label, "select", need.required, value, options)
    if name == "articles":
        return Field(name, need.label, "articles", need.required, options=known.articles,
                     hint="勾选答复所依据的条目；其他条目填编号，可用逗号隔开。")
    if need.names == "unit":
        return _unit_field(need, known, value, row)
    if need.names in ("matter", "territory"):
        return Field(name, need.label, "select", need.required, value, getattr(known, need.names))
    if schema["type"] == "boolean":
        return Field(name, need.label, "flag", need.required, value)
    if schema["type"] == "integer":
        if row.action == Action.DECIDE:  # what was asked for, unless the office grants less
            value = str(ticket.extension_asked or "")
        return Field(name, need.label, "number", need.required, value, most=schema["maximum"])
    if schema.get("format") == "date":
        return Field(name, need.label, "date", need.required, value)
    most = schema.get("maxLength", 0)
    return Field(name, need.label, "area" if most > _AREA else "text", need.required, value, most=most)


def _unit_field(need: Need, known: Registers, value: str, row: Transition) -> Field:
    if need.name == "co_units":
        return Field(need.name, need.label, "many", need.required, value, known.unit)
    hint = ""
    if need.name == "unit" and known.suggested and row.action != Action.RULE:
        value = known.suggested[0].unit
        hint = "建议：" + "；".join(f"{one.name}（{one.why}）" for one in known.suggested)
    return Field(need.name, need.label, "select", need.required, value, known.unit, hint=hint)


def _now(ticket: Ticket, name: str) -> str:
    value = getattr(ticket, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value.value if isinstance(value, Term) else value or "")


def given(visit: Visit, ticket: Ticket, row: Transition) -> dict[str, object]:
    """What the form of a move says: nothing for a field left alone."""
    found: dict[str, object] = {}
    for need in row.needs:
        if need.name == "co_units":
            if visit.form.get("co_units"):
                found["co_units"] = list(visit.form["co_units"])
            continue
        if need.name == "articles":
            named = [one for typed in visit.form.get("articles", ()) for one in re.split(r"[\s,，、]+", typed) if one]
            found |= {"articles": named} if named else {}
            continue
        typed = visit.typed(need.name)
        changed = need.name in visit.form and typed != _now(ticket, need.name) if need.name in _EDITS else bool(typed)
        if changed and not (need.name in ("request_type", "confidential") and not typed):
            found[need.name] = typed
    return found
