"""docs/tickets.md is current: its tables are made from the code."""

from __future__ import annotations

from tickets.access import Action
from tickets.document import DOCUMENT, filled, parts
from tickets.terms import State
from tickets.transitions import TABLE


def test_the_document_is_current() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert filled(text) == text, "run: python -m tickets.document"


def test_its_tables_have_every_state_move_and_action() -> None:
    made = parts()
    assert all(f"| {state.value} | {state.label} |" in made["states"] for state in State)
    assert all(f"| `{action.value}` | {TABLE[action].meaning} |" in made["transitions"] for action in TABLE)
    assert all(f"| `{action.value}` |" in made["access"] for action in Action)
