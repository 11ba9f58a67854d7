"""Short messages: one function to send one, over HTTP to the county's gateway, or into a file where there is none."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from channels.errors import ChannelError
from store.base import now

Send = Callable[[str, str], None]
"""Sends a text to a number. Raises ChannelError when the gateway has not taken it."""

_SECONDS = 5.0


def to_file(file: Path) -> Send:
    """Writes a JSON line a message: for counties whose gateway takes files, and for trying out."""

    def send(number: str, text: str) -> None:
        line = json.dumps({"to": number, "text": text, "at": now().isoformat(timespec="seconds")}, ensure_ascii=False)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as lines:
            lines.write(line + "\n")

    return send


def over_http(url: str, token: str) -> Send:
    """POSTs {"to", "text"} as JSON, with the token as Bearer; any answer of 200 to 299 has taken the message."""

    def send(number: str, text: str) -> None:
        body = json.dumps({"to": number, "text": text}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(url, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS):
                return
        except (urllib.error.URLError, OSError) as error:
            raise ChannelError(f"the gateway of short messages has not taken it: {error}") from None

    return send
