"""The call of one agent, as the agent's page shows it: who it is, how they came, how far it is. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from callqueue import places
from callqueue.live.state import UP, Channel, State
from callqueue.live.view import CALL, PATH, QUEUE, Joined, calls_out, foremost

DANGER = "danger"


class Phase(StrEnum):
    """How far an agent's call is. CONSULTING: the citizen waits while the agent speaks with somebody else."""

    RINGING = "ringing"
    CALLING = "calling"
    TALKING = "talking"
    HELD = "held"
    CONSULTING = "consulting"


@dataclass(frozen=True, slots=True)
class OwnCall:
    """`call` is the visit's id in the ledger, `channel` the agent's leg, `other` and `number` the other side's.

    A hidden number, and a leg that is not there, are "".

    `direction` is a value of callqueue.calls.Direction: callback when the citizen had kept a place. `parties` are the
    numbers on the line with the agent. Times are epoch seconds: `since` the phase (or the call) began, `began` the
    visit.
    """

    call: str
    channel: str
    phase: Phase
    direction: str
    number: str
    queue: str
    path: str
    since: float
    began: float
    other: str = ""
    parties: tuple[str, ...] = ()


def own_call(state: State, number: str, phones: Collection[str]) -> OwnCall | None:
    """The agent's call at this moment; `phones` are the hotline's own telephones (agents, supervisors)."""
    leg = foremost(one for one in state.channels.values() if one.endpoint == f"PJSIP/{number}")
    if leg is None:
        return None
    call = leg.facts.get(CALL) or leg.linkedid or leg.uniqueid
    if place := _place(state, call):  # gone once the call is an emergency
        return _kept(state, leg, call, place, phones)
    subject = _subject(state, leg, call)
    called = subject is leg or _number(subject) in phones
    other = _called(state, leg, call) if subject is leg else subject
    direction = "inbound" if not called else "internal" if other and _number(other) in phones else "outbound"
    peers = tuple(Joined(state).peers(leg))
    facts = subject.facts
    return OwnCall(
        call=call, channel=leg.name, phase=_phase(state, leg, subject, {peer.channel for peer in peers}),
        direction=direction, number=(other.caller if other else "") or (leg.connected if called else ""),
        queue=facts.get(QUEUE, ""), path=facts.get(PATH, ""), since=leg.since or leg.began,
        began=subject.began or leg.began, other=other.name if other and other is not leg else "",
        parties=tuple(peer.number for peer in peers if peer.number),
    )


def _place(state: State, call: str) -> Channel | None:
    """The place in a queue that the call comes from, the half that is joined with the agent; None for other calls."""
    first = state.channels.get(call)
    if first is None or not places.phone_of(first.name):
        return None
    half = f"{first.name[:-1]}2"
    return next((one for one in state.channels.values() if one.name == half), None)


def _kept(state: State, leg: Channel, call: str, place: Channel, phones: Collection[str]) -> OwnCall:
    """A call to a citizen who kept a place: the agent is joined with the place first, and the citizen follows."""
    fits = (one for one in state.channels.values()
            if one.facts.get(CALL) == call and not one.local and _number(one) not in phones)
    citizen = min(fits, key=lambda one: one.began, default=None)
    peers = tuple(Joined(state).peers(leg))
    there = citizen is not None and citizen.name in {peer.channel for peer in peers}
    if leg.state != UP:
        phase = Phase.RINGING
    elif leg.held:
        phase = Phase.HELD
    elif there:
        phase = Phase.TALKING
    else:
        phase = Phase.CALLING if leg.bridge == place.bridge else Phase.CONSULTING
    return OwnCall(
        call=call, channel=leg.name, phase=phase, direction="callback", number=places.phone_of(place.name),
        queue=place.facts.get(QUEUE, ""), path=place.facts.get(PATH, ""), since=leg.since or leg.began,
        began=place.began or leg.began, other=citizen.name if citizen and citizen.state == UP else "",
        parties=tuple(peer.number for peer in peers if peer.number),
    )


def _number(channel: Channel) -> str:
    return channel.endpoint.removeprefix("PJSIP/")


def _subject(state: State, leg: Channel, call: str) -> Channel:
    """The leg the visit began with: the citizen's, or that of the agent who calls."""
    first = state.channels.get(call)
    if first is not None:
        return first
    others = [one for one in state.channels.values() if one.facts.get(CALL) == call and not one.local]
    return min(others, key=lambda one: one.began, default=leg)


def _called(state: State, leg: Channel, call: str) -> Channel | None:
    """Whom the agent calls."""
    fits = (one for one in state.channels.values()
            if one is not leg and not one.local and call in (one.linkedid, one.facts.get(CALL)))
    return min(fits, key=lambda one: one.began, default=None)


def _phase(state: State, leg: Channel, subject: Channel, peers: set[str]) -> Phase:
    if leg.state != UP:
        return Phase.CALLING if calls_out(leg) else Phase.RINGING
    if leg.held:
        return Phase.HELD
    if subject is leg:
        return Phase.TALKING if peers else Phase.CALLING
    away = subject.uniqueid in state.channels and subject.state == UP and subject.name not in peers
    return Phase.CONSULTING if away and leg.bridge else Phase.TALKING
