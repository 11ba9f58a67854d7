"""What the hotline's own parts raise: the message is the one line a person reads."""

from __future__ import annotations


class HotlineError(Exception):
    """Something a person has to mend; the message says what is wrong and what to do."""


class NotRunning(HotlineError):
    """The hotline of this home folder is not running."""
