"""Passwords by Argon2, tokens by SHA-256."""

from __future__ import annotations

import functools
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from console.errors import AccountError

SHORTEST = 10
LONGEST = 200
_RUNS = ("01234567890" * 2, "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv")
_RUN = 4  # characters of a run that are one step on the keyboard
_COMMON = ("password", "passw0rd", "admin", "hotline", "welcome", "iloveyou", "letmein")
_OWN = 4  # characters that are left when those are taken away
# RFC 9106, the second recommended choice, with one lane: 64 MiB and three passes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


@functools.cache
def _nobody() -> str:
    """The hash of no account's password. Made when it is first needed: every start of the service would pay for it."""
    return _HASHER.hash(secrets.token_urlsafe(16))


def hashed(password: str) -> str:
    """The Argon2 hash of a password. Raises AccountError when it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountError(f"a password has {SHORTEST} to {LONGEST} characters")
    return _HASHER.hash(password)


def simple(password: str, name: str) -> bool:
    """Whether it is guessed first: few different characters, or little but runs of keys, the name, common words."""
    left = password.casefold()
    for word in (name.casefold(), *_COMMON):
        left = left.replace(word, " ")
    for run in (way for row in _RUNS for way in (row, row[::-1])):
        for at in range(len(run) - _RUN + 1):
            left = left.replace(run[at:at + _RUN], " ")
    return len(set(password.casefold())) <= _RUN or len(left.replace(" ", "")) < _OWN


def right(stored: str | None, password: str) -> bool:
    """Whether it is the password; as slow without a stored hash, so that nobody learns which names exist."""
    if len(password) > LONGEST:
        return False
    try:
        return _HASHER.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def generated() -> str:
    """A new password, 96 random bits."""
    return secrets.token_urlsafe(12)


def new_token() -> str:
    """A new token, 256 random bits."""
    return f"hl_{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
