"""The part of JSON Schema (2020-12) that the interface is described with, and the check of a value against it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from console.errors import BadRequest

Schema = dict[str, Any]
Fault = tuple[str, str]
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "boolean": (bool,), "object": (dict,), "array": (list,),
}
DATE: Schema = {"type": "string", "format": "date", "maxLength": 10}
FLAG: Schema = {"type": "boolean"}
ANY_OBJECT: Schema = {"type": "object"}


def text(most: int, least: int = 0) -> Schema:
    """A string of so many characters."""
    return {"type": "string", "maxLength": most} | ({"minLength": least} if least else {})


def pattern(regex: str) -> Schema:
    """A string that the whole expression matches."""
    return {"type": "string", "pattern": f"^{regex}$"}


def whole(least: int, most: int) -> Schema:
    """A whole number."""
    return {"type": "integer", "minimum": least, "maximum": most}


def listing(items: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": items}


def record(properties: Mapping[str, Schema], optional: tuple[str, ...] | None = ()) -> Schema:
    """An object with these properties and no others; all but the `optional` are required, none for None."""
    required = [] if optional is None else [name for name in properties if name not in optional]
    found: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return found | ({"required": required} if required else {})


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def faults(schema: Schema, value: Any, at: str = "") -> Iterator[Fault]:
    """Where and why the value does not fit: JSON pointers (RFC 6901) with a message."""
    kind = schema["type"]
    if not _is(kind, value):
        yield at, f"应为 {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield at, f"应为 {'、'.join(schema['enum'])} 之一"
    elif kind == "string":
        yield from _of_text(schema, value, at)
    elif kind == "integer" and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield at, f"应为{schema.get('minimum')}至{schema.get('maximum')}"
    elif kind == "array":
        for place, item in enumerate(value):
            yield from faults(schema["items"], item, f"{at}/{place}")
        if len(value) > schema.get("maxItems", len(value)):
            yield at, f"最多{schema['maxItems']}项"
    elif kind == "object":
        yield from _of_object(schema, value, at)


def _is(kind: str, value: Any) -> bool:
    # To Python true is a number; to JSON it is none.
    return isinstance(value, _TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))


def _of_text(schema: Schema, value: str, at: str) -> Iterator[Fault]:
    # No database can hold the first, no encoder writes the second.
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        yield at, "含有不允许的字符"
    elif len(value) > schema.get("maxLength", len(value)):
        yield at, f"最多{schema['maxLength']}字"
    elif len(value) < schema.get("minLength", 0):
        yield at, f"至少{schema['minLength']}字"
    elif "pattern" in schema and not re.fullmatch(schema["pattern"][1:-1], value):
        yield at, f"不符合 {schema['pattern']}"


def _of_object(schema: Schema, value: Mapping[str, Any], at: str) -> Iterator[Fault]:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}/{name}", "必须填写"
    for name, item in value.items():
        if name in known:
            yield from faults(known[name], item, f"{at}/{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{at}/{name[:40]}", "没有这一项"


def require(schema: Schema, value: Any, where: str) -> None:
    """Returns when the value fits. Raises BadRequest with every fault."""
    found = tuple((f"{where}{at}", why) for at, why in faults(schema, value))
    if found:
        raise BadRequest("请求不符合接口说明", found[:20])


def typed(schema: Schema, word: str) -> Any:
    """The value of a query parameter; as text when it is none of the type, for `require` to refuse."""
    if schema["type"] == "integer" and re.fullmatch(r"-?[0-9]{1,18}", word):
        return int(word)
    if schema["type"] == "boolean" and word in ("true", "false"):
        return word == "true"
    return word
