"""The progress of a ticket, for whoever knows its number and the last four digits of the registered phone."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from tickets.records import TICKETS
from tickets.terms import State
from tickets.units import unit_name


@dataclass(frozen=True, slots=True)
class Progress:
    """What a verified caller may hear: the state, the unit's name ("" when none has it yet), the date it is due by."""

    number: str
    state: State
    unit: str
    deadline: date | None
    provisional: bool


def progress_for_phone(session: Session, number: str, last4: str) -> Progress | None:
    """The progress of a ticket, or None unless the last four digits of its registered number match.

    A ticket that was merged answers with the one it was put under.
    """
    columns = ("number", "state", "phone", "lead_unit", "due_resolve", "due_review", "provisional", "merged_into")
    query = select(*(TICKETS.c[name] for name in columns))
    found = session.execute(query.where(TICKETS.c.number == number)).one_or_none()
    if found is None or len(found.phone) < 4 or len(last4) != 4 or not last4.isascii():
        return None
    if not hmac.compare_digest(found.phone[-4:], last4):
        return None
    seen = {number}
    while found.merged_into and found.merged_into not in seen:
        seen.add(found.merged_into)
        found = session.execute(query.where(TICKETS.c.number == found.merged_into)).one()
    due = found.due_review if found.state == State.RESOLVED else found.due_resolve
    ended = found.state in (State.CLOSED, State.REFUSED, State.REVIEWED, State.CALLBACK)
    deadline = None if ended else due
    return Progress(number, found.state, unit_name(session, found.lead_unit), deadline, found.provisional)
