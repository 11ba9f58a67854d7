"""The office's own sample of the units' work: the system draws which tickets are checked, not a unit (R34, R37).

Each morning a share of what every unit said the day before is drawn: citizens it says to have contacted, and those it
called back by itself. The seed is made when the day is over and kept, so that no unit can know what will be drawn, and
anybody can draw again and find the same tickets. Units see nothing of it.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callback_survey.by_hand import ASKED
from callback_survey.hand_tables import CheckRow, DrawRow
from callback_survey.schedule_tables import DoNotCallRow
from callqueue.missed import Rules as Hours
from callqueue.missed import allowed
from store.base import LOCAL
from store.keyset import cut, ordered
from tickets.access import UNIT_ROLES, Action, Actor
from tickets.errors import Impossible, Invalid, NotFound
from tickets.records import EVENTS, TICKETS
from tickets.service import act
from tickets.terms import Term

CAUGHT_UP = 7  # days that are drawn late, when the hotline was down
TRIES = 3  # in vain, after which a check is closed without an answer


class Kind(Term):
    """What a unit said that is checked."""

    CONTACT = "contact", "联系群众"
    CALLBACK = "callback", "人工回访"


@dataclass(frozen=True, slots=True)
class Said:
    """What a unit said of a ticket, to be checked."""

    ticket: str
    kind: Kind
    unit: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list of checks is narrowed to: those that are open, or `done`; None and "" narrow nothing."""

    done: bool = False
    unit: str = ""
    kind: Kind | None = None
    differs: bool | None = None
    newest: bool = False


def draw_due(session: Session, at: datetime, share: int) -> int:
    """How many tickets were drawn for the days that are over and were not drawn yet; nothing when `share` is 0 %."""
    if not share:
        return 0
    days = [at.date() - timedelta(days=back) for back in range(CAUGHT_UP, 0, -1)]
    drawn = set(session.scalars(select(DrawRow.day).where(DrawRow.day.in_(days))))
    first = session.scalar(select(DrawRow.day).limit(1)) is None
    wanted = days[-1:] if first else [day for day in days if day not in drawn]
    return sum(draw(session, day, share, at) for day in wanted)


def draw(session: Session, day: date, share: int, at: datetime) -> int:
    """How many tickets were drawn for a day that is over; none when another machine has just drawn."""
    population = said_on(session, day)
    row = DrawRow(day=day, seed=secrets.token_hex(16), share=share, population=len(population), at=at)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return 0
    drawn = chosen(population, row.seed, share)
    session.add_all(
        CheckRow(ticket=one.ticket, kind=one.kind.value, unit=one.unit, day=day, said=dict(one.said), told={})
        for one in drawn
    )
    session.flush()
    return len(drawn)


def chosen(population: Iterable[Said], seed: str, share: int) -> list[Said]:
    """The sample: of every unit, and of each kind, the share (%) with the lowest digests, one at least."""
    groups: dict[tuple[str, Kind], list[Said]] = {}
    for one in population:
        groups.setdefault((one.unit, one.kind), []).append(one)
    drawn: list[Said] = []
    for _, members in sorted(groups.items()):
        ordered = sorted(members, key=lambda one: hashlib.sha256(f"{seed} {one.kind} {one.ticket}".encode()).digest())
        drawn += ordered[: math.ceil(len(ordered) * share / 100)]
    return drawn


def said_on(session: Session, day: date) -> list[Said]:
    """What the units said on a day of tickets that were in no sample yet; the last word of each kind about a ticket.

    Who asked not to be called any more (key 3) is in no sample.
    """
    begin = datetime.combine(day, time(), LOCAL)
    query = (
        select(TICKETS.c.number, TICKETS.c.lead_unit, EVENTS.c.action, EVENTS.c.unit, EVENTS.c.at, EVENTS.c.detail)
        .join(TICKETS, TICKETS.c.id == EVENTS.c.ticket_id)
        .outerjoin(CheckRow, (CheckRow.ticket == TICKETS.c.number) & (CheckRow.kind == EVENTS.c.action))
        .outerjoin(DoNotCallRow, DoNotCallRow.phone == TICKETS.c.phone)
        .where(
            EVENTS.c.at >= begin, EVENTS.c.at < begin + timedelta(days=1), CheckRow.id.is_(None),
            DoNotCallRow.phone.is_(None),
            EVENTS.c.action.in_([Action.CONTACT.value, Action.CALLBACK.value]),
            EVENTS.c.role.in_([role.value for role in UNIT_ROLES]), TICKETS.c.phone != "",
        )
    )  # fmt: skip
    found: dict[tuple[str, str], Said] = {}
    for number, lead, action, unit, moment, detail in session.execute(query.order_by(EVENTS.c.at)):
        said = {name: _plain(detail[name]) for name in ASKED if name in detail}
        said["at"] = moment.astimezone(LOCAL).isoformat(timespec="minutes")
        found[number, action] = Said(number, Kind(action), unit or lead or "", said)
    return [found[key] for key in sorted(found)]


def _plain(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def checks(
    session: Session, sought: Sought | None = None, size: int = 50, after: int = 0
) -> tuple[Sequence[CheckRow], int | None]:
    """A page of checks, and the id after which the next one starts, None on the last; `after` is such an id."""
    sought = sought or Sought()
    query = select(CheckRow).where(CheckRow.done_at.is_not(None) if sought.done else CheckRow.done_at.is_(None))
    if sought.unit:
        query = query.where(CheckRow.unit == sought.unit)
    if sought.kind is not None:
        query = query.where(CheckRow.kind == sought.kind.value)
    if sought.differs is not None:
        query = query.where(CheckRow.differs.is_(sought.differs))
    query = ordered(session, query, CheckRow.id, CheckRow.id, down=sought.newest, after=after).limit(size + 1)
    rows, last = cut(session.scalars(query).all(), size)
    return rows, last.id if last else None


def check(session: Session, number: int) -> CheckRow:
    """One check. Raises NotFound."""
    row = session.get(CheckRow, number)
    if row is None:
        raise NotFound("没有这项抽查")
    return row


def calling(session: Session, number: int, agent: str, at: datetime, hours: Hours) -> Mapping[str, str]:
    """What `missed.originate` needs to ring the agent and then the citizen of a check. Raises NotFound, Impossible."""
    row = check(session, number)
    phone = session.scalar(select(TICKETS.c.phone).where(TICKETS.c.number == row.ticket))
    if allowed(hours, at) != at or row.done_at is not None or not phone:
        raise Impossible("现在不能拨打：已完成，没有号码，或在免打扰时段")
    return {"channel": f"check-{row.id}-{at:%H%M%S}", "phone": phone, "agent": agent}


def asked_of(kind: str) -> Sequence[str]:
    """What the citizen is asked in a check: whether the unit did what it says, then what it says to have heard."""
    return ("contacted",) if kind == Kind.CONTACT else ("called", "solved", "truthful", "satisfied")


def differs(kind: str, said: Mapping[str, Any], told: Mapping[str, str]) -> bool:
    """Whether the citizen tells the office something else than the unit says; grades on one side of satisfied agree."""
    if kind == Kind.CONTACT:
        return told["contacted"] == "no"
    if told["called"] == "no":
        return True
    same = all(said.get(name, told[name]) == told[name] for name in ("solved", "truthful"))
    return not same or (str(said.get("satisfied", told["satisfied"])) >= "4") != (told["satisfied"] >= "4")


def settle(session: Session, number: int, told: Mapping[str, str], note: str, by: Actor, at: datetime) -> CheckRow:
    """The check with what the citizen told; with nothing told it is one more try in vain, and after three it is closed.

    What differs is written into the ticket's history. Raises NotFound, Impossible, Invalid.
    """
    row = check(session, number)
    if row.done_at is not None:
        raise Impossible("这项抽查已经完成")
    row.by, row.note, row.tries = by.name, note, row.tries + 1
    if not told:
        row.done_at = at if row.tries >= TRIES else None
        return row
    if set(told) != set(asked_of(row.kind)) or any(value not in _VALUES[name] for name, value in told.items()):
        raise Invalid("群众回答", "请填写每一项回答")
    row.told, row.done_at, row.differs = dict(told), at, differs(row.kind, row.said, told)
    if row.differs:
        words = f"热线办抽查与承办单位所报不一致（{Kind(row.kind).label}）{'：' if note else ''}{note}"
        act(session, row.ticket, Action.ADD, by=by, at=at, reason=words)
    return row


_VALUES = {**ASKED, "called": ("yes", "no")}
