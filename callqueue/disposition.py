"""How a call ended: every visit in the ledger has exactly one of these."""

from __future__ import annotations

from enum import StrEnum


class Disposition(StrEnum):
    """The one way a visit ended, seen from the one who called (or, in a callback, the one who was called).

    When several would fit, the first in the order written here counts: a caller who reached an agent and
    afterwards hung up in the menu is `answered`.
    """

    OPEN = "open"
    """Not over yet."""
    INTERRUPTED = "interrupted"
    """Asterisk stopped in the middle of it, so the caller was cut off; talk and wait until then are kept."""

    EMERGENCY = "emergency"
    """An emergency desk answered for this caller (R6), whether the caller or an agent pressed the key."""
    ANSWERED = "answered"
    """The caller, or the citizen of a callback, spoke with an agent; of an outbound or internal call, the one who was
    called answered.
    """
    EMERGENCY_MISSED = "emergency-missed"
    """The caller pressed the danger key and spoke with nobody, neither a desk nor an agent."""
    VOICEMAIL = "voicemail"
    """The caller left a message."""
    CALLBACK_REQUESTED = "callback-requested"
    """The caller asked to be called back instead of waiting."""
    ABANDONED_QUEUE = "abandoned-queue"
    """The caller hung up while waiting in a queue."""
    SELF_SERVED = "self-served"
    """The machine did what was asked and no person was needed: progress told, a feature code carried out."""
    OVERFLOWED = "overflowed"
    """The queue was full, too slow or without agents, and the caller left without message or callback
    request.
    """
    CLOSED = "closed"
    """The caller came outside opening hours, heard so, and left no message."""
    REFUSED = "refused"
    """The matter is not for the hotline (R7, R8, R9), and the caller was told so."""
    ABANDONED_MENU = "abandoned-menu"
    """The caller hung up in the greeting or a menu, before asking for anything that can be served."""

    SURVEYED = "surveyed"
    """A callback whose questions were all answered."""
    SURVEY_REFUSED = "survey-refused"
    """A callback in which the citizen did not wish to answer."""
    WRONG_PERSON = "wrong-person"
    """A callback that reached somebody else."""
    SURVEY_PARTIAL = "survey-partial"
    """A callback that was picked up and ended before the last question was answered."""

    SURVEY_UNHEARD = "survey-unheard"
    """A callback whose citizen stayed to the end, could not be understood, and was told that a person will call."""

    MACHINE = "machine"
    """A callback that was picked up by an answering machine, a network announcement or a tone."""
    BUSY = "busy"
    """The one who was called was busy, or declined."""
    NO_ANSWER = "no-answer"
    """It rang and nobody answered; the one who called may have given up first."""
    UNREACHABLE = "unreachable"
    """The telephone is switched off or out of reach, or the number does not exist."""
    FAILED = "failed"
    """It could not be put through: no route, no channel, network at fault."""


CLAIMS = frozenset(
    {
        Disposition.SELF_SERVED,
        Disposition.CLOSED,
        Disposition.REFUSED,
        Disposition.SURVEYED,
        Disposition.SURVEY_REFUSED,
        Disposition.WRONG_PERSON,
        Disposition.SURVEY_PARTIAL,
        Disposition.SURVEY_UNHEARD,
        Disposition.MACHINE,
    }
)
"""What a `disposition` note may settle; everything else is read from what happened, whatever a note says."""
