"""The call as a flow sees it: verbs over one `execute(line)`, and the outcome a flow returns.

A flow is `async def flow(call: Call, ...) -> Outcome`. It never learns which driver runs it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from telephony.agi import Reply, command

if TYPE_CHECKING:  # a classic script hears keys alone, and is quicker without
    from speech.hearing import Heard

NEXT = "HOTLINE_NEXT"
PATH = "HOTLINE_PATH"
_LONGEST_PATH = 100  # characters
_PLAIN = re.compile(r"[\w.:+-]*")  # what MSet takes as it stands


class CallerHungUp(Exception):
    """The caller has hung up; a disposition, not a failure, and never caught inside a flow."""


class Danger(Exception):
    """The caller pressed the danger key; every menu raises it, the driver hands the call to the dialplan."""


class Next(StrEnum):
    """Where the dialplan takes the call after a flow (context `next-<value>`)."""

    QUEUE = "queue"
    DANGER = "danger"
    MENU = "menu"
    PROGRESS = "progress"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"
    HANGUP = "hangup"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a flow hands back: where the call goes next, and what was settled."""

    next: Next
    queue: str = ""
    service: str = ""
    ticket: str = ""
    disposition: str = ""

    def variables(self) -> dict[str, str]:
        """The channel variables (see telephony/variables.py) that tell the dialplan this outcome."""
        return {
            NEXT: self.next.value,
            "HOTLINE_QUEUE": self.queue,
            "HOTLINE_SERVICE": self.service,
            "HOTLINE_TICKET": self.ticket,
            "HOTLINE_DISPOSITION": self.disposition,
        }


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when the flow starts. `caller`: digits only, empty when hidden or not a number."""

    call_id: str
    channel: str = ""
    caller: str = ""
    dialled: str = ""
    line: str = "12345"
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording made: its path without the ending, seconds, and the key that ended it ("" for time)."""

    path: str
    seconds: float
    key: str


@dataclass(frozen=True, slots=True)
class Input:
    """What the caller gave to a question: a key, or words `heard`; neither is silence.

    `start` is the second of the recording at which the words begin. `busy`: words came and could not be made out at
    the moment, so the question is to be asked by key.
    """

    key: str = ""
    heard: Heard | None = None
    start: float = 0.0
    busy: bool = False


class Driver(Protocol):
    """What stands under a call: sends one AGI line and gives the reply. Raises CallerHungUp."""

    def __call__(self, line: str, blocks: float = 0.0, /) -> Awaitable[Reply]:
        """`blocks`: the longest this command may keep the channel busy, seconds (0: answers at once)."""
        ...


class Ear(Protocol):
    """Hears keys and words while prompts play; a call has one only where speech can be made out."""

    async def listen(self, send: Driver, prompts: Sequence[str], asked: Asked) -> Input | None:
        """What the caller gave; None when it could not be listened, and nothing was played."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What a listening ear needs: keys, the phrases of each value, seconds of silence, where to record (no ending)."""

    keys: str
    words: Mapping[str, Sequence[str]]
    seconds: float
    path: str


Length = Callable[[str], float]


class Call:
    """The verbs. Seconds everywhere; prompts are ids of the catalogue; digits are `str`."""

    def __init__(
        self, facts: Facts, execute: Driver, length: Length | None = None, ear: Ear | None = None
    ) -> None:
        self.facts = facts
        self._execute = execute
        self._ear = ear
        # How long a prompt plays, seconds; lets the driver tell Asterisk when silence from us is a fault.
        self._length: Length = length or (lambda _prompt: 30.0)
        self._path: list[str] = []

    async def play(self, *prompts: str, keys: str = "") -> str:
        """The key of `keys` that stopped the prompts, or "" when they played to the end."""
        for prompt in prompts:
            reply = await self._execute(command("STREAM FILE", prompt, keys), self._length(prompt))
            key = _key(reply)
            if key:
                return key
        return ""

    async def wait_key(self, seconds: float) -> str:
        """The next key, or "" after `seconds`."""
        reply = await self._execute(command("WAIT FOR DIGIT", round(seconds * 1000)), seconds)
        return _key(reply)

    @property
    def hears(self) -> bool:
        """Whether words can be heard; keys always are."""
        return self._ear is not None

    async def listen(self, *prompts: str, asked: Asked) -> Input:
        """What the caller gave while the prompts played or within the seconds after: a key or words stop them.

        Without an ear, or without words to listen for, only keys are heard.
        """
        if self._ear and asked.words:
            given = await self._ear.listen(self._execute, prompts, asked)
            if given:
                return given
        return Input(await self.play(*prompts, keys=asked.keys) or await self.wait_key(asked.seconds))

    async def get_digits(self, *prompts: str, count: int, seconds: float = 5.0) -> str:
        """The digits keyed, at most `count`, ended by # or `seconds` of silence; the first stops prompts."""
        first = await self.play(*prompts[:-1], keys="0123456789*#") if len(prompts) > 1 else ""
        if first == "#":
            return ""
        if first:
            return await self._more(first, count, seconds)
        last = prompts[-1] if prompts else ""
        longest = (self._length(last) if last else 0.0) + seconds * (count + 1)
        reply = await self._execute(command("GET DATA", last, round(seconds * 1000), count), longest)
        return reply.result if reply.result != "-1" else ""

    async def _more(self, digits: str, count: int, seconds: float) -> str:
        while len(digits) < count:
            key = await self.wait_key(seconds)
            if key in ("", "#"):
                break
            digits += key
        return digits

    async def record(self, path: str, seconds: float, keys: str = "#") -> Recording:
        """The recording (8 kHz 16-bit WAV, `path`.wav) of at most `seconds` after a beep, ended by `keys`."""
        line = command("RECORD FILE", path, "wav", keys, round(seconds * 1000), "BEEP")
        reply = await self._execute(line, seconds + 2.0)
        return Recording(path, reply.endpos / 8000, _key(reply))

    async def set_variable(self, name: str, value: str) -> None:
        """Sets a channel variable or writes a function."""
        await self._execute(command("SET VARIABLE", name, value))

    async def variable(self, name: str) -> str:
        """The value of a channel variable or function, "" when unset."""
        reply = await self._execute(command("GET FULL VARIABLE", "${" + name + "}"))
        return reply.data or ""

    async def note(self, kind: str, **facts: str) -> None:
        """Writes a fact of the call to Asterisk's own event log (CEL), from which the ledger is built.

        It is on disk when this returns, whatever becomes of the service or the database.
        """
        await self._execute(_note(kind, *facts.items()))
        if kind == "path":
            self._path.append(f"{facts.get('at', '')}:{facts.get('key', '')}")

    async def settle(self, outcome: Outcome) -> None:
        """Sets the outcome's variables, HOTLINE_NEXT last, and lifts the absolute timeout.

        Drivers call it, flows do not. One command sets all: the dialplan finds a whole outcome or none.
        """
        path = ".".join(self._path)[:_LONGEST_PATH]
        line = _settling(outcome, path)
        if line:
            await self._execute(line)
            return
        await self._execute(command("SET AUTOHANGUP", 0))
        for name, value in _variables(outcome, path).items():
            await self.set_variable(name, value)


@lru_cache(maxsize=512)  # most calls end in one of a few ways
def _settling(outcome: Outcome, path: str) -> str:
    """The one line that sets an outcome, "" when a value would not survive it."""
    variables = _variables(outcome, path)
    if not all(map(_PLAIN.fullmatch, variables.values())):
        return ""
    pairs = ",".join(f"{name}={value}" for name, value in variables.items())
    return command("EXEC", "MSet", f"TIMEOUT(absolute)=0,{pairs}")


def _variables(outcome: Outcome, path: str) -> dict[str, str]:
    variables = outcome.variables()
    if path:
        variables[PATH] = path
    variables[NEXT] = variables.pop(NEXT)
    return variables


@lru_cache(maxsize=512)  # the same keys in the same menus
def _note(kind: str, *facts: tuple[str, str]) -> str:
    return command("EXEC", "CELGenUserEvent", f"{kind},{urlencode(facts)}")


def _key(reply: Reply) -> str:
    code = int(reply.result) if reply.result.lstrip("-").isdigit() else 0
    return chr(code) if code > 0 else ""
