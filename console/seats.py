"""Which telephone an account sits at: one agent a phone, one phone an agent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from console.tables import AccountRow, SeatRow, SessionRow
from tickets.errors import Conflict


@dataclass(frozen=True, slots=True)
class Seated:
    """An account's time at a telephone; `until` None: it sits there now."""

    number: str
    since: datetime
    until: datetime | None

    def covers(self, number: str, at: datetime) -> bool:
        """Whether a call on `number` at that moment was this agent's."""
        return number == self.number and self.since <= at and (self.until is None or at < self.until)


def number_of(session: Session, account: int) -> str:
    """The telephone the account sits at, "" for none."""
    query = select(SeatRow.number).where(SeatRow.account_id == account, SeatRow.left_at.is_(None))
    return session.scalar(query) or ""


def taken(session: Session) -> dict[str, str]:
    """The telephones somebody sits at, with the name of the account."""
    query = select(SeatRow.number, AccountRow.name).join(AccountRow, AccountRow.id == SeatRow.account_id)
    return {number: name for number, name in session.execute(query.where(SeatRow.left_at.is_(None)))}


def since(session: Session, account: int, begin: datetime) -> list[Seated]:
    """Where the account has sat since then."""
    query = select(SeatRow).where(
        SeatRow.account_id == account, or_(SeatRow.left_at.is_(None), SeatRow.left_at > begin)
    )
    return [Seated(row.number, row.taken_at, row.left_at) for row in session.scalars(query.order_by(SeatRow.taken_at))]


def take(session: Session, account: int, number: str, at: datetime, idle: timedelta) -> None:
    """Sits the account down at a telephone. Raises Conflict while somebody else does who was seen within `idle`."""
    if number_of(session, account) == number:
        return
    other = session.scalar(select(SeatRow).where(SeatRow.number == number, SeatRow.left_at.is_(None)))
    if other is not None:
        seen = select(SessionRow.id).where(SessionRow.account_id == other.account_id, SessionRow.seen_at > at - idle)
        if session.scalar(seen.limit(1)):
            name = session.get_one(AccountRow, other.account_id).name
            raise Conflict(f"话机 {number} 正由 {name} 使用")
        other.left_at = at
    leave(session, account, at)
    session.flush()
    session.add(SeatRow(number=number, account_id=account, taken_at=at))
    try:
        session.flush()
    except IntegrityError:  # somebody sat down at this very moment
        raise Conflict(f"话机 {number} 正由他人使用") from None


def leave(session: Session, account: int, at: datetime) -> None:
    """The account sits at no telephone any more."""
    mine = update(SeatRow).where(SeatRow.account_id == account, SeatRow.left_at.is_(None))
    session.execute(mine.values(left_at=at))

