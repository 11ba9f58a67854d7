"""Templates: one Jinja2 environment with the filters the pages need. Everything is escaped."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from callback_survey.deciding import Stage, Why
from console.outcomes import because, level, told
from store.base import LOCAL
from tickets.access import Role
from tickets.knowledge.terms import ArticleState, Expiry
from tickets.present import MOVES
from tickets.terms import (
    CallbackBy,
    Channel,
    Duty,
    Light,
    Part,
    RequestType,
    Scope,
    State,
    Supervision,
)

STATIC = Path(__file__).parent / "static"
TERMS: Mapping[str, Any] = {
    kind.__name__: kind
    for kind in (
        ArticleState, CallbackBy, Channel, Duty, Expiry, Light, Part, RequestType, Role, Scope, Stage, State,
        Supervision, Why,
    )
}
_WEEKDAYS = "一二三四五六日"


def _moment(value: datetime | str | None, form: str = "%Y-%m-%d %H:%M") -> str:
    if not value:
        return ""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(LOCAL).strftime(form)


def _day(value: date | str | None) -> str:
    if not value:
        return ""
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{found:%Y-%m-%d}（周{_WEEKDAYS[found.weekday()]}）"


def _label(code: Any, kind: str) -> str:
    """The Chinese label of a code."""
    found = next((term for term in TERMS[kind] if term.value == code), None)
    return found.label if found is not None else str(code)


def _size(count: int) -> str:
    return f"{count / 1_048_576:.1f} MB" if count >= 1_048_576 else f"{max(1, count // 1024)} KB"


@functools.cache
def asset(name: str) -> str:
    """The address of a file under static/ with a digest of its content, "" when the file is not there."""
    file = STATIC / name
    if not file.is_file():
        return ""
    return f"/static/{name}?{hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"


@functools.cache
def environment() -> Environment:
    """The templates of console/pages. A newer one that is put in place while the service runs is not for this code."""
    made = Environment(
        loader=PackageLoader("console", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )
    made.filters.update(
        moment=_moment, day=_day, label=_label, size=_size, move=lambda code: MOVES.get(code, code),
        outcome=told, because=because, level=level, json_text=lambda value: json.dumps(value, ensure_ascii=False),
    )
    made.globals.update(asset=asset, terms=TERMS)
    return made


def page(template: str, values: Mapping[str, Any]) -> str:
    """The text of a template."""
    return environment().get_template(template).render(values)
