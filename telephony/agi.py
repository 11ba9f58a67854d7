"""AGI lines as values: commands quoted, replies and environments parsed; no input or output here.

Source: Asterisk's res_agi.c (`parse_args`, `agi_handle_command`, `setup_env`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from telephony.errors import TelephonyError

MAX_LINE = 2000  # bytes; Asterisk read 2048 a line before July 2025
MAX_QUOTES = 100  # Asterisk's parser overruns its 128 words when each opens with a quote (issue 2069)
MAX_REPLY = 65536  # bytes
MAX_ENVIRONMENT = 65536  # bytes

HANGUP = "HANGUP"  # the line that tells of a hang-up, at any time

_RESULT = "200 result="
_RESULT_BYTES = _RESULT.encode()
_FORBIDDEN = re.compile(r"[\r\n\0]")
_USAGE_END = "520 End of proper usage."
_CLOSED = re.compile(r"\)(?: endpos=-?\d+)?$")
_CODE = re.compile(r"\d\d\d(?:[ -]|$)")


class AGIError(TelephonyError):
    """AGI went wrong."""


class AGIUnsafe(AGIError):
    """A command that Asterisk's parser would not read as it was meant was not sent."""


class AGIInvalid(AGIError):
    """Asterisk does not know the command (510), or what came is not AGI."""


class AGIUsage(AGIError):
    """Asterisk knows the command but not with these arguments (520)."""


class AGIDead(AGIError):
    """The channel is gone (511)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Asterisk's reply to one command.

    `result` is what follows `result=`, `data` what stood in brackets (None: no brackets), `endpos` a
    position in samples, `dead` that the channel was hung up while the command ran.
    """

    code: int
    result: str
    data: str | None = None
    endpos: int = 0
    dead: bool = False

    @property
    def timeout(self) -> bool:
        """Whether time ended the command (only GET DATA and RECORD FILE say so)."""
        return self.data == "timeout"


@lru_cache(maxsize=512)  # every call plays the same prompts
def command(verb: str, *arguments: str | int) -> str:
    """The AGI line (without newline) of a verb and its quoted arguments. Raises AGIUnsafe."""
    return checked(" ".join((verb, *(_quote(str(argument)) for argument in arguments))))


def checked(line: str) -> str:
    """The line itself when it is fit to be sent as one AGI command. Raises AGIUnsafe."""
    if _FORBIDDEN.search(line):
        raise AGIUnsafe("CR, LF or NUL in an AGI command")
    try:
        size = len(line) if line.isascii() else len(line.encode())
    except UnicodeEncodeError as error:
        raise AGIUnsafe("text that UTF-8 cannot hold in an AGI command") from error
    if size > MAX_LINE:
        raise AGIUnsafe(f"AGI command of {size} bytes, at most {MAX_LINE}")
    if line.count('"') > MAX_QUOTES:
        raise AGIUnsafe(f"more than {MAX_QUOTES} quotes in an AGI command")
    return line


def _quote(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_reply(text: str) -> Reply:
    """The reply in one whole text from `ReplyReader`.

    Raises AGIInvalid (510, or not AGI), AGIUsage (520), AGIDead (511, HANGUP).
    """
    if text.startswith(_RESULT):
        return _parse_result(text[11:])
    if text.startswith("520"):
        raise AGIUsage(text)
    if text.startswith("511") or text == HANGUP:
        raise AGIDead(text)
    raise AGIInvalid(text)


@lru_cache(maxsize=512)  # most replies are a bare result, and the same few
def parse_whole(data: bytes) -> Reply | None:
    """The reply when the bytes are one whole line that is a bare result; None: they are to be read with care."""
    if data.find(b"\n") != len(data) - 1 or b"(" in data or not data.startswith(_RESULT_BYTES):
        return None
    return parse_reply(data[:-1].decode("utf-8", "replace"))


def _parse_result(rest: str) -> Reply:
    result, space, tail = rest.partition(" ")
    if not space:
        return Reply(200, result)
    data = None
    if tail.startswith("("):
        end = tail.rfind(")")
        data, tail = tail[1:end], tail[end + 1 :]
    samples = tail.rpartition("endpos=")[2]
    endpos = int(samples) if samples.isascii() and samples.isdigit() else 0
    return Reply(200, result, data, endpos, dead=data == "hangup" and result == "-1")


class ReplyReader:
    """Cuts the bytes Asterisk sends into whole replies; any division of the bytes gives the same replies.

    A variable's value may hold newlines: its reply ends at the first line that ends with a bracket. Should
    the value itself hold such a line its tail is lost, but no reply is taken for another's: what is not a
    reply is dropped.
    """

    __slots__ = ("_buffer", "_open", "_size")

    def __init__(self) -> None:
        self._buffer = b""
        self._open: list[str] = []  # the lines so far of a reply of several lines
        self._size = 0  # their characters

    @property
    def between(self) -> bool:
        """Whether nothing of a reply has come whose rest has not."""
        return not (self._buffer or self._open)

    def feed(self, data: bytes) -> list[str]:
        """The texts of the replies completed by these bytes, HANGUP lines among them, 100 left out.

        Raises AGIInvalid when a reply grows over MAX_REPLY.
        """
        if self._buffer:
            data = self._buffer + data
        *lines, self._buffer = data.split(b"\n")
        if len(self._buffer) > MAX_REPLY:
            raise AGIInvalid(f"a reply of more than {MAX_REPLY} bytes")
        texts = []
        for line in lines:
            text = self._line(line.decode("utf-8", "replace"))
            if text is not None:
                texts.append(text)
        return texts

    def _line(self, line: str) -> str | None:
        if self._open:
            return self._continue(line)
        if line == HANGUP:
            return line
        if line.startswith("520-") or (line.startswith(_RESULT) and _unfinished(line)):
            self._open, self._size = [line], len(line)
        elif _CODE.match(line) and not line.startswith("100"):
            return line
        return None

    def _continue(self, line: str) -> str | None:
        self._open.append(line)
        self._size += len(line) + 1
        usage = self._open[0].startswith("520-")
        if not (line.endswith(_USAGE_END) if usage else _CLOSED.search(line)):
            if self._size > MAX_REPLY:
                raise AGIInvalid(f"a reply of more than {MAX_REPLY} characters")
            return None
        text, self._open = "\n".join(self._open), []
        return text


def _unfinished(line: str) -> bool:
    space = line.find(" ", 11)
    return line.startswith(" (", space) and _CLOSED.search(line) is None if space > 0 else False


class EnvironmentReader:
    """Gathers the block of `agi_*` lines that opens every session."""

    __slots__ = ("_buffer", "rest")

    def __init__(self) -> None:
        self._buffer = b""
        self.rest = b""  # bytes after the block (a HANGUP line, when the caller is that quick)

    def feed(self, data: bytes) -> dict[str, str] | None:
        """The environment once its empty line has come, else None. Raises AGIInvalid."""
        self._buffer += data
        block, end, rest = self._buffer.partition(b"\n\n")
        if len(block) > MAX_ENVIRONMENT:
            raise AGIInvalid(f"an environment of more than {MAX_ENVIRONMENT} bytes")
        if not end:
            return None
        self.rest = rest
        return parse_environment(block)


def parse_environment(block: bytes) -> dict[str, str]:
    """The environment in a block of `agi_name: value` lines; bytes that are no UTF-8 become U+FFFD.

    Raises AGIInvalid.
    """
    text = block.decode("utf-8", "replace")
    environment = {}
    for line in text.split("\n"):
        if line.startswith("agi_"):
            name, _, value = line.partition(":")
            environment[name] = value.strip()
    if not environment:
        raise AGIInvalid("no agi_ line in the environment")
    return environment
