"""Short messages that come: one JSON object a message, by the REST interface or in files that a gateway writes."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from channels.incoming import Message, take
from channels.terms import Fate
from store.base import LOCAL, now
from store.engine import Store
from tickets.deadlines import DEFAULT, Rules
from tickets.errors import Invalid, TicketError
from tickets.terms import Channel
from tickets.wording import clean_text, phone_digits, printable

log = logging.getLogger(__name__)
_MOST_BYTES = 1 << 20
_MOST_TEXT = 2_000
_SETTLED = 1.0  # seconds since a file was written last: a gateway that does not rename has finished it
TAKEN, BAD = "taken", "bad"


def message_of(given: Mapping[str, Any], channel: Channel = Channel.SMS, known: str = "") -> Message:
    """The message of an object: `from`, `text`, `id` and perhaps `at`. `known` is the id when it has none.

    Raises Invalid.
    """
    phone = phone_digits(str(given.get("from", "")))
    if not phone:
        raise Invalid("from", "不是电话号码")
    text = clean_text("text", printable(str(given.get("text", ""))), _MOST_TEXT, 1)
    key = clean_text("id", str(given.get("id") or known), 160, 1)
    return Message(channel, key, phone, _moment(given.get("at")), text, phone=phone)


def _moment(given: object) -> datetime:
    if not given:
        return now()
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError:
        raise Invalid("at", "不是时间，应如 2026-11-27T09:00:00+08:00") from None
    at = now()
    if abs(found.year - at.year) > 1:
        raise Invalid("at", "不是最近的时间")
    found = found if found.tzinfo else found.replace(tzinfo=LOCAL)
    return min(found, at)


class Folder:
    """A folder that a gateway writes files into: JSON objects, one a file or one a line; name them *.json.

    A file is moved to `taken` after its messages are committed, to `bad` when it cannot be read.
    """

    def __init__(self, folder: Path, store: Store, attachments: Path, rules: Rules = DEFAULT) -> None:
        self._folder, self._store, self._attachments, self._rules = folder, store, attachments, rules

    def round(self) -> int:
        """How many messages were new. Raises OSError, SQLAlchemyError: then the file stays for the next round."""
        for name in (TAKEN, BAD):
            (self._folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        files = sorted(self._folder.glob("*.json"))
        return sum(self._one(file) for file in files if time.time() - file.stat().st_mtime > _SETTLED)

    def _one(self, file: Path) -> int:
        try:
            messages = list(_read(file))
        except (TicketError, ValueError) as error:
            log.warning("%s is no file of short messages: %s", file.name, error)
            self._move(file, BAD)
            return 0
        count = 0
        for message in messages:
            with self._store.begin() as session:
                taken = take(session, message, self._attachments, rules=self._rules)
                count += not taken.repeated and taken.fate is not Fate.REFUSED
        self._move(file, TAKEN)
        return count

    def _move(self, file: Path, where: str) -> None:
        os.replace(file, self._folder / where / file.name)


def _read(file: Path) -> Iterator[Message]:
    if file.stat().st_size > _MOST_BYTES:
        raise ValueError("it is too large")
    words = file.read_bytes().decode("utf-8-sig")
    for place, line in enumerate(_objects(words)):
        if not isinstance(line, dict):
            raise ValueError("an object is wanted")
        own = sha256(f"{file.name}\n{place}\n{json.dumps(line, sort_keys=True)}".encode()).hexdigest()
        yield message_of(line, known=own)


def _objects(words: str) -> Iterator[Any]:
    try:
        whole = json.loads(words)
    except ValueError:
        yield from (json.loads(line) for line in words.splitlines() if line.strip())
        return
    yield from whole if isinstance(whole, list) else [whole]
