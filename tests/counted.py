"""Fourteen tickets, counted by hand: what October 2026 has of each measure, seen from 10 November."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from figures.spans import Span
from store.base import LOCAL
from tickets.duties import start_catalogue
from tickets.tables import TicketEventRow, TicketRow
from tickets.terms import Channel, RequestType, Solved, State, Supervision

OCTOBER = Span(date(2026, 10, 1), date(2026, 10, 31))
TODAY = date(2026, 11, 10)
WATER, HOUSING = "swj", "zjj"


def at(text: str) -> datetime:
    """A moment of 2026 in Asia/Shanghai, as `10-05 09:00`."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=LOCAL)


def day(text: str) -> date:
    """A day of 2026, as `10-05`."""
    return date.fromisoformat(f"2026-{text}")


def ticket(number: int, created: str, **fields: Any) -> TicketRow:
    """A closed ticket of the water office, registered at a moment."""
    moment = at(created)
    given = {
        "id": number, "number": f"{moment:%y%m%d}{number:06d}", "state": State.CLOSED, "channel": Channel.PHONE,
        "request_type": RequestType.HELP, "subject": "自来水停水", "body": "群众反映城关路自来水停水", "matter": "0301",
        "territory": "532329-01", "lead_unit": WATER, "created_at": moment, "version": 1, "phone": "13800000001",
        "citizen_name": "王小明",
    }  # fmt: skip
    return TicketRow(**(given | fields))


def tickets() -> list[TicketRow]:
    """The fourteen."""
    return [
        # In time in every way, and reflected again.
        ticket(1, "10-05 09:00", due_return=day("10-09"), signed_at=at("10-06 08:00"), due_resolve=day("10-28"),
               resolved_at=at("10-20 08:00"), called_back_at=at("10-25 10:00"), solved=Solved.YES, satisfied=1,
               repeats=1),
        # A moment too late in every way.
        ticket(2, "10-05 23:59", due_return=day("10-09"), signed_at=at("10-10 00:00"), due_resolve=day("10-28"),
               resolved_at=at("10-29 00:00"), called_back_at=at("10-31 23:59"), solved=Solved.PARTLY, satisfied=4),
        # The last moment of the month; its terms end in the next.
        ticket(3, "10-31 23:59", state=State.CONTACTED, due_return=day("11-02"), due_resolve=day("11-20"),
               signed_at=at("11-02 08:00")),
        # The first moment of the next month.
        ticket(4, "11-01 00:00", state=State.CONTACTED, due_return=day("11-03"), due_resolve=day("11-20")),
        # Answered at once; refused; a draft; merged.
        ticket(5, "10-10 09:00", direct=True, lead_unit=None, request_type=RequestType.CONSULT, matter="0101",
               resolved_at=at("10-10 09:05"), channel=Channel.WEB),
        ticket(6, "10-11 09:00", state=State.REFUSED, lead_unit=None),
        ticket(7, "10-12 09:00", state=State.DRAFT, lead_unit=None, request_type=RequestType.UNSET, matter=None),
        ticket(8, "10-12 10:00", state=State.MERGED, lead_unit=None, merged_into="261005000001"),
        # Waits for the ruling on its return.
        ticket(9, "10-13 09:00", state=State.RETURNED, lead_unit=HOUSING, due_return=day("10-14"),
               due_resolve=day("10-30"), returns=1),
        # Went from housing to water: the return was right.
        ticket(10, "10-14 09:00", state=State.CONTACTED, due_return=day("10-19"), signed_at=at("10-19 23:59"),
               due_resolve=day("11-06"), returns=1),
        # Returned twice, both times wrongly; signed late, never resolved.
        ticket(11, "10-15 09:00", state=State.CONTACTED, lead_unit=HOUSING, due_return=day("10-16"), returns=2,
               signed_at=at("10-20 09:00"), due_resolve=day("10-30"), supervision=Supervision.TRACKED, matter="0102"),
        # The first moment of the month, not dispatched.
        ticket(12, "10-01 00:00", state=State.ACCEPTED, lead_unit=None, territory="532329-02"),
        # Of September, but due in October, and done in its last moment.
        ticket(13, "09-30 23:59", due_return=day("10-02"), signed_at=at("10-02 23:59"), due_resolve=day("10-15"),
               resolved_at=at("10-15 23:59"), supervision=Supervision.KEY),
        # Confidential, in time, and nobody is satisfied.
        ticket(14, "10-20 09:00", lead_unit=HOUSING, due_return=day("10-21"), signed_at=at("10-21 09:00"),
               due_resolve=day("10-30"), resolved_at=at("10-30 09:00"), called_back_at=at("10-30 12:00"),
               solved=Solved.NO, satisfied=5, false_reply=True, supervision=Supervision.KEY, confidential=True,
               subject="举报某某贪污", body="举报某某贪污公款", matter="0102"),
    ]  # fmt: skip


def event(number: int, seq: int, when: str, action: str, unit: str = "", **detail: Any) -> TicketEventRow:
    """A step of a ticket."""
    return TicketEventRow(
        ticket_id=number, seq=seq, at=at(when), action=action, state_to=State.RETURNED, author="somebody",
        role="unit_handler" if unit else "county_admin", unit=unit, reason="理由", detail=detail,
    )  # fmt: skip


def events() -> list[TicketEventRow]:
    """The returns and their rulings."""
    return [
        event(9, 1, "10-14 09:00", "return", HOUSING),
        event(10, 1, "10-15 09:00", "return", HOUSING), event(10, 2, "10-16 09:00", "rule", upheld=True, unit=WATER),
        event(11, 1, "10-16 09:00", "return", HOUSING), event(11, 2, "10-17 09:00", "rule", upheld=False),
        event(11, 3, "10-19 09:00", "return", HOUSING), event(11, 4, "10-20 08:00", "rule", upheld=False),
        event(4, 1, "11-02 09:00", "return", WATER),
    ]  # fmt: skip


HAND = {
    "received": 12, "accepted": 9, "refused": 1, "direct": 1, "direct_pct": 11.1, "sign_due": 6, "signed": 4,
    "signed_late": 2, "signed_pct": 66.7, "due": 5, "on_time": 3, "late": 2, "on_time_pct": 60.0, "asked": 3,
    "solved": 1, "solved_pct": 33.3, "rated": 3, "satisfied": 1, "satisfied_pct": 33.3, "repeated": 1,
    "repeated_pct": 11.1, "tracked": 1, "key": 1, "false": 1, "returned": 3, "upheld": 1,
}  # fmt: skip
"""Every figure of October."""


def fill(session: Session) -> None:
    """Puts them into an empty database, with the shipped units, places and matters."""
    start_catalogue(session)
    fill_only(session)


def fill_only(session: Session) -> None:
    """Puts them beside the shipped catalogue that is there."""
    session.add_all(tickets())
    session.flush()
    session.add_all(events())
    session.flush()
