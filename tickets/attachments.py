"""Files that come with a ticket: known by their bytes, kept under their checksum, never believed by their name."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from tickets.access import Action, Actor, may
from tickets.errors import Forbidden, Invalid
from tickets.records import Event, load, save
from tickets.tables import AttachmentRow
from tickets.zips import check_zip

ATTACHMENTS = cast(Table, AttachmentRow.__table__)
TEXT = "text/plain"
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|head|body|script|iframe|object|embed|svg|\?xml|img|a\s)", re.IGNORECASE)
# What a file starts with, what it is, and the ending it is given.
_MAGIC: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), media, ending)
    for pattern, media, ending in (
        (rb"\xff\xd8\xff", "image/jpeg", ".jpg"),
        (rb"\x89PNG\r\n\x1a\n", "image/png", ".png"),
        (rb"GIF8[79]a", "image/gif", ".gif"),
        (rb"BM.{12}\x28\x00\x00\x00", "image/bmp", ".bmp"),
        (rb"RIFF.{4}WEBP", "image/webp", ".webp"),
        (rb"II\*\x00|MM\x00\*", "image/tiff", ".tiff"),
        (rb".{4}ftyphei", "image/heic", ".heic"),
        (rb"%PDF-1|%PDF-2", "application/pdf", ".pdf"),
        (rb"RIFF.{4}WAVE", "audio/wav", ".wav"),
        (rb"ID3|\xff[\xfb\xf3\xf2]", "audio/mpeg", ".mp3"),
        (rb"#!AMR", "audio/amr", ".amr"),
        (rb".{4}ftypM4A", "audio/mp4", ".m4a"),
        (rb".{4}ftyp", "video/mp4", ".mp4"),
    )
)
_OFFICE = {
    "word/": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
    "xl/": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent with one ticket, in bytes and files."""

    size: int = 20 * 1024 * 1024
    files: int = 10
    total: int = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that passed: a safe name, what its bytes say it is, its size and SHA-256."""

    name: str
    media_type: str
    size: int
    sha256: str


def check_attachment(name: str, data: bytes, limits: Limits | None = None) -> Attachment:
    """The attachment of a file as it was sent. Raises Invalid for what is too large, unknown, or could run.

    Markup is refused, archives are only taken as office documents and are unpacked to be believed, the ending of the
    name follows the bytes. Whoever serves it must still send it as a download.
    """
    limit = (limits or Limits()).size
    if not data:
        raise Invalid("附件", "是空文件")
    if len(data) > limit:
        raise Invalid("附件", f"超过{limit // 1024 // 1024}MB")
    media, ending = _recognised(data)
    return Attachment(safe_name(name, ending), media, len(data), hashlib.sha256(data).hexdigest())


def _recognised(data: bytes) -> tuple[str, str]:
    for pattern, media, ending in _MAGIC:
        if pattern.match(data):
            return media, ending
    if data.startswith(b"PK\x03\x04"):
        return _office(check_zip(data))
    if _MARKUP.search(data):
        raise Invalid("附件", "不接受网页或脚本文件")
    if _is_text(data):
        return TEXT, ".txt"
    raise Invalid("附件", "不接受这种文件，请发送图片、录音、视频、PDF、Word、Excel 或文本")


def _office(names: Sequence[str]) -> tuple[str, str]:
    if any("vbaproject" in name.lower() or name.lower().endswith(".bin") for name in names):
        raise Invalid("附件", "不接受带宏的文档")
    for folder, kind in _OFFICE.items():
        if "[Content_Types].xml" in names and any(name.startswith(folder) for name in names):
            return kind
    raise Invalid("附件", "不接受压缩包")


def _is_text(data: bytes) -> bool:
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(unicodedata.category(c) == "Cc" and c not in "\r\n\t\f" for c in set(text))
    return False


def safe_name(name: str, ending: str) -> str:
    """The last part of a name without what a file system, a shell or a reader could take for something else."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    kept = "".join(c for c in last if unicodedata.category(c)[0] not in "CZ" or c == " ")
    stem = re.sub(r'[<>:"/|?*%&;`$\']', "_", kept.rsplit(".", 1)[0]).strip(" .-")
    return f"{stem[:80] or '附件'}{ending}"


def keep_attachment(
    session: Session,
    number: str,
    files: Sequence[tuple[str, bytes]],
    folder: Path,
    *,
    by: Actor,
    at: datetime,
    limits: Limits | None = None,
) -> list[Attachment]:
    """The attachments put with a ticket: all of them or none. Raises Invalid, Forbidden, NotFound.

    The bytes lie in `folder` under their SHA-256, readable by the owner alone; the same bytes are kept once.
    """
    limits = limits or Limits()
    if not may(by.role, Action.ATTACH):
        raise Forbidden(f"{by.role.label}不能添加附件")
    checked = [check_attachment(name, data, limits) for name, data in files]
    ticket = load(session, number)
    mine = ATTACHMENTS.c.ticket_id == ticket.id
    count, total = session.execute(
        select(func.count(), func.coalesce(func.sum(ATTACHMENTS.c.size), 0)).where(mine)
    ).one()
    if count + len(checked) > limits.files:
        raise Invalid("附件", f"最多{limits.files}个")
    if total + sum(file.size for file in checked) > limits.total:
        raise Invalid("附件", f"合计超过{limits.total // 1024 // 1024}MB")
    for (_name, data), file in zip(files, checked, strict=True):
        _write(folder, file.sha256, data)
        row = {"ticket_id": ticket.id, "added_at": at, "author": by.name}
        session.execute(insert(ATTACHMENTS).values(_columns(file) | row))
    detail = {"files": [_columns(file) for file in checked]}
    save(session, ticket, ticket, [Event(Action.ATTACH, by, at, "添加附件", ticket.state, ticket.state, detail)])
    return checked


def attachments_of(session: Session, ticket_id: int) -> list[Attachment]:
    """The attachments of a ticket, oldest first."""
    columns = (ATTACHMENTS.c.name, ATTACHMENTS.c.media_type, ATTACHMENTS.c.size, ATTACHMENTS.c.sha256)
    query = select(*columns).where(ATTACHMENTS.c.ticket_id == ticket_id).order_by(ATTACHMENTS.c.id)
    return [Attachment(*row) for row in session.execute(query)]


def attachment_path(folder: Path, attachment: Attachment) -> Path:
    """Where the bytes of an attachment lie."""
    return folder / attachment.sha256[:2] / attachment.sha256


def _columns(file: Attachment) -> dict[str, Any]:
    return {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256}


def _write(folder: Path, sha256: str, data: bytes) -> None:
    place = folder / sha256[:2]
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written beside and renamed, so that a file under a checksum is always whole.
    handle, part = tempfile.mkstemp(dir=place)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(part, place / sha256)
