"""Places kept in a queue for citizens who are to be called: whose turn it is, where they stand, what is to be done.

Pure. In Asterisk a kept place is a channel named after the number (dialplan/kept.conf) that waits in the queue as a
caller would; the order of all who wait is that of `priority`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from callqueue.live.state import State

TRIES = 2
"""How often a citizen who keeps a place is called: once, and once more when there was no answer."""
LONGEST = timedelta(hours=2)
"""A place that nobody can hold any more, because no agent is left in the queue, is a task for people after this."""
FRESH = timedelta(hours=1)
"""For so long after asking, a citizen waits for the call and is called also in the quiet hours."""
SETTLED = 5.0
"""Seconds: a place must be gone for so long, and the ledger read since, before it is held anew."""

_BASE = 19_000_000_000
_NAME = re.compile(r"Local/(\d+)@kept-place-[0-9a-f]+;[12]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place that is to be kept: whose, where, since when; not to be taken up before `due`."""

    phone: str
    queue: str
    joined: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A place that Asterisk holds; `position` counts from 1, 0 when an agent has answered; `began`: epoch seconds."""

    phone: str
    channel: str
    began: float
    queue: str = ""
    position: int = 0


def joined(moment: datetime) -> int:
    """The moment as the dialplan has it (HOTLINE_JOINED): tenths of a second since the epoch."""
    return int(moment.timestamp() * 10)


def priority(at: int) -> int:
    """The priority in a queue (QUEUE_PRIO) of whoever joined `at`, as `joined` gives it: who came first is first.

    It fits Asterisk's 32 bits from May 2023 to January 2037.
    """
    return _BASE - at


def in_front(moment: datetime) -> int:
    """The priority of whoever is put in front of all: the epoch second, above any `priority` since October 2024.

    Who is put there last is first (within one second: the first). It fits until January 2038.
    """
    return int(moment.timestamp())


def phone_of(channel: str) -> str:
    """Whose place a channel is, by its name: both halves are; "" for any other channel."""
    match = _NAME.fullmatch(channel)
    return match[1] if match else ""


def held(state: State) -> dict[str, Held]:
    """The places that Asterisk holds, by number."""
    found = {}
    for channel in state.channels.values():
        if channel.name.endswith(";2") and (phone := phone_of(channel.name)):
            found[phone] = Held(phone, channel.name, channel.began)
    for queue in state.queues.values():
        for position, entry in enumerate(queue.waiting, 1):
            if phone := phone_of(entry.channel):
                began = found[phone].began if phone in found else entry.since
                found[phone] = Held(phone, entry.channel, began, queue.name, position)
    return found


def positions(state: State) -> dict[str, int]:
    """Where each place stands in its queue, by number; 0 while the citizen is being called."""
    return {phone: place.position for phone, place in held(state).items()}


def served(state: State, queue: str) -> bool:
    """Whether somebody can wait in the queue: an agent is logged in at a telephone that is there."""
    there = state.queues.get(queue)
    return there is not None and any(member.status.reachable for member in there.members.values())


def lost(wanted: Iterable[Wanted], there: Mapping[str, Held]) -> list[Wanted]:
    """Those that Asterisk does not hold, the first to have joined first."""
    return sorted((one for one in wanted if one.phone not in there), key=lambda one: (one.joined, one.phone))


def needless(over: Mapping[str, datetime], there: Mapping[str, Held]) -> Iterator[Held]:
    """Those that wait for somebody whose task was closed after the place was taken. `over`: closed when, by number."""
    for phone, closed in over.items():
        place = there.get(phone)
        if place and place.position and place.began < closed.timestamp():
            yield place


def originate(one: Wanted) -> dict[str, str]:
    """The AMI action that has Asterisk hold the place anew, where it was."""
    facts = {"CALLER": one.phone, "QUEUE": one.queue, "JOINED": str(joined(one.joined))}
    variables = [f"__HOTLINE_{name}={value}" for name, value in facts.items()]
    return {
        "Action": "Originate", "Channel": f"Local/{one.phone}@kept-place/n", "Context": "kept-call", "Exten": "s",
        "Priority": "1", "Timeout": "86400000", "Codecs": "alaw",
        "Variable": ",".join([*variables, "HOTLINE_CALLER_CHANNEL=nobody"]),
    }  # fmt: skip
