"""What can go otherwise than asked in a flow."""


class IVRError(Exception):
    """A flow could not go on as it asked to."""


class NoChoice(IVRError):
    """The caller gave no usable key: silence, or too many wrong keys. Flows send the call to a person."""


class DeskAway(IVRError):
    """The tickets cannot be asked at the moment (database away, locked or slow)."""
