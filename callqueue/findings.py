"""What the proof of a day (`callqueue.proof`) finds that is not accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong, and what to look at. The text is printed with each finding."""

    LOG_MISSING = "log-missing"
    """The log is not there: Asterisk does not write it, or somebody removed it."""
    BAD_LINE = "bad-line"
    """A line of a log that nobody understands; what it said is not in the ledger."""
    EVENT_MISSING = "event-missing"
    """A channel whose events do not match, such as a bridge entered and never left: a line of CEL is gone."""
    NOT_IMPORTED = "not-imported"
    """A line is on disk and not in the tables."""
    NOT_ON_DISK = "not-on-disk"
    """A line is in the tables and not on disk: the log was removed or changed."""
    CALL_MISSING = "call-missing"
    """The event log tells of a call that the ledger does not have."""
    CALL_UNFOUNDED = "call-unfounded"
    """The ledger has a call of which the event log knows nothing."""
    CALL_DOUBLE = "call-double"
    """The ledger has two rows for one call."""
    CALL_DIFFERENT = "call-different"
    """The row in the ledger is not what the event log says."""
    OPEN_FOR_EVER = "open-for-ever"
    """A call that has not ended, though nothing was heard of it for four hours."""
    QUEUE_ROW_LOOSE = "queue-row-loose"
    """A row of queue_log whose call CEL does not know."""
    QUEUE_OPEN = "queue-open"
    """Somebody entered a queue and, by queue_log, never left it."""
    QUEUE_DISAGREES = "queue-disagrees"
    """queue_log and the ledger do not agree on whether the caller reached an agent."""
    CDR_LOOSE = "cdr-loose"
    """A call detail record of a channel that CEL does not know: all of that channel's lines are gone."""
    CDR_MISSING = "cdr-missing"
    """A call that is over and has no call detail record."""
    TICKET_MISSING = "ticket-missing"
    """The call should have left a ticket, and there is none."""
    TICKET_LOOSE = "ticket-loose"
    """A ticket that says it comes from a call, and the ledger has no such call."""
    RECORDING_LOST = "recording-lost"
    """A recording that the ledger names is not there, or is empty."""
    RECORDING_LOOSE = "recording-loose"
    """A sound file that belongs to no call."""
    NOT_RECORDED = "not-recorded"
    """Somebody was spoken with, calls are recorded, and there is no recording."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not accounted for: what kind, which call (line, ticket, file), and what was seen."""

    kind: Kind
    subject: str
    detail: str = ""
