"""Accounts and their tokens: made, listed, changed, and recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from console import passwords
from console.errors import AccountError
from console.tables import AccountRow, SessionRow, TokenRow
from store.base import now
from tickets.access import UNIT_ROLES, Action, Actor, Role, may
from tickets.unit_tables import UnitRow

MOST_FAILED = 5
LOCKED_MINUTES = 15
MOST_DAYS = 730
# The hotline itself and citizens have no account.
ROLES = tuple(role for role in Role if role not in (Role.SYSTEM, Role.CITIZEN))
_NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as a request sees it; `second_factor` is whether a password alone is not enough."""

    id: int
    name: str
    roles: tuple[Role, ...]
    unit: str = ""
    second_factor: bool = False

    def acting(self, action: Action | None) -> Actor | None:
        """The account in the first of its roles that may do the action (any role for None), or None."""
        role = next((role for role in self.roles if action is None or may(role, action)), None)
        return Actor(self.name, role, self.unit) if role else None


def account_of(row: AccountRow) -> Account:
    """The value of a row."""
    return Account(row.id, row.name, tuple(Role(code) for code in row.roles), row.unit or "", bool(row.totp))


def add(
    session: Session, name: str, roles: Sequence[Role], password: str, unit: str = "", *, first: bool = False
) -> Account:
    """The new account. Raises AccountError for a name that is taken or none, no role, or a unit that does not fit.

    `first` is a password that somebody else knows: the pages ask for another one at once.
    """
    if not _NAME.fullmatch(name):
        raise AccountError("a name has 1 to 40 letters, digits or Chinese characters; also . _ - after the first")
    wanted = tuple(dict.fromkeys(roles))
    if not wanted or not set(wanted) <= set(ROLES):
        raise AccountError(f"a role is one of {', '.join(role.value for role in ROLES)}")
    _check_unit(session, wanted, unit)
    if session.scalar(select(AccountRow.id).where(AccountRow.name == name)):
        raise AccountError(f"there is an account {name} already")
    row = AccountRow(
        name=name, roles=[role.value for role in wanted], unit=unit or None, password=passwords.hashed(password),
        active=True, failed=0, created_at=now(), must_change=first,
    )
    session.add(row)
    session.flush()
    return account_of(row)


def _check_unit(session: Session, roles: Sequence[Role], unit: str) -> None:
    if bool(unit) != bool(set(roles) & UNIT_ROLES):
        raise AccountError("roles of a unit need --unit" if not unit else "only roles of a unit have a unit")
    if unit and session.get(UnitRow, unit) is None:
        raise AccountError(f"there is no unit {unit[:40]}")


def named(session: Session, name: str) -> AccountRow:
    """The row of an account. Raises AccountError."""
    row = session.scalar(select(AccountRow).where(AccountRow.name == name))
    if row is None:
        raise AccountError(f"there is no account {name[:40]}")
    return row


def set_password(session: Session, name: str, password: str, *, first: bool = False) -> None:
    """Sets a password, lets the account in again and ends its sessions. Raises AccountError."""
    row = named(session, name)
    row.password, row.failed, row.locked_until, row.must_change = passwords.hashed(password), 0, None, first
    session.execute(delete(SessionRow).where(SessionRow.account_id == row.id))


def drop_second_factor(session: Session, name: str) -> None:
    """Forgets the second factor of somebody who lost it, and ends the account's sessions. Raises AccountError."""
    row = named(session, name)
    row.totp, row.totp_last = "", 0
    session.execute(delete(SessionRow).where(SessionRow.account_id == row.id))


def set_active(session: Session, name: str, active: bool) -> None:
    """Lets the account in, or nobody with it. Raises AccountError; the last active admin stays."""
    row = named(session, name)
    others = select(AccountRow).where(AccountRow.active, AccountRow.name != name)
    if not active and Role.ADMIN in row.roles and not any(Role.ADMIN in o.roles for o in session.scalars(others)):
        raise AccountError(f"{name} is the last active admin")
    row.active = active
    if not active:
        session.execute(delete(SessionRow).where(SessionRow.account_id == row.id))


def new_token(session: Session, name: str, label: str, days: int) -> tuple[str, datetime]:
    """A token, to be shown once, and when it ends; one of the same label is replaced. Raises AccountError."""
    if not 1 <= days <= MOST_DAYS:
        raise AccountError(f"a token is valid for 1 to {MOST_DAYS} days")
    if not _NAME.fullmatch(label):
        raise AccountError("a token's name has 1 to 40 letters, digits or Chinese characters")
    row = named(session, name)
    revoke(session, name, label)
    token, ends = passwords.new_token(), now() + timedelta(days=days)
    made = TokenRow(
        account_id=row.id, name=label, hash=passwords.token_hash(token), created_at=now(), expires_at=ends
    )
    session.add(made)
    return token, ends


def revoke(session: Session, name: str, label: str) -> bool:
    """Whether there was such a token; now there is none. Raises AccountError."""
    row = named(session, name)
    found = session.scalar(select(TokenRow.id).where(TokenRow.account_id == row.id, TokenRow.name == label))
    session.execute(delete(TokenRow).where(TokenRow.id == found))
    return found is not None


def _until(row: AccountRow) -> str | None:
    """When a lock ends that is not over yet."""
    over = row.locked_until is None or row.locked_until <= now()
    return None if over or row.locked_until is None else row.locked_until.isoformat(timespec="seconds")


def listed(session: Session) -> list[dict[str, Any]]:
    """Every account by name, with the names and ends of its tokens; no secret."""
    tokens = list(session.scalars(select(TokenRow).order_by(TokenRow.name)))
    return [
        {
            "name": row.name, "roles": row.roles, "unit": row.unit or "", "active": row.active, "failed": row.failed,
            "must_change": row.must_change, "second_factor": bool(row.totp),
            "locked_until": _until(row),
            "tokens": [
                {"name": token.name, "expires_at": token.expires_at.isoformat(timespec="seconds")}
                for token in tokens if token.account_id == row.id
            ],
        }
        for row in session.scalars(select(AccountRow).order_by(AccountRow.name))
    ]
