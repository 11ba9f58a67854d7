"""AudioSocket messages as values: bytes cut into frames and frames into bytes; no input or output here.

Source: Asterisk's documentation of AudioSocket; keys (0x03) since Asterisk 20.13, 21.8 and 22.3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from telephony.errors import TelephonyError

RATE = 8000
STEP = 320  # bytes: 20 ms of 16-bit samples, what Asterisk sends at a time
STEP_SECONDS = 0.02
_HEADER = struct.Struct(">BH")


class AudioSocketError(TelephonyError):
    """What came is not AudioSocket."""


class Kind(IntEnum):
    """What a frame is."""

    END = 0x00
    ID = 0x01
    KEY = 0x03
    AUDIO = 0x10
    ERROR = 0xFF


_KINDS = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Frame:
    """One message."""

    kind: Kind
    payload: bytes = b""

    def encoded(self) -> bytes:
        """The bytes on the wire; to be written at once, Asterisk does not wait for the rest of a frame."""
        return _HEADER.pack(self.kind, len(self.payload)) + self.payload


END = Frame(Kind.END).encoded()


def audio(pcm: bytes) -> bytes:
    """The bytes of an audio frame."""
    return _HEADER.pack(Kind.AUDIO, len(pcm)) + pcm


class FrameReader:
    """Cuts bytes into frames; any division of the bytes gives the same frames."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames completed by these bytes. Raises AudioSocketError."""
        data = self._buffer + data
        frames, begin = [], 0
        while len(data) - begin >= _HEADER.size:
            kind, size = _HEADER.unpack_from(data, begin)
            if kind not in _KINDS:
                raise AudioSocketError(f"a frame of kind {kind:#x}")
            end = begin + _HEADER.size + size
            if end > len(data):
                break
            frames.append(Frame(Kind(kind), data[begin + _HEADER.size : end]))
            begin = end
        self._buffer = data[begin:]
        return frames


def has_keys(version: str) -> bool:
    """Whether the AudioSocket of that Asterisk ("22.10.1") hands on keys; without them 9 would not be danger."""
    parts = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    major, minor = (*parts, 0, 0)[:2]
    return major > 22 or (major in _FIRST and minor >= _FIRST[major])


_FIRST = {20: 13, 21: 8, 22: 3}
