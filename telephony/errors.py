"""The base of every error of this package."""

from __future__ import annotations


class TelephonyError(Exception):
    """Speaking with Asterisk went wrong."""


class AMIError(TelephonyError):
    """An action could not be done."""


class AMIUnsafe(AMIError):
    """A header that would read as another header, or as another action, was not sent."""


class AMIDown(AMIError):
    """There is no link to Asterisk; nothing was sent."""


class AMILoginRefused(AMIDown):
    """Asterisk is there but refuses the user name or the password."""


class AMILost(AMIError):
    """The link broke after the action was sent: it may have been done or not. It is never sent again."""


class AMITimeout(AMIError):
    """No answer in time: the action may have been done or not."""


class AMIRefused(AMIError):
    """Asterisk answered with an error."""
