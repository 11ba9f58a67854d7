"""With whom the caller was joined, and when: read from who entered and left which bridge.

Blind and attended transfers, conference rooms and Local channels are all the same here: at every moment the
caller's company is whoever can be heard over bridges, and over pairs of Local channels between them. A spy
(ChanSpy) is in no bridge, and so in nobody's company.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from callqueue.cel import CelEvent
from callqueue.legs import Leg, LegKind

LEAVING = 100_000
"""Microseconds; the one who is left is alone in the bridge for a moment before leaving it too: that is no
hold.
"""


@dataclass(frozen=True, slots=True)
class Slice:
    """A time, microseconds, in which the caller stood in a bridge with the same company, or with music."""

    start: int
    end: int
    company: frozenset[str]
    music: bool

    @property
    def talk(self) -> bool:
        return bool(self.company) and not self.music

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(slots=True)
class _Room:
    """Who is where at one moment."""

    legs: Mapping[str, Leg]
    callers: frozenset[str]
    where: dict[str, str] = field(default_factory=dict)
    music: set[str] = field(default_factory=set)

    def take(self, event: CelEvent) -> bool:
        """Whether the event changed anything."""
        if event.kind in ("BRIDGE_ENTER", "BRIDGE_EXIT"):
            self._move(event, event.details().get("bridge_id", ""))
            return True
        if event.kind in ("HANGUP", "CHAN_END"):
            return self.where.pop(event.uniqueid, None) is not None
        if event.name.startswith("MOH_STREAM") and event.uniqueid in self.callers:
            (self.music.add if event.kind == "STREAM_BEGIN" else self.music.discard)(event.uniqueid)
            return True
        return False

    def _move(self, event: CelEvent, bridge: str) -> None:
        if event.kind == "BRIDGE_ENTER":
            self.where[event.uniqueid] = bridge
        elif self.where.get(event.uniqueid) == bridge:
            del self.where[event.uniqueid]
            self.music.discard(event.uniqueid)

    def company(self) -> frozenset[str] | None:
        """The other persons whom the caller can hear, None when the caller is in no bridge."""
        reached = {self.where[caller] for caller in self.callers if caller in self.where}
        if not reached:
            return None
        pairs = self._local_pairs()
        grown = True
        while grown:
            more = {end for pair in pairs if not reached.isdisjoint(pair) for end in pair}
            grown = not more <= reached
            reached |= more
        return frozenset(
            leg for leg, bridge in self.where.items()
            if bridge in reached and leg not in self.callers and leg in self.legs and self.legs[leg].person
        )  # fmt: skip

    def _local_pairs(self) -> list[tuple[str, str]]:
        halves: dict[str, dict[str, str]] = {}
        for leg, bridge in self.where.items():
            if leg in self.legs and self.legs[leg].kind is LegKind.LOCAL:
                name, _, half = self.legs[leg].channel.rpartition(";")
                halves.setdefault(name, {})[half] = bridge
        return [(pair["1"], pair["2"]) for pair in halves.values() if len(pair) == 2]


def slices(events: Sequence[CelEvent], legs: Mapping[str, Leg], caller: Leg, until: int) -> list[Slice]:
    """The caller's times in bridges, in order, up to `until`; `events` are in order."""
    callers = frozenset(leg.uniqueid for leg in legs.values() if leg.channel == caller.channel)
    room = _Room(legs, callers)
    found: list[Slice] = []
    since, company, music = 0, room.company(), False
    for event in events:
        if not room.take(event):
            continue
        at = min(event.at, until)
        if company is not None and at > since:
            found.append(Slice(since, at, company, music))
        since, company, music = at, room.company(), bool(room.music)
    if company is not None and until > since:
        found.append(Slice(since, until, company, music))
    return found


def first_talk(found: Sequence[Slice]) -> int | None:
    """When the caller first spoke with somebody."""
    return next((piece.start for piece in found if piece.talk), None)


def talk(found: Sequence[Slice]) -> int:
    """Microseconds of talk."""
    return sum(piece.length for piece in found if piece.talk)


def on_hold(found: Sequence[Slice]) -> list[tuple[int, int]]:
    """The times on hold: in a bridge after the first talk, alone or with music."""
    begun = first_talk(found)
    return [
        (piece.start, piece.end)
        for piece in found
        if begun is not None and piece.start > begun and not piece.talk
        and (piece.length >= LEAVING or piece.music)
    ]  # fmt: skip


def union(spans: Sequence[tuple[int, int]]) -> int:
    """Microseconds covered by at least one of the spans."""
    total, reached = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
