"""Classic AGI: one flow, one process, over pyst2's AGI class with our quoting and our replies.

It starts once a call, so it imports little: no asyncio, no SQLAlchemy, no panoramisk. A script that needs those
relays to the FastAGI server (telephony/relay.py, which imports less still).
"""

from __future__ import annotations

import io
import os
from collections.abc import Awaitable, Callable

from asterisk.agi import AGI

from telephony.agi import AGIError, EnvironmentReader, Reply, ReplyReader, checked, command
from telephony.call import Call, CallerHungUp, Length, Outcome
from telephony.driver import DeadMan, run, run_flow, settled
from telephony.facts import facts_of
from telephony.relay import relay

__all__ = ["ScriptAGI", "relay", "run_script"]


class ScriptAGI(AGI):  # type: ignore[misc]
    """pyst2's AGI over two file descriptors: quotes, reads every reply, silent, calm when the caller hangs up.

    Its own verbs work; `execute_line` is the driver under a Call. All raise CallerHungUp on SIGHUP, end of input,
    511 and HANGUP, and AGIError on what Asterisk refuses.
    """

    def __init__(self, source: int = 0, sink: int = 1) -> None:
        self._source = source
        self._sink = sink
        self._replies = ReplyReader()
        self._texts: list[str] = []
        super().__init__(None, None, io.StringIO())

    async def execute_line(self, line: str, blocks: float = 0.0) -> Reply:
        """The reply to one line; `blocks` is Asterisk's to watch, see telephony.driver.DeadMan."""
        return self._ask(line)

    def _ask(self, line: str) -> Reply:
        self.test_hangup()
        data = checked(line).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._sink, data) :]
        except OSError:
            raise CallerHungUp from None
        while not self._texts:
            self._texts += self._replies.feed(self._read())
        text, self._texts = self._texts[0], []
        return settled(text)

    def _read(self) -> bytes:
        data = os.read(self._source, 65536)
        if not data:
            raise CallerHungUp
        return data

    def _get_agi_env(self) -> None:
        reader = EnvironmentReader()
        while (environment := reader.feed(self._read())) is None:
            pass
        self.env = environment
        self._texts += self._replies.feed(reader.rest)

    def test_hangup(self) -> None:
        """Raises CallerHungUp after a SIGHUP."""
        if self._got_sighup:
            raise CallerHungUp

    def _quote(self, string: object) -> str:
        return command("", str(string)).lstrip()

    def execute(self, verb: str, *arguments: object) -> dict[str, tuple[str, str]]:
        """The reply as pyst2's verbs expect it."""
        reply = self._ask(" ".join((verb.strip(), *map(str, arguments))))
        return {"result": (reply.result, reply.data or ""), "endpos": (str(reply.endpos), "")}


def run_script(flow: Callable[[Call], Awaitable[Outcome]], length: Length | None = None) -> int:
    """The exit status of a process that Asterisk started to run `flow`: 0 unless the flow failed.

    `length`: seconds a prompt plays. A hang-up is no failure.
    """
    try:
        agi = ScriptAGI()
    except CallerHungUp:
        return 0
    except AGIError:
        return 1
    try:
        run(run_flow(Call(facts_of(agi.env), DeadMan(agi.execute_line), length), flow))
    except Exception:  # run_flow has logged it
        return 1
    return 0
