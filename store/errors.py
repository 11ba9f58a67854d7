"""What may go wrong with a database as a whole; the message is the one line a person reads."""

from __future__ import annotations


class StoreError(Exception):
    """The database cannot be backed up, restored or exported."""
