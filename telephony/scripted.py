"""A call in memory, for tests and rehearsal: a caller who follows a script, on a channel of AGI lines.

The verbs, the quoting and the parser are the real ones; only Asterisk is played. The caller is patient: hears
every prompt out and keys while the flow waits, unless the script says which prompt a key interrupts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs

from speech.hearing import Heard
from telephony.agi import AGIError, Reply, ReplyReader, checked, command
from telephony.call import Asked, Call, CallerHungUp, Driver, Facts, Input, Length
from telephony.driver import FlowWaits, run, settled

__all__ = [
    "HANG_UP", "SILENCE", "FlowEndless", "FlowWaits", "Note", "Press", "Say", "ScriptedCall", "hang_up_during", "run",
]  # fmt: skip

T = TypeVar("T")


class FlowEndless(AGIError):
    """The flow sent more lines than a call has."""


@dataclass(frozen=True, slots=True)
class Press:
    """Keys typed one after the other; `during`: the prompt the first interrupts ("": at the next wait)."""

    keys: str
    during: str = ""
    hang_up: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """Words spoken, and what a recogniser makes of them: a value, None when not sure; `busy`: it has no time."""

    text: str
    value: str | None = None
    confidence: float = 0.95
    during: str = ""
    busy: bool = False

    @property
    def heard(self) -> Heard:
        return Heard(self.text, self.value, self.confidence)


SILENCE = Press("")  # the caller lets one wait run out
DEAD = "HANGUP\n511 Command Not Permitted on a dead channel or intercept routine"
HANG_UP = Press("", hang_up=True)  # the caller hangs up where the next key would be


def hang_up_during(prompt: str) -> Press:
    """A caller who hangs up while `prompt` plays."""
    return Press("", prompt, hang_up=True)


@dataclass(frozen=True, slots=True)
class Note:
    """A fact of the call as Asterisk's event log would keep it."""

    kind: str
    facts: Mapping[str, str]


class ScriptedCall(Call):
    """A call whose caller does `presses` in order: a string is keys, "" is silence; after the last, silence.

    `hang_up_at`: the number (from 1) of the AGI line that finds the channel gone. `variables`: the channel's,
    read and set. `recorded`: how long the caller speaks into a recording, seconds; `on_record` is given its
    path. With `hears` the call has an ear, and the caller's words are heard. Afterwards `played`, `notes`,
    `lines`, `recordings`, `asked`, `variables` and `left` say what happened.
    """

    MOST_LINES = 2000

    def __init__(
        self,
        *presses: str | Press | Say,
        facts: Facts | None = None,
        variables: Mapping[str, str] | None = None,
        hang_up_at: int | None = None,
        recorded: float = 3.0,
        length: Length | None = None,
        on_record: Callable[[str], None] | None = None,
        hears: bool = False,
    ) -> None:
        self.lines: list[str] = []
        self.played: list[str] = []
        self.notes: list[Note] = []
        self.recordings: list[str] = []
        self.asked: list[Asked] = []
        self.variables: dict[str, str] = dict(variables or {})
        self._presses = deque(Press(press) if isinstance(press, str) else press for press in presses)
        self._hang_up_at = hang_up_at
        self._recorded = recorded
        self._on_record = on_record
        self._reader = ReplyReader()
        self._gone = False
        known = facts or Facts("1700000000.1", caller="13800000001")
        super().__init__(known, self._answer, length, _ScriptedEar(self) if hears else None)

    @property
    def left(self) -> list[Press | Say]:
        """The presses of the script that were never made."""
        return list(self._presses)

    def noted(self, kind: str) -> list[Mapping[str, str]]:
        """The facts of every note of one kind, in order."""
        return [note.facts for note in self.notes if note.kind == kind]

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        """The same as run()."""
        return run(flow)

    def answered(self, prompts: Sequence[str], keys: str) -> Input:
        """What the caller does while an ear plays the prompts and listens."""
        for prompt in (*prompts, ""):
            self.played += [prompt] if prompt else []
            press = self._presses[0] if self._presses else SILENCE
            if press.during != prompt:
                continue
            if isinstance(press, Say):
                self._presses.popleft()
                return Input(heard=None if press.busy else press.heard, start=1.5, busy=press.busy)
            key = self._take()
            if self._gone:
                raise CallerHungUp
            if key in keys:
                return Input(key)
        return Input()

    async def _answer(self, line: str, blocks: float = 0.0) -> Reply:
        self.lines.append(checked(line))
        if len(self.lines) > self.MOST_LINES:
            raise FlowEndless(f"{self.MOST_LINES} lines, the last: {line}")
        if len(self.lines) == self._hang_up_at:
            self._gone = True
        reply = DEAD if self._gone else self._reply(words(line))
        text, *_ = self._reader.feed(reply.encode() + b"\n")
        return settled(text)

    def _reply(self, said: list[str]) -> str:
        """Asterisk's answer to a line cut into words."""
        match said:
            case ["STREAM", "FILE", prompt, keys, *_]:
                return self._stream(prompt, keys)
            case ["WAIT", "FOR", "DIGIT", _]:
                return f"200 result={self._code(self._key())}"
            case ["GET", "DATA", prompt, _, count]:
                return self._data(prompt, int(count))
            case ["RECORD", "FILE", path, _, keys, longest, *_]:
                return self._record(path, keys, int(longest) / 1000)
            case ["SET", "VARIABLE", name, value]:
                self.variables[name] = value
                return "200 result=1"
            case ["GET", "FULL", "VARIABLE", expression]:
                return f"200 result=1 ({self.variables.get(expression[2:-1], '')})"
            case ["EXEC", application, *arguments]:
                return self._exec(application, arguments[0] if arguments else "")
            case ["SET", "AUTOHANGUP", _] | ["ANSWER"] | ["NOOP", *_] | ["VERBOSE", *_]:
                return "200 result=0"
        return "510 Invalid or unknown command"

    def _stream(self, prompt: str, keys: str) -> str:
        self.played.append(prompt)
        press = self._presses[0] if self._presses else SILENCE
        if press.during != prompt or not press.during or isinstance(press, Say):
            return "200 result=0 endpos=8000"
        # Asterisk drops a key that the prompt does not listen for.
        key = self._take()
        return f"200 result={self._code(key if key in keys else '')} endpos=4000"

    def _data(self, prompt: str, count: int) -> str:
        self.played.append(prompt)
        digits = ""
        while len(digits) < count:
            key = self._key(prompt)
            if self._gone:
                return "200 result=-1"
            if not key:
                return f"200 result={digits} (timeout)"
            if key == "#":
                break
            digits += key
        return f"200 result={digits}"

    def _record(self, path: str, keys: str, longest: float) -> str:
        self.recordings.append(path)
        if self._on_record:
            self._on_record(path)
        key = self._key()
        while key and key not in keys:
            key = self._key()
        if self._gone:
            return f"200 result=-1 (hangup) endpos={round(min(self._recorded, longest) * 8000)}"
        if key:
            return f"200 result={ord(key)} (dtmf) endpos={round(min(self._recorded, longest) * 8000)}"
        return f"200 result=0 (timeout) endpos={round(longest * 8000)}"

    def _exec(self, application: str, data: str) -> str:
        if application == "CELGenUserEvent":
            kind, _, query = data.partition(",")
            facts = parse_qs(query, keep_blank_values=True)
            self.notes.append(Note(kind, {name: values[0] for name, values in facts.items()}))
        elif application == "MSet":
            pairs = (pair.partition("=")[::2] for pair in data.split(","))
            self.variables.update((name, value) for name, value in pairs if not name.endswith(")"))
        return "200 result=0"

    def _key(self, prompt: str = "") -> str:
        """The key the caller presses now, "" for silence; `prompt` is what plays."""
        press = self._presses[0] if self._presses else SILENCE
        if press.during not in ("", prompt):
            return ""
        return self._take()

    def _take(self) -> str:
        """The first key of the first press, which is over when it has no more; words are spoken in vain."""
        if not self._presses:
            return ""
        press = self._presses.popleft()
        if isinstance(press, Say):
            return ""
        self._gone = press.hang_up
        if len(press.keys) > 1:
            self._presses.appendleft(Press(press.keys[1:]))
        return press.keys[:1]

    def _code(self, key: str) -> str:
        """How a key stands in a result."""
        return "-1" if self._gone else str(ord(key)) if key else "0"


class _ScriptedEar:
    """The ear of a scripted call: a key or words stop the prompt they are meant for, or come when all were heard."""

    def __init__(self, call: ScriptedCall) -> None:
        self._call = call

    async def listen(self, send: Driver, prompts: Sequence[str], asked: Asked) -> Input | None:
        await send(command("EXEC", "AudioSocket", "scripted"), asked.seconds)
        self._call.asked.append(asked)
        return self._call.answered(prompts, asked.keys)


def words(line: str) -> list[str]:
    """The words Asterisk takes an AGI line for (`parse_args` in res_agi.c)."""
    found: list[str] = []
    quoted = escaped = False
    between = True
    for character in line:
        if character == '"' and not escaped:
            quoted = not quoted
            if quoted and between:
                found.append("")
                between = False
        elif character in " \t" and not quoted and not escaped:
            between = True
        elif character == "\\" and not escaped:
            escaped = True
        else:
            if between:
                found.append("")
                between = False
            found[-1] += character
            escaped = False
    return found
