"""The channels of one visit: whose they are, who called whom, when each was answered and over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from callqueue.cel import NOTE, CelEvent

ORDER = (
    *("CHAN_START", "ANSWER", "USER_DEFINED", "APP_START", "BRIDGE_ENTER", "STREAM_BEGIN", "BLINDTRANSFER"),
    *("ATTENDEDTRANSFER", "STREAM_END", "LOCAL_OPTIMIZE_BEGIN", "LOCAL_OPTIMIZE", "BRIDGE_EXIT", "APP_END"),
    *("HANGUP", "CHAN_END", "LINKEDID_END"),
)
"""The order in which events of one channel that share a microsecond can happen."""

_RANK = {kind: rank for rank, kind in enumerate(ORDER)}
_PJSIP = re.compile(r"PJSIP/(.+)-[0-9a-f]{8}$")
_AGENT = re.compile(r"80\d\d$")


class LegKind(StrEnum):
    """Whose channel it is."""

    AGENT = "agent"
    DESK = "desk"
    CITIZEN = "citizen"
    LOCAL = "local"
    OTHER = "other"


PERSONS = frozenset({LegKind.AGENT, LegKind.DESK, LegKind.CITIZEN})


@dataclass(slots=True)
class Leg:
    """One channel. Times are microseconds; `called` when it was made to call somebody; `cause` is
    Asterisk's.
    """

    uniqueid: str
    channel: str
    kind: LegKind
    linkedid: str
    started: int
    last: int
    caller: str
    exten: str
    called: bool
    answered: int | None = None
    ended: int | None = None
    cause: int = 0

    @property
    def agent(self) -> str:
        """The agent's number, "" when it is no agent's."""
        return endpoint(self.channel) if self.kind is LegKind.AGENT else ""

    @property
    def person(self) -> bool:
        return self.kind in PERSONS

    @property
    def place(self) -> bool:
        """Whether it holds a citizen's place in a queue (dialplan/kept.conf)."""
        return "@kept-place-" in self.channel


def in_order(events: Iterable[CelEvent]) -> list[CelEvent]:
    """The events by time, each once; those of one microsecond in the order in which they can happen."""
    return sorted(set(events), key=_place)


def _place(event: CelEvent) -> tuple[int, int, tuple[str, ...]]:
    rest = (event.uniqueid, event.name, event.extra, event.channel, event.linkedid, event.caller, event.exten)
    return event.at, _RANK.get(event.kind, 5), rest


def endpoint(channel: str) -> str:
    """The PJSIP endpoint of a channel's name, "" for any other channel."""
    found = _PJSIP.match(channel)
    return found[1] if found else ""


def kind_of(channel: str) -> LegKind:
    """Whose channel it is, by its name: agents are 80xx, desks `emergency`; every other phone is a
    citizen's.
    """
    if channel.startswith("Local/"):
        return LegKind.LOCAL
    name = endpoint(channel)
    if not name:
        return LegKind.OTHER
    if _AGENT.match(name):
        return LegKind.AGENT
    return LegKind.DESK if name == "emergency" else LegKind.CITIZEN


def gather(events: Sequence[CelEvent]) -> dict[str, Leg]:
    """The legs by uniqueid, in the order of their start; `events` are in order."""
    legs: dict[str, Leg] = {}
    retired: dict[str, int] = {}
    for event in events:
        if event.kind == "LINKEDID_END":
            retired[event.linkedid] = event.at
            continue
        leg = legs.get(event.uniqueid)
        if leg is None:
            leg = legs[event.uniqueid] = _new(event)
        _take(leg, event)
    for leg in legs.values():
        # A lost CHAN_END keeps no visit open: with the last channel of the linkedid this one is gone too.
        if leg.ended is None and retired.get(leg.linkedid, -1) >= leg.last:
            leg.ended = retired[leg.linkedid]
    return legs


def _new(event: CelEvent) -> Leg:
    # A leg that calls somebody starts in extension `s`, one that somebody dialled in on in what was dialled.
    called = event.kind == "CHAN_START" and event.exten in ("", "s")
    return Leg(
        event.uniqueid, event.channel, kind_of(event.channel), event.linkedid, event.at, event.at,
        event.caller, event.exten, called,
    )  # fmt: skip


def _take(leg: Leg, event: CelEvent) -> None:
    leg.last = event.at
    leg.linkedid = event.linkedid
    if leg.kind is LegKind.OTHER:
        # A channel that takes another's place (masquerade) gets its name a moment after its start.
        leg.channel, leg.kind = event.channel, kind_of(event.channel)
    if event.data == "(Outgoing Line)":
        leg.called = True
    if event.kind == "ANSWER" and leg.answered is None:
        leg.answered = event.at
    elif event.kind in ("HANGUP", "CHAN_END"):
        leg.ended = leg.ended or event.at
        if event.kind == "HANGUP":
            leg.cause = _number(event.details().get("hangupcause", ""))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def call_fact(event: CelEvent) -> str:
    """The visit that a note names for its own leg (fact `call`), "" when it names none."""
    if event.kind != NOTE or "call=" not in event.extra:
        return ""
    return event.details().get("call", "")
