"""What a form carries: bounded in size, fields and time, refused when it is not what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from console.errors import BadRequest
from console.route import LIMITS

MOST = 256 * 1024  # bytes of all fields together
_MOST_FIELDS = 400
_SECONDS = 30.0
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of a form with all their values, and its files by name."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: tuple[tuple[str, bytes], ...] = ()


async def read(request: web.Request, *, files: bool = False) -> Sent:
    """What was sent. Raises BadRequest, TimeoutError."""
    try:
        async with asyncio.timeout(_SECONDS):
            if files and request.content_type == "multipart/form-data":
                return await _parts(request)
            if request.content_type not in ("application/x-www-form-urlencoded", "application/octet-stream"):
                raise BadRequest("内容应为表单", status=415)
            data = await _bytes(request.content, MOST)
            pairs = parse_qsl(data.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
            return Sent(_gathered(pairs))
    except (ValueError, AssertionError, LookupError, HttpProcessingError) as error:
        # What aiohttp raises for a form that breaks off, or whose parts have headers that are none.
        raise BadRequest("表单格式不对") from error


async def _bytes(content: object, most: int) -> bytes:
    data = bytearray()
    assert hasattr(content, "iter_chunked")
    async for chunk in content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > most:
            raise BadRequest("表单过大", status=413)
    return bytes(data)


async def _parts(request: web.Request) -> Sent:
    if (request.content_length or 0) > LIMITS.total + MOST:
        raise BadRequest("附件过大", status=413)
    pairs: list[tuple[str, str]] = []
    found: list[tuple[str, bytes]] = []
    letters = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None or len(pairs) + len(found) > _MOST_FIELDS:
            raise BadRequest("表单格式不对")
        if part.filename is None:
            data = await _part(part, MOST - letters)
            letters += len(data)
            pairs.append((part.name, data.decode("utf-8")))
            continue
        left = min(LIMITS.size, LIMITS.total - sum(len(data) for _name, data in found))
        data = await _part(part, left)
        if part.filename or data:  # a browser sends an empty file for a field left alone
            found.append((part.filename, data))
        if len(found) > LIMITS.files:
            raise BadRequest(f"最多{LIMITS.files}个文件", status=422)
    return Sent(_gathered(pairs), tuple(found))


async def _part(part: BodyPartReader, most: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        data += chunk
        if len(data) > most:
            raise BadRequest("附件过大", status=413)
    return bytes(data)


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        # A browser sends line ends as CR LF.
        fields[name] = (*fields.get(name, ()), value.replace("\r\n", "\n"))
    return fields
