"""What scenarios share: a visit as far as an agent, what was said in which order, what is left in ledger and logs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from store.base import now
from tests.e2e.county import County
from tests.hotline_fixture import TRUNK_HOST, Hotline, eventually
from tests.phones import Call, Phone, audio

Row = dict[str, Any]
SECOND_AGENT_HZ = 1400
PAUSE = 0.9
"""Longest silence between two words, in seconds: Asterisk's SayDigits leaves half a second."""
ALIKE = 0.5
"""Least correlation of a word of a fifth to a whole second in the place where it is expected."""


# -- a visit -------------------------------------------------------------------------------------


def ask_for(county: County, key: str, caller: str, number: str = "12345", trunk: Phone | None = None) -> Call:
    """A citizen's call in which the key was pressed as soon as the greeting began."""
    call = (trunk or county.trunk).call(number, caller=caller)
    call.wait("confirmed")
    call.hears(county.sound("greeting" if number == "12345" else "greeting_96128"), 8, seconds=1)
    call.dtmf(key)
    return call


def answered(county: County, agent: Phone, caller: str, key: str = "1") -> tuple[Call, Call]:
    """A citizen's call and the agent's, joined, neither having spoken yet."""
    call = ask_for(county, key, caller)
    talking = agent.wait_call(15)
    assert talking.remote.user == caller
    talking.answer()
    talking.wait("confirmed")
    return call, talking


def pick_up(county: County, agents: dict[str, Phone]) -> tuple[str, Call]:
    """The agent's number and the call of whichever phone rings next, answered at once."""

    def ringing() -> tuple[str, Call] | None:
        calls = ((number, call) for number, phone in agents.items() for call in phone.calls)
        return next(((n, call) for n, call in calls if call.incoming and not call.taken), None)

    number, call = county.town.wait_until(ringing, 20, "a ring at any agent's phone")
    call.taken = True
    call.answer()
    call.wait("confirmed")
    return number, call


def another_trunk(county: County) -> Phone:
    """One more line of the carrier, for calls beyond the four that a phone holds."""
    return county.town.phone(bind=TRUNK_HOST, peer=county.hotline.sip)


def speak(county: County, call: Call, hertz: int, listener: Call) -> float:
    """When the listener has heard the other speak."""
    begun = time.monotonic()
    call.play(county.tone(hertz), repeat=True)
    heard = listener.hears_tone(hertz, since=begun)
    call.stop()
    return heard


# -- what was heard ------------------------------------------------------------------------------


def hears_all(county: County, call: Call, *prompts: str, after: float = 0.0, timeout: float = 12.0) -> float:
    """The second of the recording at which the last prompt began, after each was heard behind the one before."""
    for prompt in prompts:
        after = call.hears(county.sound(prompt), timeout, after=after).offset + 0.1
    return after


def order_of(county: County, call: Call, prompts: Sequence[str]) -> list[str]:
    """Those of the prompts that the finished call has heard, by when each was first heard."""
    return [name for _, name in audio.which(call.heard(), {prompt: county.sound(prompt) for prompt in prompts})]


def says(call: Call, begin: float, sounds: Sequence[Path]) -> None:
    """Asserts that the sounds are heard one after another from second `begin` of the finished call's recording on."""
    heard = call.heard()
    for sound in sounds:
        match = _next(heard, begin, sound)
        assert match.correlation >= ALIKE, f"{sound.name} at {begin:.2f} s: {match.correlation:.2f}"
        begin = match.offset + len(audio.load(sound)) / audio.RATE


def _next(heard: audio.Samples, begin: float, sound: Path) -> audio.Match:
    """Where the sound is heard first from `begin` on.

    It is looked for a little further each time: of two equal digits (8001) the second may be the clearer one, and taken
    for the first it would not be found any more.
    """
    lasts, start = len(audio.load(sound)) / audio.RATE, max(0.0, begin - 0.2)
    for pause in (0.2, 0.4, 0.6, PAUSE):
        window = heard[round(start * audio.RATE) : round((begin + lasts + pause) * audio.RATE)]
        match = audio.find(window, sound)
        if match.correlation >= ALIKE:
            break
    return replace(match, offset=start + match.offset)


# -- what is left --------------------------------------------------------------------------------


def steps(row: Row) -> list[tuple[str, str]]:
    """The way through the menus: where, and which key."""
    return [(step["at"], step["key"]) for step in row["path"]]


def seconds_between(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


def clock(monotonic: float) -> datetime:
    """The wall-clock moment of a phone's monotonic time."""
    return datetime.fromtimestamp(time.time() - time.monotonic() + monotonic, now().tzinfo)


def near(moment: str, monotonic: float, within: float = 0.5) -> bool:
    """Whether the ledger's moment is that of a phone."""
    return abs((datetime.fromisoformat(moment) - clock(monotonic)).total_seconds()) < within


def ended_rows(hotline: Hotline, since: datetime, count: int, caller: str = "") -> list[Row]:
    """The rows of calls of `caller` ("" hidden) begun since then, once there are `count` that have ended."""

    def found() -> list[Row] | None:
        rows = [row for row in hotline.json("calls", "list", "--since", since.isoformat()) if row["caller"] == caller]
        assert len(rows) <= count, f"{len(rows)} rows for {count} calls"
        return rows if len(rows) == count and all(row["ended_at"] for row in rows) else None

    return eventually(found, 15, f"{count} rows of {caller or 'hidden callers'} since {since}")


def recording(hotline: Hotline, file: str) -> Path:
    """A recording by the name that ledger and tickets give it, once Asterisk has closed it; its owner's alone."""
    path = hotline.home / "recordings" / file
    eventually(lambda: path.exists() and _whole(path), 10, f"{file} closed")
    assert path.stat().st_mode & 0o777 == 0o600
    return path


def _whole(wav: Path) -> bool:
    """Whether the length in the header is that of the file: Asterisk writes it last."""
    data = wav.read_bytes()
    return len(data) > 44 and int.from_bytes(data[40:44], "little") == len(data) - 44


def no_channels(hotline: Hotline) -> bool:
    return "0 active channels" in hotline.cli("core show channels count")


# How Asterisk's AudioSocket says that the caller hung up while a question was asked.
HUNG_UP = "app_audiosocket.c: Failed to receive frame from channel"


class Logs:
    """What Asterisk and the service write into their logs from now on."""

    def __init__(self, hotline: Hotline) -> None:
        self._files = [hotline.home / "log" / name for name in ("messages", "service.log", "service.out")]
        self._begin = [file.stat().st_size if file.exists() else 0 for file in self._files]

    def lines(self) -> list[str]:
        found = []
        for file, begin in zip(self._files, self._begin, strict=True):
            if file.exists():
                found += file.read_bytes()[begin:].decode(errors="replace").splitlines()
        return found

    def trouble(self) -> list[str]:
        """The lines that say that something went wrong."""
        words = (" WARNING[", " ERROR[", " error ", " warning ", "Traceback")
        return [line for line in self.lines() if any(word in line for word in words) and HUNG_UP not in line]


@pytest.fixture
def nothing_left(quick_hotline: Hotline) -> Iterator[None]:
    """After the test, and after its phones are gone, no channel is left and no log has anything to complain of."""
    logs = Logs(quick_hotline)
    yield
    eventually(lambda: no_channels(quick_hotline), 10, quick_hotline.cli("core show channels"))
    trouble = logs.trouble()
    assert not trouble, "\n".join(trouble)
