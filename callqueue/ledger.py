"""From Asterisk's events of one visit to its row in the ledger: pure, and the same in whatever order they
come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from callqueue import bridges, notes, waiting
from callqueue.calls import Call, Direction, Emergency, Recording, Share, moment, seconds
from callqueue.cel import CelEvent
from callqueue.emergency import emergencies
from callqueue.legs import Leg, LegKind, endpoint, gather, in_order
from callqueue.notes import Note
from callqueue.queuelog import QueueRow
from callqueue.settle import Facts, settle

_TICKETED = ("survey", "voicemail", "visit")
"""The notes that may name a ticket: asked about, left in a voicemail, called about by click."""


def visit(
    events: Iterable[CelEvent], queue_rows: Iterable[QueueRow], stopped: int | None = None
) -> Call | None:
    """The call that these events are, with exactly one disposition; None when they are no call of anybody.

    `events`: all of the visit's linkedids; `queue_rows`: those of its channels. `stopped`: when Asterisk
    was found to have been restarted after the last of them, microseconds since the epoch; legs that were
    still there then are over. No call are channels that Asterisk made for itself, such as the announcement
    in an agent's ear.
    """
    ordered = in_order(events)
    legs = gather(ordered)
    found = notes.notes(ordered)
    opening = _opening(found)
    caller = _caller(legs, opening)
    if caller is None:
        return None
    rows = sorted(set(queue_rows), key=lambda row: (row.at, row.event, row.agent, row.data))
    return _Visit(ordered, legs, found, opening, caller, rows, stopped).call()


def _opening(found: Sequence[Note]) -> Note | None:
    """The note `visit` that says what the call is: a citizen's before an agent's own, then the first."""
    said = [note for note in found if note.kind == "visit"]
    return min(said, key=lambda note: (note["direction"] == Direction.INTERNAL, note.at), default=None)


def _caller(legs: Mapping[str, Leg], opening: Note | None) -> Leg | None:
    """The leg of the one who called; of a callback, of the citizen."""
    persons = [leg for leg in legs.values() if leg.person]
    if opening and opening.leg in legs and legs[opening.leg].person:
        return legs[opening.leg]
    if opening and opening["direction"] == Direction.CALLBACK:
        # An agent was there first, to whom the citizen was to be called.
        persons = [leg for leg in persons if leg.kind is LegKind.CITIZEN]
    if opening:
        # The dialplan spoke before anybody was called; perhaps nobody could be.
        return next(iter([*persons, *(leg for leg in legs.values() if leg.uniqueid == opening.leg)]), None)
    # Nobody said what it is: somebody dialled in, or a citizen was called; agents' phones alone are no visit.
    came = [leg for leg in persons if not leg.called]
    return next(iter([*came, *(leg for leg in persons if leg.kind is LegKind.CITIZEN)]), None)


class _Visit:
    """One visit while its row is made. Times are microseconds.

    `subject` is the one whose talk is counted: the caller; of an outbound call that was answered, the
    citizen, who may be transferred on while the agent leaves.
    """

    def __init__(
        self,
        events: Sequence[CelEvent],
        legs: Mapping[str, Leg],
        found: Sequence[Note],
        opening: Note | None,
        caller: Leg,
        rows: Sequence[QueueRow],
        stopped: int | None,
    ) -> None:
        self.events, self.legs, self.notes, self.opening, self.caller = events, legs, found, opening, caller
        latest = max(leg.last for leg in legs.values())
        going = any(leg.ended is None for leg in legs.values())
        self.interrupted = going and stopped is not None and stopped > latest
        self.over = self.interrupted or not going
        self.direction = self._direction()
        others = (leg for leg in legs.values() if leg.channel != caller.channel)
        self.called = [leg for leg in others if leg.called and leg.person]
        self.subject = self._subject()
        self.same = {leg.uniqueid for leg in legs.values() if leg.channel == self.subject.channel}
        ends = [legs[one].ended for one in self.same]
        # What was still there when Asterisk stopped is taken to have lasted until the last event.
        self.ended = max(latest if end is None else end for end in ends) if self.over or all(ends) else None
        self.until = latest if self.ended is None else self.ended
        self.joined = bridges.slices(events, legs, self.subject, self.until)
        self.talks = [piece.start for piece in self.joined if piece.talk]
        self.named = {note.leg: note["agent"] for note in found if note.kind == "agent"}
        places = {leg.uniqueid for leg in legs.values() if leg.place}
        self.stays = waiting.stays(events, self.same | places, rows, self.ended)

    def _direction(self) -> Direction:
        said = self.opening["direction"] if self.opening else ""
        if said in set(Direction):
            return Direction(said)
        if self.caller.kind is LegKind.CITIZEN:
            return Direction.CALLBACK if self.caller.called else Direction.INBOUND
        citizens = any(leg.kind is LegKind.CITIZEN and leg.called for leg in self.legs.values())
        return Direction.OUTBOUND if citizens else Direction.INTERNAL

    def _subject(self) -> Leg:
        citizens = (
            leg for leg in self.called
            if leg.kind is LegKind.CITIZEN and leg.answered is not None
            and (leg.ended is None or leg.ended >= self.caller.started)
        )  # fmt: skip
        return next(citizens, self.caller) if self.direction is Direction.OUTBOUND else self.caller

    def call(self) -> Call:
        found = self.notes
        number, recordings = self._said("caller", self.caller.caller), self._recordings()
        wanted = self._emergencies(number, recordings)
        agents = self._shares()
        answered, queued = self._answered(), self.stays[0].start if self.stays else None
        return Call(
            call_id=self._call_id(),
            direction=self.direction,
            line=self._said("line", ""),
            caller=number,
            dialled=self._said("dialled", "" if self.caller.called else self.caller.exten),
            started_at=moment(self.caller.started),
            answered_at=None if answered is None else moment(answered),
            ended_at=moment(self.until) if self.over else None,
            disposition=settle(self._facts(wanted)),
            queue=self._queue(),
            agent=self.caller.agent or (agents[0].agent if agents else ""),
            wait_s=seconds(self._waited()),
            talk_s=seconds(bridges.talk(self.joined)),
            hold_s=seconds(bridges.union([*bridges.on_hold(self.joined), *self._transfers()])),
            ring_s=seconds(bridges.union(self._rings())),
            queued_at=None if queued is None else moment(max(queued, self.subject.started)),
            agent_at=agents[0].joined_at if agents else None,
            pickup_s=self._pickup(agents),
            transfers=sum(event.kind in ("BLINDTRANSFER", "ATTENDEDTRANSFER") for event in self.events),
            trunk=self._trunk(),
            ticket_no=next(filter(None, (notes.last(found, kind, "ticket") for kind in _TICKETED)), ""),
            attempt=notes.last(found, "survey", "attempt"),
            rating=notes.rating(found),
            emergency=(wanted[-1].service or "danger") if wanted else "",
            callback=notes.last(found, "callback-request", "number"),
            path=notes.path(found),
            agents=agents,
            recordings=recordings,
            answers=notes.answers(found),
            emergencies=wanted,
            inquiries=notes.inquiries(found),
        )

    def _recordings(self) -> tuple[Recording, ...]:
        """A call is recorded only while it is joined with somebody; before, the note stands for no file yet."""
        return tuple(made for made in notes.recordings(self.notes) if made.kind != "call" or self.joined)

    def _emergencies(self, caller: str, recordings: Sequence[Recording]) -> tuple[Emergency, ...]:
        """An emergency is recorded in its room; what an agent recorded who pressed the key came before."""
        spoken = next((made.file for made in reversed(recordings) if made.kind == "call"), "")
        citizen = self._said("dialled", "") if self.direction is Direction.OUTBOUND else caller
        return emergencies(self.notes, self.legs, self.joined, citizen, spoken, self.ended)

    def _said(self, fact: str, otherwise: str) -> str:
        return self.opening[fact] if self.opening and fact in self.opening.facts else otherwise

    def _facts(self, wanted: Sequence[Emergency]) -> Facts:
        return Facts(
            direction=self.direction,
            caller=self.caller,
            called=self.called,
            over=self.over,
            interrupted=self.interrupted,
            talked=bool(self.talks),
            notes=self.notes,
            stays=self.stays,
            emergencies=wanted,
        )

    def _trunk(self) -> str:
        legs = (self.caller, *self.called)
        return next((endpoint(leg.channel) for leg in legs if leg.kind is LegKind.CITIZEN), "")

    def _call_id(self) -> str:
        """The visit as its note names it, or else the caller's first linkedid."""
        if self.opening:
            return self.opening["call"] or self.opening.linkedid
        return next(event.linkedid for event in self.events if event.uniqueid == self.caller.uniqueid)

    def _answered(self) -> int | None:
        made = self.direction in (Direction.OUTBOUND, Direction.INTERNAL) and self.called
        legs = self.called if made else [self.legs[one] for one in self.same]
        return min((leg.answered for leg in legs if leg.answered is not None), default=None)

    def _waited(self) -> int:
        since = self.subject.started
        return sum(stay.waited(self.talks, since, self.until) for stay in self.stays)

    def _queue(self) -> str:
        """Where the first talk began, or else the last queue."""
        first = self.talks[0] if self.talks else -1
        taken = [stay.queue for stay in self.stays if stay.start <= first <= (stay.end or first)]
        return (taken or [stay.queue for stay in self.stays] or [""])[-1]

    def _shares(self) -> tuple[Share, ...]:
        """Each agent's part, in the order of joining."""
        began: dict[str, int] = {}
        talked: dict[str, int] = {}
        held: dict[str, int] = {}
        latest: list[str] = []
        for piece in self.joined:
            if piece.talk:
                latest = self._agents(piece.company)
            for agent in latest:
                began.setdefault(agent, piece.start)
                where = talked if piece.talk else held
                if piece.talk or piece.music or piece.length >= bridges.LEAVING:
                    where[agent] = where.get(agent, 0) + piece.length
        return tuple(
            Share(agent, moment(at), seconds(talked[agent]), seconds(held.get(agent, 0))) for agent, at in began.items()
        )

    def _agents(self, company: Iterable[str]) -> list[str]:
        return sorted({self.named.get(one) or self.legs[one].agent for one in company} - {""})

    def _pickup(self, agents: Sequence[Share]) -> float | None:
        """Seconds that the phone of the agent first heard rang."""
        for leg in self.called:
            mine = agents and (self.named.get(leg.uniqueid) or leg.agent) == agents[0].agent
            if mine and leg.answered is not None:
                return seconds(leg.answered - leg.started)
        return None

    def _transfers(self) -> list[tuple[int, int]]:
        """From each blind transfer until the next talk, the next queue or the end: time the caller waits
        again.
        """
        spans = []
        for event in self.events:
            if event.kind == "BLINDTRANSFER" and self.talks and event.at > self.talks[0]:
                nexts = [*self.talks, *(stay.start for stay in self.stays), self.until]
                spans.append((event.at, min((at for at in nexts if at > event.at), default=event.at)))
        return spans

    def _rings(self) -> list[tuple[int, int]]:
        called = [leg for leg in self.legs.values() if leg.called and leg.person]
        ends = [min(at for at in (leg.answered, leg.ended, self.until) if at is not None) for leg in called]
        return [(leg.started, end) for leg, end in zip(called, ends, strict=True) if end > leg.started]
