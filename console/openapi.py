"""The OpenAPI 3.1 description, made from the table of routes: `python -m console.openapi` writes docs/openapi.json."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from console.problems import MEDIA
from console.route import PATHS, Route
from console.routes import BASE, ROUTES
from console.schema import Schema, pattern
from console.shapes import SCHEMAS, ref
from hotline import VERSION

DOCUMENT = Path(__file__).parent.parent / "docs" / "openapi.json"
_PROBLEMS: Mapping[int, str] = {
    400: "The request is not as described", 401: "Who asks is not known", 403: "Not allowed",
    404: "There is no such thing", 409: "Not possible now, or somebody else was first",
    412: "Somebody acted since", 413: "Too large",
    415: "Not a media type that is taken", 422: "A value makes no sense", 429: "Too many wrong passwords",
    503: "The database is away; try again",
}
_BODY = (413, 415, 409)
_IF_MATCH = {
    "name": "If-Match", "in": "header", "schema": pattern('"[0-9]{1,9}"'),
    "description": "The ETag the person saw: refused with 412 when somebody acted since",
}
_KEY = {
    "name": "Idempotency-Key", "in": "header", "schema": pattern("[!-~]{1,200}"),
    "description": "The same key gives the same answer for 24 hours, however often it is sent",
}
_UPLOAD: Schema = {
    "type": "object", "required": ["file"],
    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
}
_FILE: Schema = {
    "type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}},
}
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@functools.cache
def description() -> dict[str, Any]:
    """The description as a JSON value."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "12345 hotline", "version": VERSION,
            "description": "Tickets, units, calendar and calls. Moments are ISO 8601 in Asia/Shanghai.",
        },
        "servers": [{"url": BASE}],
        "security": [{"token": []}, {"password": []}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"}, "password": {"type": "http", "scheme": "basic"},
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": route.name, "summary": route.summary, "tags": [route.path.split("/")[1]],
        "responses": _responses(route),
    }
    if parameters := _parameters(route):
        found["parameters"] = parameters
    if route.upload:
        form = _FILE if route.files == 1 else _UPLOAD
        found["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    elif route.body is not None:
        required = bool(route.body.get("required"))
        found["requestBody"] = {"required": required, "content": {"application/json": {"schema": route.body}}}
    return found


def _parameters(route: Route) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", route.path)
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": PATHS[name]} for name in names
    ]
    for name, schema in route.query.items():
        found.append({"name": name, "in": "query", "required": name in route.needed, "schema": schema})
    return found + ([_IF_MATCH] if route.versioned else []) + ([_KEY] if route.method == "POST" else [])


def _responses(route: Route) -> dict[str, Any]:
    content = {"application/json": {"schema": route.answer}} if route.answer else _BYTES
    found: dict[str, Any] = {str(route.status): {"description": "Done", "content": content}}
    if route.path in ("/tickets", "/messages") and route.method == "POST":
        found["200"] = {"description": "The same was registered before", "content": content}
    problem = {MEDIA: {"schema": ref("Problem")}}
    for status, meaning in _PROBLEMS.items():
        if status == 412 and not route.versioned:
            continue
        if route.method == "POST" or status not in _BODY:
            found[str(status)] = {"description": meaning, "content": problem}
    return found


def text() -> str:
    """The description as it is written to the document."""
    return json.dumps(description(), ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """0 when the document is written."""
    DOCUMENT.write_text(text(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
