"""Reading what a request carries: bounded in size and time, refused when it is not what it says."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NoReturn
from urllib.parse import urlsplit

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from console.errors import BadRequest
from console.route import LIMITS
from console.schema import Schema, require, typed

MOST_JSON = 64 * 1024  # bytes
SECONDS = 30.0
_CHUNK = 64 * 1024


async def json_body(request: web.Request, schema: Schema) -> dict[str, Any]:
    """The checked JSON object; {} for no body. Raises BadRequest."""
    data = await _bytes(request)
    if not data and not schema.get("required"):
        return {}
    if request.content_type != "application/json":
        raise BadRequest("内容应为 application/json", status=415)
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadRequest("内容不是 JSON") from None
    require(schema, value, "")
    return dict(value)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


async def _bytes(request: web.Request) -> bytes:
    if (request.content_length or 0) > MOST_JSON:
        raise BadRequest("请求过大", status=413)
    data = bytearray()
    async with asyncio.timeout(SECONDS):
        async for chunk in request.content.iter_chunked(_CHUNK):
            data += chunk
            if len(data) > MOST_JSON:
                raise BadRequest("请求过大", status=413)
    return bytes(data)


async def files(request: web.Request, most: int) -> tuple[tuple[str, bytes], ...]:
    """The parts called `file` of a multipart form, at most so many, with their names. Raises BadRequest."""
    if request.content_type != "multipart/form-data":
        raise BadRequest("内容应为 multipart/form-data", status=415)
    if (request.content_length or 0) > LIMITS.total + MOST_JSON:
        raise BadRequest("请求过大", status=413)
    found: list[tuple[str, bytes]] = []
    try:
        async with asyncio.timeout(SECONDS):
            async for part in await request.multipart():
                if not isinstance(part, BodyPartReader) or part.name != "file":
                    raise BadRequest("表单只有 file 一项", (("/file", "没有其他项"),), 422)
                left = min(LIMITS.size, LIMITS.total - sum(len(data) for _name, data in found))
                found.append((part.filename or "", await _part(part, left)))
                if len(found) > most:
                    raise BadRequest(f"最多{most}个文件", (("/file", "过多"),), 422)
    except (ValueError, AssertionError, LookupError, HttpProcessingError) as error:
        # What aiohttp raises for a form that breaks off, or whose parts have headers that are none.
        raise BadRequest("表单格式不对") from error
    if not found:
        raise BadRequest("没有文件", (("/file", "必须填写"),), 422)
    return tuple(found)


async def _part(part: BodyPartReader, most: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        data += chunk
        if len(data) > most:
            raise BadRequest("文件过大", status=413)
    return bytes(data)


def query(request: web.Request, known: dict[str, Schema], needed: tuple[str, ...]) -> dict[str, Any]:
    """The checked query parameters. Raises BadRequest."""
    given: dict[str, Any] = {}
    for name, word in request.query.items():
        if name in given:
            raise BadRequest("请求不符合接口说明", ((f"query/{name[:40]}", "重复"),))
        given[name] = typed(known[name], word) if name in known else word
    schema: Schema = {"type": "object", "properties": known, "required": needed, "additionalProperties": False}
    require(schema, given, "query")
    return given


def same_origin(request: web.Request) -> bool:
    """Whether no other site's page sent it: a browser adds a password it knows to whatever any page asks for."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
