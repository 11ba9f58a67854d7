"""The numbers called lately, in memory: who calls in from another has missed no callback, and waits for no database.

Attempts of all machines are read every few seconds: of a telephone that rings nobody calls back before it has rung.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from callback_survey.calling_in import REMEMBERED
from callback_survey.contact import forms
from callback_survey.tables import AttemptRow
from store.base import now

PERIOD = 2.0  # seconds between two readings
_CURRENT = timedelta(seconds=10)  # without a reading in this time nothing is ruled out
_OVERLAP = timedelta(minutes=1)  # clocks of machines differ, and transactions end later than they begin
_ANEW = timedelta(hours=1)  # then all is read, and what is too long ago forgotten
_QUEUED = timedelta(days=1)  # an attempt is dialled at most so long after it was begun

_BEGUN = select(AttemptRow.phone).where(AttemptRow.started_at >= bindparam("moment"))


class CalledLately:
    """Numbers of attempts to call; `read` brings them up to date, from one thread at a time."""

    def __init__(self) -> None:
        self._numbers: frozenset[str] = frozenset()
        self._all_at: datetime | None = None
        self._read_at: datetime | None = None

    def perhaps(self, phone: str, at: datetime) -> bool:
        """Whether a callback of the number may wait: the database is to be asked. Never false while one waits."""
        if self._read_at is None or at - self._read_at > _CURRENT:
            return True
        return not self._numbers.isdisjoint(forms(phone))

    def read(self, session: Session, at: datetime | None = None) -> None:
        """Takes in what was begun since the last reading; once an hour, all."""
        at = at or now()
        if self._all_at is None or self._read_at is None or at - self._all_at > _ANEW:
            self._numbers = _since(session, at - REMEMBERED - _QUEUED)
            self._all_at = at
        elif fresh := _since(session, self._read_at - _OVERLAP) - self._numbers:
            self._numbers |= fresh
        self._read_at = at


def _since(session: Session, moment: datetime) -> frozenset[str]:
    return frozenset(session.scalars(_BEGUN, {"moment": moment}))
