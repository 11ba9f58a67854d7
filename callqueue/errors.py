"""What can go wrong in reading Asterisk's logs and keeping the ledger."""

from __future__ import annotations


class CallQueueError(Exception):
    """The queues, the agents or the ledger could not be kept as they are."""


class BadLine(CallQueueError):
    """A line of one of Asterisk's logs has not the form it should have."""


class MissedError(CallQueueError):
    """The task cannot be moved so."""


class NoSuchTask(MissedError):
    """There is no such task."""


class Closed(MissedError):
    """The task is closed already."""


class Quiet(MissedError):
    """Citizens are not called at this hour."""


class Calling(MissedError):
    """The task is being called at this moment."""


class Kept(MissedError):
    """The citizen keeps a place in the queue, and is called when its turn comes."""
