"""What can go wrong in reading Asterisk's logs and keeping the ledger."""

from __future__ import annotations


class CallQueueError(Exception):
    """The queues, the agents or the ledger could not be kept as they are."""


class BadLine(CallQueueError):
    """A line of one of Asterisk's logs has not the form it should have."""
