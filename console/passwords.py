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
