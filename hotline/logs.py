"""Logs: one line an event, `key=value` after the message, telephone numbers masked above DEBUG."""

from __future__ import annotations

import logging
import os
import re
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from store.base import LOCAL

_BYTES = 10 * 1024 * 1024
_FILES = 5
_KEYS = ("call_id", "ticket_no", "agent", "part")
_NUMBER = re.compile(r"\b0\d{2,3}-\d{7,8}\b|(?<![\d.])\+?\d{7,}(?!\d|\.\d)")


def mask(text: str) -> str:
    """The text with the middle of every telephone number hidden.

    Ids stay readable: a call's (digits, dot, digits), a ticket's (twelve digits, the first not 0).
    """
    return _NUMBER.sub(lambda found: found[0] if _ticket(found[0]) else f"{found[0][:3]}****{found[0][-2:]}", text)


def _ticket(digits: str) -> bool:
    return len(digits) == 12 and digits[0] in "123456789"


class Line(logging.Formatter):
    """time level logger message key=value ...; a traceback follows on lines that begin with a space."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, LOCAL).isoformat(timespec="milliseconds")
        facts = "".join(f" {key}={value}" for key in _KEYS if (value := getattr(record, key, None)))
        text = record.getMessage().replace("\n", "\\n").replace("\r", "\\r")
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        shown = text if record.levelno <= logging.DEBUG else mask(text)
        first, *more = shown.split("\n")
        line = f"{moment} {record.levelname.lower()} {record.name} {first}{facts}"
        return "\n ".join([line, *more])


class Private(RotatingFileHandler):
    """A rotating file that its owner alone may read."""

    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        return super()._open()

    def shouldRollover(self, record: logging.LogRecord) -> bool:
        """Whether the file is full; unlike the library's it neither formats the line once more nor asks the disk."""
        return self.stream is not None and self.stream.tell() >= self.maxBytes


def to_file(file: Path, level: int = logging.INFO) -> None:
    """Sends every log record of this process to `file`; HOTLINE_DEBUG=1 sends DEBUG as well."""
    handler = Private(file, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    handler.setFormatter(Line())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if os.environ.get("HOTLINE_DEBUG") == "1" else level)
    for noisy in ("asyncio", "aiohttp.access", "sqlalchemy", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


