"""The tables of docs/tickets.md, made from the code: `python -m tickets.document` puts them in, `--check` compares."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path

from tickets.access import ALLOWED, Role
from tickets.deadlines import DEFAULT, Rules
from tickets.needs import Need
from tickets.terms import RequestType, State
from tickets.transitions import TABLE, Transition

DOCUMENT = Path(__file__).parent.parent / "docs" / "tickets.md"
_BEGIN = "<!-- made by python -m tickets.document: {name} -->"
_END = "<!-- end of {name} -->"
_RULE_NAMES = {
    "contact": "working days to contact the citizen (R23)",
    "give_back": "working days to return a ticket (R26)",
    "give_back_site": "working days to return it when the site is checked (R27)",
    "resolve_other": "working days to resolve anything but a consultation (R25)",
    "review": "working days to review (R35)",
    "fast_contact": "working days to contact the citizen on the fast track (R21; not in the notice)",
    "fast_resolve": "most working days to resolve on the fast track (R21; not in the notice)",
    "extension_most": "most working days of an extension (R29; not in the notice)",
    "extension_count": "extensions a ticket may get (R29; not in the notice)",
    "returns_most": "the return at which the office must decide (R26; from the issue)",
    "reason_shortest": "characters a reason for return needs at least (R26)",
    "warn_long": "last working days on which a term of more than five is yellow",
    "warn_short": "last working days on which a shorter term is yellow",
    "repeat_count": "complaints that make a repeated one (R41; not in the notice)",
    "repeat_days": "calendar days in which they count (R41; not in the notice)",
    "emergency": "what a citizen in danger is told to dial (R6)",
}


def parts() -> dict[str, str]:
    """Each generated table by name, as Markdown."""
    return {
        "states": _table(("code", "状态", "leads to"), _states()),
        "transitions": _table(
            ("move", "办理", "from", "to", "who", "needs", "stamps", "rules"), map(_row, TABLE.values())
        ),
        "access": _table(("action", *(role.value for role in Role)), _access()),
        "terms": _table(("setting", "default", "meaning"), _rules()),
    }


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _states() -> Iterable[Sequence[str]]:
    for state in State:
        rows = [row for row in TABLE.values() if state in row.sources and row.targets]
        found = {target.value: None for row in rows for target in row.targets if target != state}
        yield state.value, state.label, ", ".join(found) or "nothing"


def _row(row: Transition) -> Sequence[str]:
    return (
        f"`{row.action.value}`",
        row.meaning,
        ", ".join(state.value for state in row.sources),
        ", ".join(state.value for state in row.targets) or "stays",
        ", ".join(role.value for role in row.who),
        ", ".join(map(_need, row.needs)) or "nothing",
        ", ".join(row.stamps) or "nothing",
        row.rules,
    )


def _need(need: Need) -> str:
    return f"`{need.name}`" if need.required else f"(`{need.name}`)"


def _access() -> Iterable[Sequence[str]]:
    for action, roles in ALLOWED.items():
        yield f"`{action.value}`", *("yes" if role in roles else "" for role in Role)


def _rules() -> Iterable[Sequence[str]]:
    consult = DEFAULT.resolve_days(RequestType.CONSULT)
    yield "resolve", str(consult), "working days to resolve a consultation (R24)"
    for field in fields(Rules):
        if field.name != "resolve":
            yield field.name, str(getattr(DEFAULT, field.name)), _RULE_NAMES[field.name]


def filled(text: str) -> str:
    """The document with every generated table put between its marks. Raises ValueError when a mark is missing."""
    for name, table in parts().items():
        begin, end = _BEGIN.format(name=name), _END.format(name=name)
        start, stop = text.index(begin) + len(begin), text.index(end)
        text = f"{text[:start]}\n{table}\n{text[stop:]}"
    return text


def main() -> int:
    """0, or 1 with `--check` when the document is not current."""
    text = DOCUMENT.read_text("utf-8")
    made = filled(text)
    if "--check" in sys.argv[1:]:
        return int(made != text)
    DOCUMENT.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
