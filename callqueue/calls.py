"""What the ledger says of one call: plain values, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callqueue.disposition import Disposition
from store.base import LOCAL


class Direction(StrEnum):
    """Who called whom."""

    INBOUND = "inbound"
    """A citizen called the hotline."""
    OUTBOUND = "outbound"
    """An agent called a citizen."""
    INTERNAL = "internal"
    """An agent called an agent, or a feature code."""
    CALLBACK = "callback"
    """The machine called a citizen for a survey (回访), or because a callback was asked for."""


class Outcome(StrEnum):
    """How a call to an emergency desk ended."""

    OPEN = "open"
    """Under way."""
    ANSWERED = "answered"
    """The desk answered."""
    BUSY = "busy"
    """The desk was busy."""
    NO_ANSWER = "no-answer"
    """The desk did not answer in time."""
    FAILED = "failed"
    """The desk could not be reached, or no peer is set."""
    AGENT = "agent"
    """No service was chosen, and an agent took the call."""
    ABANDONED = "abandoned"
    """The caller left before a service was chosen or before the desk answered."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way through the menus: where, which key ("" for silence), when."""

    at: str
    key: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """One agent's part in the call: number, when the caller first heard the agent, seconds of talk with the
    caller, and of hold that this agent, the last one spoken with, let the caller wait.
    """

    agent: str
    joined_at: datetime
    talk_s: float
    hold_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording: kind call, voicemail, reason, answer, addition (to a ticket) or fax; file relative to the recordings
    folder; seconds, None when no note tells.
    """

    kind: str
    file: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller answered, as it was given: survey questions, and `rating` and `rating-reason` after a
    call.

    `value` is the answer, `by` key, speech or voice (a recorded reason), `version` that of the `questionnaire`, `file`
    a recording or "", in which the words begin at `start`; `heard` with `confidence` is what was made of them.
    """

    question: str
    value: str
    by: str
    version: str
    file: str
    ticket: str
    at: datetime
    questionnaire: str = ""
    heard: str = ""
    confidence: float | None = None
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a caller who was verified wanted of a ticket: `action` "" (its state), urge or add; `file` of what was
    added, "" for none.
    """

    ticket: str
    action: str
    file: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Emergency:
    """One call to an emergency desk: every moment that is known, None for what did not happen (R6)."""

    number: int
    service: str
    by: str
    caller: str
    pressed_at: datetime
    calling_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    agent_joined_at: datetime | None
    ended_at: datetime | None
    agent: str
    outcome: Outcome
    recording: str


@dataclass(frozen=True, slots=True)
class Call:
    """One visit. Durations are seconds, from Asterisk's own event times.

    `caller` is the one who called, of a callback the citizen who was called; digits, "" when hidden.
    `answered_at`: an inbound call was answered by the hotline, any other by the one called. `queue` is
    where the agent answered, or the last one waited in. `wait_s` is time in queues until an agent or the
    end; `talk_s` with another person, on hold not counted; `hold_s` after the first talk, hearing music or
    waiting for the next agent; `ring_s` while any phone called for this visit rang. `queued_at` is when the caller
    first entered a queue, `agent_at` when an agent was first heard: between them lies queue → agent, as between
    `started_at` and `answered_at` lies ring → answer (of an inbound call). `pickup_s` is how long the phone of that
    first agent rang until it was picked up, None when nobody's was. `transfers` counts agents' transfers. `trunk` is
    the endpoint that the citizen's leg came or went by.
    `emergency` is the last service wanted ("danger" when none was chosen). `callback` is the number to be called
    back, when the caller asked for that.
    """

    call_id: str
    direction: Direction
    line: str
    caller: str
    dialled: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    disposition: Disposition
    queue: str = ""
    agent: str = ""
    wait_s: float = 0.0
    talk_s: float = 0.0
    hold_s: float = 0.0
    ring_s: float = 0.0
    queued_at: datetime | None = None
    agent_at: datetime | None = None
    pickup_s: float | None = None
    transfers: int = 0
    trunk: str = ""
    ticket_no: str = ""
    attempt: str = ""
    rating: int | None = None
    emergency: str = ""
    callback: str = ""
    path: tuple[Step, ...] = ()
    agents: tuple[Share, ...] = ()
    recordings: tuple[Recording, ...] = ()
    answers: tuple[Answer, ...] = ()
    emergencies: tuple[Emergency, ...] = ()
    inquiries: tuple[Inquiry, ...] = ()


def moment(at: int) -> datetime:
    """The moment, aware, in Asia/Shanghai, that is `at` microseconds after the epoch."""
    return datetime.fromtimestamp(at // 1_000_000, LOCAL).replace(microsecond=at % 1_000_000)


def seconds(microseconds: int) -> float:
    """Seconds, to the millisecond."""
    return round(microseconds / 1_000_000, 3)
