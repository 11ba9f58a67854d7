"""The second factor: codes of an authenticator app (TOTP, RFC 6238), each taken once."""

from __future__ import annotations

import io

import pyotp
import segno
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from console.errors import Unknown
from console.sessions import Login
from console.tables import AccountRow, SessionRow
from store.base import now

ISSUER = "12345"
_STEP = 30  # seconds
_DRIFT = 1  # steps that a telephone's clock may be off


def step_of(secret: str, code: str, seconds: float) -> int | None:
    """The step (time ÷ 30 s) that the code belongs to, or None when it is wrong or too far from `seconds`."""
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    totp, current = pyotp.TOTP(secret), int(seconds // _STEP)
    steps = range(current - _DRIFT, current + _DRIFT + 1)
    return next((step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), digits)), None)


def take(session: Session, login: Login, code: str) -> bool:
    """Whether the code is right and new; then the session has its second factor."""
    secret = session.execute(select(AccountRow.totp).where(AccountRow.id == login.account.id)).scalar_one()
    step = step_of(secret, code, now().timestamp()) if secret else None
    if step is None:
        return False
    mine = (AccountRow.id == login.account.id, AccountRow.totp_last < step)
    fresh = session.execute(update(AccountRow).where(*mine).values(totp_last=step).returning(AccountRow.id)).first()
    if fresh is not None:
        session.execute(update(SessionRow).where(SessionRow.id == login.id).values(second=True))
    return fresh is not None


def offered(session: Session, login: Login) -> tuple[str, str]:
    """The secret that the session is setting up and its QR code as SVG; the same until it is taken.

    Raises Unknown when the session has just ended.
    """
    row = session.get(SessionRow, login.id)
    if row is None:
        raise Unknown(Unknown.__doc__)
    row.totp_offered = row.totp_offered or pyotp.random_base32()
    uri = pyotp.TOTP(row.totp_offered).provisioning_uri(name=login.account.name, issuer_name=ISSUER)
    picture = io.BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", xmldecl=False, svgns=True, scale=4, border=2, omitsize=False)
    return row.totp_offered, picture.getvalue().decode("utf-8")


def enrol(session: Session, login: Login, code: str) -> bool:
    """Whether the code is one of the offered secret; then it is the account's from now on."""
    row = session.get(SessionRow, login.id)
    step = step_of(row.totp_offered, code, now().timestamp()) if row is not None and row.totp_offered else None
    if row is None or step is None:
        return False
    values = {"totp": row.totp_offered, "totp_last": step}
    session.execute(update(AccountRow).where(AccountRow.id == login.account.id).values(**values))
    row.totp_offered, row.second = "", True
    return True


def has(session: Session, account: int) -> bool:
    """Whether the account has a second factor."""
    return bool(session.execute(select(AccountRow.totp).where(AccountRow.id == account)).scalar_one())
