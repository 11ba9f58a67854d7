"""A desk whose service has telephones: a played floor, a trunk, agents; and a browser without JavaScript."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode

from callback_survey.channels import Trunk
from callqueue.missed import Rules
from console.route import Means
from tests.pages.conftest import PASSWORD, Desk


class PlayedFloor:
    """Asterisk with three channels of the trunk in use and one queue."""

    def look(self) -> dict[str, Any]:
        return {
            "current": True, "trunks": [{"name": "trunk", "state": "in-use", "channels": 3}],
            "queues": [{"name": "consult", "label": "咨询"}],
        }  # fmt: skip

    def places(self) -> dict[str, int]:
        return {"13900000001": 2}


def equip(desk: Desk, resting: timedelta = timedelta()) -> list[Mapping[str, str]]:
    """Gives the desk's site what the service gives it; what it has dialled from now on. `resting`: callbacks are not
    dialled for so long.
    """
    dialled: list[Mapping[str, str]] = []
    means = Means(missed=Rules(opens=0, closes=24 * 60), dial=dialled.append)
    more = {"floor": PlayedFloor(), "trunk": Trunk("trunk", 30, 10), "means": means, "agents": ("8001", "8002"),
            "calling_from": lambda at: at + resting}
    object.__setattr__(desk.services, "more", more)
    return dialled


class Reader:
    """A browser without JavaScript, logged in. `text` is the last page without tags, `status` its status."""

    def __init__(self, desk: Desk, name: str) -> None:
        self._base = desk.base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.html, self.status = "", 0
        self.open("/login")
        self.send("/login", name=name, password=PASSWORD)

    @property
    def text(self) -> str:
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    def open(self, path: str, data: bytes | None = None) -> str:
        try:
            with self.opener.open(self._base + path, data, 10) as answer:
                self.html, self.status = answer.read().decode(), answer.status
        except urllib.error.HTTPError as refused:
            with refused:
                self.html, self.status = refused.read().decode(), refused.code
        return self.text

    def send(self, path: str, token: str = "", **typed: str) -> str:
        """The page after a form was sent with the token of the page before."""
        found = re.search(r'name="form_token" value="([^"]+)"', self.html)
        return self.open(path, urlencode({"form_token": token or (found[1] if found else ""), **typed}).encode())
