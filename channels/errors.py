"""What can go wrong with a message; the message is what a person reads."""

from __future__ import annotations


class ChannelError(Exception):
    """A message could not be handed over."""
