"""A fax that Asterisk received: a TIFF, taken as a message with one file (R3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from channels.incoming import Message, take
from tickets.terms import Channel
from tickets.wording import phone_digits

_MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Places:
    """Where Asterisk puts what it received, and where attachments are kept."""

    received: Path
    attachments: Path


def pages(tiff: bytes) -> int:
    """How many pages a TIFF has (its directories); 0 when it is none, or breaks off before the first."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 0
    (at,) = struct.unpack_from(f"{order}I", tiff, 4)
    seen: set[int] = set()
    while at and at not in seen and at + 2 <= len(tiff) and len(seen) < _MOST_PAGES:
        seen.add(at)
        (entries,) = struct.unpack_from(f"{order}H", tiff, at)
        following = at + 2 + 12 * entries
        if following + 4 > len(tiff):
            break
        (at,) = struct.unpack_from(f"{order}I", tiff, following)
    return len(seen)


def take_fax(session: Session, call_id: str, caller: str, at: datetime, file: str, where: Places) -> str | None:
    """The number of the ticket of a fax, None when no page of it came. Idempotent by `call_id`.

    `file` is relative to `where.received`. One fax is one ticket: two that look alike may be two letters.
    """
    path = where.received / file
    try:
        data = path.read_bytes() if path.resolve().is_relative_to(where.received.resolve()) else b""
    except FileNotFoundError:
        return None
    count = pages(data)
    if not count:
        return None
    phone = phone_digits(caller)
    text = f"{at:%Y-%m-%d %H:%M:%S} 收到传真 {count} 页，内容见附件。"
    message = Message(
        Channel.FAX, call_id, phone or "unknown", at, text, f"传真（{count}页）", phone=phone,
        files=((f"传真-{at:%Y%m%d-%H%M%S}.tiff", data),),
    )
    return take(session, message, where.attachments).number
