"""Reading Asterisk's logs from where reading stopped: whole lines only, over rotation and truncation.

Every file that begins with the log's name is read from its own position, so nothing is lost however often the log was
rotated meanwhile. A file is known by its inode and its first line; a copy is read again, which changes nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callqueue.sql import upsert
from callqueue.tables import ReadPosition

BATCH = 1 << 20
"""Bytes of one log that are taken into one transaction, which is then over in a fraction of a second."""

LONGEST = 1 << 16
"""Bytes; a longer line is not Asterisk's."""

_KNOWN = select(ReadPosition.inode, ReadPosition.head, ReadPosition.offset).where(
    ReadPosition.source == bindparam("source")
)
_PACKED = (".gz", ".bz2", ".xz", ".zst")


@dataclass(frozen=True, slots=True)
class Taken:
    """What was read of a log; `more`: there may be more of it already."""

    lines: list[Line]
    more: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end. `digest`: 64 bits of its bytes, signed."""

    text: str
    digest: int


def digest(line: bytes) -> int:
    """64 bits that stand for the line."""
    return int.from_bytes(hashlib.blake2b(line, digest_size=8).digest(), "big", signed=True)


def read(session: Session, source: str, log: Path) -> Taken:
    """The next lines of the log, at most BATCH bytes; their position moves on in the session's transaction.

    No lines when there is nothing new, or no file.
    """
    known: dict[str, Any] = {row.inode: row for row in session.connection().execute(_KNOWN, {"source": source})}
    left = BATCH
    lines: list[Line] = []
    moved = []
    for path in _family(log):
        try:
            with path.open("rb") as file:
                taken = _take(file, source, known, left)
        except FileNotFoundError:  # rotated away in between; it is found under its new name next time
            continue
        if taken:
            position, data = taken
            lines += (Line(part.decode("utf-8", "replace"), digest(part)) for part in _split(data))
            moved.append(position)
            left -= len(data)
        if left <= 0:
            break
    upsert(session, ReadPosition, moved)
    # What is read ends with a whole line, so that a batch may lack the length of one.
    return Taken(lines, left < LONGEST)


def _family(log: Path) -> list[Path]:
    """The log and what it was rotated to, oldest first."""
    found = [path for path in log.parent.glob(log.name + "*") if path.is_file() and path.suffix not in _PACKED]
    return sorted(found, key=lambda path: (_written(path), path.name))


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _take(
    file: BinaryIO, source: str, known: Mapping[str, Any], limit: int
) -> tuple[dict[str, str | int], bytes] | None:
    """The file's new position and the whole lines before it; None when there is nothing new."""
    status = os.fstat(file.fileno())
    row = known.get(str(status.st_ino))
    if row and row.offset == status.st_size and row.offset:
        return None
    head = f"{digest(file.readline(LONGEST)):x}"
    offset = row.offset if row and row.head == head and row.offset <= status.st_size else 0
    file.seek(offset)
    data = file.read(max(limit, LONGEST))
    end = data.rfind(b"\n") + 1
    if not end:
        if len(data) < LONGEST:
            return None
        end = len(data)  # a line without end: taken as it is, and found to be bad
    return {"source": source, "inode": str(status.st_ino), "head": head, "offset": offset + end}, data[:end]


def _split(data: bytes) -> Iterator[bytes]:
    return (line.rstrip(b"\r") for line in data.split(b"\n") if line.strip())
