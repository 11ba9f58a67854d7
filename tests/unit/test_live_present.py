"""Which telephones are there is asked as soon as Asterisk has started (R10)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from callqueue.live.present import BOOTED, ask_telephones
from telephony.ami import RESYNC, AMILost, Events, Reply


class Link:
    """A manager that loses the connection at the first action of `cut` asking rounds."""

    def __init__(self, *events: str, cut: int = 0) -> None:
        self.feed = Events(frozenset({BOOTED}), 100, lambda _events: None)
        for name in events:
            self.feed.put({"Event": name})
        self.feed.close()
        self.asked: list[str] = []
        self._cut = cut

    def events(self, *names: str) -> Events:
        assert names == (BOOTED,)
        return self.feed

    async def action(self, headers: Mapping[str, str], /) -> Reply:
        if self._cut:
            self._cut -= 1
            raise AMILost("cut")
        assert headers["Action"] == "PJSIPQualify"
        self.asked.append(headers["Endpoint"])
        return Reply(headers["Endpoint"] != "8002", "no such endpoint", {})


def test_every_telephone_is_asked_at_each_start_also_after_one_that_was_cut() -> None:
    link = Link(RESYNC, BOOTED, RESYNC, BOOTED, cut=1)
    asyncio.run(ask_telephones(link, ("8001", "8002", "8101")))
    assert link.asked == ["8001", "8002", "8101"]
