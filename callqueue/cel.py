"""One line of Asterisk's channel event log (CEL) and the events in it.

Written by cel_custom (docs.asterisk.org: Channel Event Logging); `dateformat` of cel.conf stays unset, so
that the time is in seconds since the epoch with six decimals. The mapping in cel_custom.conf must be
`MAPPING`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from callqueue.errors import BadLine

FIELDS = (
    "eventtype",
    "eventtime",
    "CALLERID(num)",
    "CHANNEL(exten)",
    "CHANNEL(context)",
    "CHANNEL(channame)",
    "CHANNEL(appname)",
    "CHANNEL(appdata)",
    "CHANNEL(uniqueid)",
    "CHANNEL(linkedid)",
    "BRIDGEPEER",
    "userdeftype",
    "eventextra",
)
MAPPING = "cel.csv => " + ",".join("${CSV_QUOTE(${" + field + "})}" for field in FIELDS)
"""The line under [mappings] in cel_custom.conf; Asterisk 22.8 and later run it in their fast form."""

STANDARD = frozenset(
    (
        *("CHAN_START", "CHAN_END", "HANGUP", "ANSWER", "APP_START", "APP_END", "PARK_START", "PARK_END"),
        *("BRIDGE_ENTER", "BRIDGE_EXIT", "BLINDTRANSFER", "ATTENDEDTRANSFER", "PICKUP", "FORWARD", "DTMF"),
        *("LINKEDID_END", "LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN", "STREAM_BEGIN", "STREAM_END"),
    )
)
_FIELD = re.compile(r'"((?:[^"]|"")*)"')
_QUOTED = re.compile(rf"{_FIELD.pattern}(?:,{_FIELD.pattern})*")
NOTE = "USER_DEFINED"
"""The kind of an event that a flow or the dialplan wrote: a note."""


@dataclass(frozen=True, slots=True)
class CelEvent:
    """One event. `at` is microseconds since the epoch; `kind` is CEL's name of it, NOTE for a user event.

    `name` is the note's kind (`visit`, `path`, ...) or the stream's type; `extra` is Asterisk's JSON or "".
    `data` is the application's arguments, left out of notes, where `extra` says the same.
    """

    at: int
    kind: str
    name: str
    channel: str
    uniqueid: str
    linkedid: str
    caller: str = ""
    exten: str = ""
    app: str = ""
    data: str = ""
    extra: str = ""

    def details(self) -> Mapping[str, str]:
        """What `extra` holds: of a note its facts, of any other event Asterisk's own; {} when it cannot be
        read.
        """
        try:
            extra = json.loads(self.extra) if self.extra else {}
        except ValueError:
            return {}
        if not isinstance(extra, dict):
            return {}
        if self.kind == NOTE:
            facts = parse_qsl(str(extra.get("extra", "")), keep_blank_values=True)
            return {_storable(name): _storable(value) for name, value in facts}
        return {name: str(value) for name, value in extra.items()}


def parse(line: str) -> CelEvent:
    """The event in one line of the file, without its newline. Raises BadLine when it is not one."""
    fields = _split(line)
    if len(fields) != len(FIELDS):
        raise BadLine(f"{len(fields)} fields instead of {len(FIELDS)}")
    kind, time, caller, exten, _context, channel, app, data, uniqueid, linkedid, _peer, name, extra = fields
    if not (kind and channel and uniqueid and linkedid):
        raise BadLine("the event, the channel or its id is empty")
    if kind not in STANDARD:
        kind, name, data = NOTE, name or kind, ""
    at = microseconds(time)
    return CelEvent(at, kind, name, channel, uniqueid, linkedid, caller, exten, app, data, extra)


def of_use(event: CelEvent) -> bool:
    """Whether the ledger wants the event: not the keys pressed (they may be secrets), not the prompts
    played.
    """
    return event.kind != "DTMF" and not event.name.startswith("FILE_STREAM")


def of_prompt(line: str) -> bool:
    """Whether the line tells of a prompt played, which the ledger does not want: two thirds of a menu's lines.

    No caller can make it so: a quote inside a field is doubled, and stands nowhere alone after a comma.
    """
    return line.startswith('"STREAM_') and ',"FILE_STREAM_' in line


def microseconds(time: str) -> int:
    """Microseconds since the epoch of CEL's `seconds.microseconds`. Raises BadLine for any other form."""
    seconds, dot, fraction = time.partition(".")
    digits = time.isascii() and seconds.isdigit() and fraction.isdigit()
    if not (dot and digits and len(fraction) == 6 and len(seconds) <= 10):
        raise BadLine("the time is not seconds and microseconds since the epoch")
    return int(seconds + fraction)


def _storable(text: str) -> str:
    """The text without what a database refuses (NUL, half surrogates)."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _split(line: str) -> list[str]:
    # Every field is quoted, so the plain split is right whenever it gives the right number, and much faster.
    fields = line[1:-1].split('","')
    if len(fields) == len(FIELDS) and line[:1] == line[-1:] == '"':
        return [field.replace('""', '"') if '"' in field else field for field in fields]
    # Only such lines: a caller id with line breaks in it could otherwise pass off its own text as an event.
    if not _QUOTED.fullmatch(line):
        raise BadLine("not every field is in quotes")
    return [field.replace('""', '"') for field in _FIELD.findall(line)]
