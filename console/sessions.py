"""Sessions of the pages: a random cookie, known here by its hash, that ends by itself."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from console.accounts import Account, account_of
from console.tables import AccountRow, SessionRow
from store.base import now
from store.engine import Store

_TOUCH = timedelta(minutes=1)  # how old `seen_at` may be: a read writes nothing most of the time


class Stage(StrEnum):
    """What stands between a session and the pages."""

    CODE = "code"
    PASSWORD = "password"
    ENROL = "enrol"
    OPEN = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a session lives without a request and in all; whether everybody needs a second factor."""

    idle: timedelta = timedelta(minutes=30)
    most: timedelta = timedelta(hours=12)
    second_factor: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """A session that was recognised."""

    id: int
    account: Account
    stage: Stage


def new_cookie() -> str:
    """A value for a cookie, 256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(cookie: str) -> str:
    """What is kept of a cookie."""
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()


def form_token(cookie: str) -> str:
    """What every form of this cookie's pages carries: who cannot read the cookie cannot make it (CSRF)."""
    return hashlib.sha256(b"form\0" + cookie.encode("utf-8", "replace")).hexdigest() if cookie else ""


def fits(cookie: str, token: str) -> bool:
    """Whether the token is that of the cookie."""
    return bool(cookie) and hmac.compare_digest(form_token(cookie).encode(), token.encode("utf-8", "replace"))


def open_session(session: Session, account: int, remote: str) -> str:
    """The cookie of a new session; the second factor is still to be given when the account has one."""
    cookie = new_cookie()
    second = not session.execute(select(AccountRow.totp).where(AccountRow.id == account)).scalar_one()
    row = SessionRow(
        hash=hashed(cookie), account_id=account, created_at=now(), seen_at=now(), second=second, totp_offered="",
        remote=remote[:64],
    )
    session.add(row)
    return cookie


def recognise(store: Store, cookie: str, policy: Policy) -> Login | None:
    """The session of a cookie, or None when it has ended; notes about once a minute that it is used."""
    if not cookie:
        return None
    query = (
        select(SessionRow, AccountRow)
        .join(AccountRow, AccountRow.id == SessionRow.account_id)
        .where(SessionRow.hash == hashed(cookie), AccountRow.active)
    )
    with store.reading() as session:
        found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, account = found
    moment = now()
    if row.seen_at < moment - policy.idle or row.created_at < moment - policy.most:
        return None
    if row.seen_at < moment - _TOUCH:
        with store.begin() as session:
            session.execute(update(SessionRow).where(SessionRow.id == row.id).values(seen_at=moment))
    return Login(row.id, account_of(account), _stage(row, account, policy))


def _stage(row: SessionRow, account: AccountRow, policy: Policy) -> Stage:
    if not row.second:
        return Stage.CODE
    if account.must_change:
        return Stage.PASSWORD
    return Stage.ENROL if policy.second_factor and not account.totp else Stage.OPEN


def end(session: Session, login: int) -> None:
    """Ends a session."""
    session.execute(delete(SessionRow).where(SessionRow.id == login))


def end_others(session: Session, login: Login) -> None:
    """Ends the account's other sessions."""
    mine = SessionRow.account_id == login.account.id
    session.execute(delete(SessionRow).where(mine, SessionRow.id != login.id))


def forget_ended(store: Store, policy: Policy) -> None:
    """Removes the rows of sessions that have ended."""
    moment = now()
    ended = or_(SessionRow.seen_at < moment - policy.idle, SessionRow.created_at < moment - policy.most)
    with store.begin() as session:
        session.execute(delete(SessionRow).where(ended))
