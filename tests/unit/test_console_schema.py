"""The description of the interface: current, complete, and of one mind with the code behind it."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import openapi
from console.needs import OF_NEED
from console.routes import ROUTES
from console.schema import Schema, faults, listing, record, text, typed, whole
from tickets.access import ALLOWED, Action, Role
from tickets.errors import Invalid
from tickets.needs import gather
from tickets.transitions import TABLE

NEEDS = [(row.action.value, need) for row in TABLE.values() for need in row.needs]


def test_the_written_description_is_current() -> None:
    assert openapi.DOCUMENT.read_text("utf-8") == openapi.text(), "run: python -m console.openapi"


def test_every_move_has_a_route_with_its_action() -> None:
    moves = {
        route.path.removeprefix("/tickets/{number}/"): route.action for route in ROUTES
        if route.method == "POST" and route.action in TABLE and route.path.startswith("/tickets/{number}/")
    }
    assert moves == {action.value: action for action in TABLE}


def test_every_route_but_ones_own_account_is_authorised_by_the_table() -> None:
    free = [route.path for route in ROUTES if route.action is None]
    assert free == ["/accounts/me"]
    assert all(route.action in ALLOWED for route in ROUTES if route.action is not None)
    assert not ALLOWED[Action.CALLS] & {Role.AGENT, Role.UNIT_HANDLER, Role.CITIZEN}


def test_names_of_operations_are_unique() -> None:
    names = [route.name for route in ROUTES]
    assert len(names) == len(set(names)) == len({(route.method, route.path) for route in ROUTES})


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that fit a schema of a need."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "boolean":
        return st.booleans()
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    if schema["type"] == "array":
        return st.lists(values(schema["items"]), max_size=3)
    if schema.get("format") == "date":
        return st.dates().map(str)
    return st.text(min_size=schema.get("minLength", 0), max_size=min(schema["maxLength"], 30))


@given(st.data())
def test_what_fits_a_schema_is_read_or_refused_but_never_breaks(data: st.DataObject) -> None:
    _action, need = data.draw(st.sampled_from(NEEDS))
    value = data.draw(values(OF_NEED[need.name]))
    with contextlib.suppress(Invalid):
        assert set(gather([need], {need.name: value})) == {need.name}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) |
                    st.dictionaries(st.text(), inner), max_leaves=10))
def test_any_json_fits_or_is_told_where_it_does_not(value: Any) -> None:
    schema = record({"a": text(5, 1), "b": listing(whole(1, 3))}, ("b",))
    found = list(faults(schema, value))
    fits = isinstance(value, dict) and set(value) <= {"a", "b"} and isinstance(value.get("a"), str)
    assert found == [] or all(pointer == "" or pointer.startswith("/") for pointer, _why in found)
    assert found or fits


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        (text(2), "ab", True), (text(2), "abc", False), (text(2, 1), "", False), (text(2), "\x00", False),
        (text(2), "\ud800", False), (text(2), 1, False), (whole(1, 3), True, False), (whole(1, 3), 3, True),
        (whole(1, 3), 4, False), (record({}), {"x": 1}, False), (record({"x": text(1)}), {}, False),
        ({"type": "array", "items": text(1), "maxItems": 1}, ["a", "b"], False),
        ({"type": "string", "pattern": "^[0-9]{2}$"}, "12\n", False), ({"type": "string", "enum": ["a"]}, "b", False),
    ],
)
def test_edges(schema: Schema, value: Any, fits: bool) -> None:
    assert (list(faults(schema, value)) == []) is fits


def test_query_words_become_what_they_mean() -> None:
    assert typed(whole(0, 9), "7") == 7 and typed(whole(0, 9), "seven") == "seven"
    assert typed({"type": "boolean"}, "true") is True and typed({"type": "boolean"}, "1") == "1"
    assert typed(text(9), "7") == "7"
