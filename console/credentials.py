"""Who sends a request: HTTP Basic (RFC 7617) or a bearer token (RFC 6750), believed only where nobody listens in."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address

from sqlalchemy import select, update

from console import passwords
from console.accounts import LOCKED_MINUTES, MOST_FAILED, Account, account_of
from console.errors import Locked, Unknown
from console.tables import AccountRow, TokenRow
from store.base import now
from store.engine import Store

CHALLENGE = 'Bearer realm="hotline", Basic realm="hotline", charset="UTF-8"'


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was sent: a token, or a name with a password."""

    token: str = ""
    name: str = ""
    password: str = ""


def read(header: str | None) -> Credentials:
    """The credentials of an Authorization header. Raises Unknown."""
    scheme, _, rest = (header or "").partition(" ")
    if scheme.lower() == "bearer" and rest.strip():
        return Credentials(token=rest.strip())
    if scheme.lower() == "basic":
        try:
            text = base64.b64decode(rest.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            raise Unknown(Unknown.__doc__) from None
        name, colon, password = text.partition(":")
        if colon:
            return Credentials(name=name, password=password)
    raise Unknown(Unknown.__doc__)


def private(remote: str | None, secure: bool) -> bool:
    """Whether credentials may travel this way: TLS, or a connection that does not leave the machine."""
    try:
        return secure or ip_address(remote or "").is_loopback
    except ValueError:
        return False


def recognise(store: Store, given: Credentials) -> Account:
    """The account of the credentials. Raises Unknown, Locked. Slow for a password: Argon2 runs outside transactions."""
    return _by_token(store, given.token) if given.token else _by_password(store, given)


def _by_token(store: Store, token: str) -> Account:
    query = (
        select(AccountRow)
        .join(TokenRow, TokenRow.account_id == AccountRow.id)
        .where(TokenRow.hash == passwords.token_hash(token), TokenRow.expires_at > now(), AccountRow.active)
    )
    with store.reading() as session:
        row = session.scalar(query)
        if row is None:
            raise Unknown(Unknown.__doc__)
        return account_of(row)


def _by_password(store: Store, given: Credentials) -> Account:
    if "\x00" in given.name:
        raise Unknown(Unknown.__doc__)
    with store.reading() as session:
        row = session.scalar(select(AccountRow).where(AccountRow.name == given.name))
    if row is not None and row.locked_until and row.locked_until > now():
        raise Locked(Locked.__doc__)
    right = passwords.right(row.password if row and row.active else None, given.password)
    # With a second factor only its code clears the count: else the password would buy endless guesses at the code.
    if row is not None and (not right or (row.failed and not row.totp)):
        count(store, row.id, right=right)
    if row is None or not right:
        raise Unknown(Unknown.__doc__)
    return account_of(row)


def locked(store: Store, account: int) -> bool:
    """Whether the account is locked now."""
    with store.reading() as session:
        until = session.scalar(select(AccountRow.locked_until).where(AccountRow.id == account))
    return until is not None and until > now()


def count(store: Store, account: int, *, right: bool) -> None:
    """Counts a wrong password, in the database so that many at once all count; a right one clears the count."""
    change = update(AccountRow).where(AccountRow.id == account)
    with store.begin() as session:
        if right:
            session.execute(change.values(failed=0, locked_until=None))
            return
        session.execute(change.values(failed=AccountRow.failed + 1))
        until = now() + timedelta(minutes=LOCKED_MINUTES)
        session.execute(change.where(AccountRow.failed >= MOST_FAILED).values(failed=0, locked_until=until))
