"""Real SIP phones (pjsua2, one worker process each) for the end-to-end tests."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.phones.call import Call
    from tests.phones.phone import Phone
    from tests.phones.town import Town
    from tests.phones.wire import Entry, PhoneError, Refused, TimedOut

__all__ = ["Call", "Entry", "Phone", "PhoneError", "Refused", "TimedOut", "Town"]

_HOMES = {"Call": "call", "Phone": "phone", "Town": "town"}


def __getattr__(name: str) -> object:
    """Return a public name on its first use: a worker, too, imports this package, and needs no numpy."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"tests.phones.{_HOMES.get(name, 'wire')}"), name)
