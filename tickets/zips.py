"""Archives from outside: unpacked once in small pieces and thrown away, to see that they are what they say."""

from __future__ import annotations

import io
import lzma
import struct
import zlib
from zipfile import BadZipFile, ZipFile, ZipInfo

from tickets.errors import Invalid

MOST_MEMBERS = 2_000
MOST_UNPACKED = 100 * 1024 * 1024
PIECE = 64 * 1024
# What the reader raises for bytes that are no archive, found by trying.
BROKEN = (
    BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    LookupError,
)
_ARCHIVES = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")


def check_zip(data: bytes, most: int = MOST_UNPACKED) -> list[str]:
    """The names in a zip archive. Raises Invalid for a bomb, hostile names, encryption, or an archive inside.

    `most`: bytes it may unpack to, all together.
    """
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise Invalid("附件", "压缩包内文件过多")
            left = most
            for member in members:
                left -= _unpacked(archive, member, left)
            return [member.filename for member in members]
    except BROKEN as error:
        raise Invalid("附件", "压缩格式损坏或已加密") from error


def _unpacked(archive: ZipFile, member: ZipInfo, most: int) -> int:
    """How many bytes a member really has; what its header says is not believed."""
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name:
        raise Invalid("附件", "压缩包内有不安全的路径")
    total = 0
    with archive.open(member) as stream:
        while piece := stream.read(PIECE):
            if total == 0 and piece.startswith(_ARCHIVES):
                raise Invalid("附件", "压缩包内还有压缩包")
            total += len(piece)
            if total > most:
                raise Invalid("附件", "解压后过大")
    return total
