"""Rankings as they were frozen (R44): stored once and never computed anew, open to appeals, then published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from figures import counting
from figures.core import values
from figures.ranking import Ranked, Terms, rank
from figures.spans import Span
from figures.tables import AppealRow, RankingLineRow, RankingRow
from tickets.access import UNIT_ROLES, Actor
from tickets.calendar_store import load_calendar
from tickets.errors import Conflict, Forbidden, Impossible, Invalid, NotFound
from tickets.trees import TERRITORIES
from tickets.units import unit_names
from tickets.wording import clean_text

TOWNS, DEPARTMENTS = "乡镇", "县直部门"
LONGEST = 1_000
MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Policy:
    """How rankings are made, and for how many working days after the freezing units may appeal."""

    terms: Terms = field(default_factory=Terms)
    appeal_days: int = 5


DEFAULT = Policy()


def live(session: Session, span: Span, today: date, terms: Terms) -> tuple[Ranked, ...]:
    """The ranking as it would be now; units without a ticket are left out."""
    found = counting.groups(session, span, today, counting.By.UNIT)
    counts = {one.code: one.count for one in found if one.code}
    return rank(counts, kinds(session), terms)


def kinds(session: Session) -> Mapping[str, str]:
    """The kind of each unit: it answers for a place, or it is a department."""
    towns = set(session.execute(select(TERRITORIES.c.unit)).scalars())
    return {code: TOWNS if code in towns else DEPARTMENTS for code in unit_names(session)}


def freeze(session: Session, span: Span, by: Actor, at: datetime, policy: Policy = DEFAULT) -> int:
    """The number of the new ranking.

    Raises Invalid for a period of no day or too many, Impossible when it is not over, Conflict when it is frozen.
    """
    today = at.date()
    if not 1 <= span.days <= MOST_DAYS:
        raise Invalid("时段", f"起止日期应为1至{MOST_DAYS}天")
    if span.until >= today:
        raise Impossible(f"{span}尚未结束，不能固化排名")
    lines = live(session, span, today, policy.terms)
    if not lines:
        raise Impossible(f"{span}没有可排名的工单")
    until = load_calendar(session, around=today).after(today, policy.appeal_days).day
    row = RankingRow(since=span.since, until=span.until, terms=_kept(policy.terms), frozen_at=at, frozen_by=by.name,
                     appeal_until=until)  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise Conflict(f"{span}的排名已经固化，不能重新计算") from None
    session.add_all(
        RankingLineRow(ranking=row.id, unit=one.unit, position=place, tier=one.tier, place=one.place, score=one.score,
                       count=dict(one.count), short=list(one.short))
        for place, one in enumerate(lines)
    )  # fmt: skip
    session.flush()
    return row.id


def _kept(terms: Terms) -> dict[str, Any]:
    return {"weights": dict(terms.weights), "least": terms.least, "tiers": terms.tiers.value, "large": terms.large,
            "middle": terms.middle}  # fmt: skip


def appeal(session: Session, number: int, reason: str, by: Actor, at: datetime, unit: str = "") -> int:
    """The number of a unit's appeal. Raises Impossible after the last day, once published or while one is open."""
    row = _row(session, number)
    code = by.unit if by.role in UNIT_ROLES else unit
    if by.role in UNIT_ROLES and unit not in ("", by.unit):
        raise Forbidden("只能为本单位申诉")
    text = clean_text("申诉理由", reason, LONGEST, 2)
    if session.get(RankingLineRow, (number, code)) is None:
        raise NotFound("这次排名没有该单位")
    if row.published_at or at.date() > row.appeal_until:
        raise Impossible(f"申诉期限已过（{row.appeal_until}）" if not row.published_at else "排名已发布，不能申诉")
    if any(one["upheld"] is None for one in appeals(session, number, code)):
        raise Impossible("已有待裁定的申诉")
    made = AppealRow(ranking=number, unit=code, at=at, author=by.name, reason=text)
    session.add(made)
    session.flush()
    return made.id


def rule(session: Session, number: int, appealed: int, upheld: bool, ruling: str, by: Actor, at: datetime) -> None:
    """Rules on an appeal. The ranking stays as it is; what was upheld is told beside it.

    Raises Impossible, Invalid, NotFound.
    """
    _row(session, number)
    row = session.get(AppealRow, appealed, with_for_update=True)
    if row is None or row.ranking != number:
        raise NotFound("没有这项申诉")
    if row.upheld is not None:
        raise Impossible("这项申诉已经裁定")
    row.upheld, row.ruling = upheld, clean_text("裁定说明", ruling, LONGEST, 2)
    row.ruled_at, row.ruled_by = at, by.name
    session.flush()


def publish(session: Session, number: int, by: Actor, at: datetime) -> None:
    """Publishes. Raises Impossible before the last day of appeals is over, and while one waits for its ruling."""
    row = _row(session, number)
    if row.published_at:
        raise Impossible("排名已经发布")
    if at.date() <= row.appeal_until:
        raise Impossible(f"申诉期至{row.appeal_until}，期满后才能发布")
    waiting = sum(one["upheld"] is None for one in appeals(session, number))
    if waiting:
        raise Impossible(f"还有{waiting}项申诉没有裁定")
    row.published_at, row.published_by = at, by.name
    session.flush()


def _row(session: Session, number: int) -> RankingRow:
    row = session.get(RankingRow, number, with_for_update=True)
    if row is None:
        raise NotFound("没有这次排名")
    return row


def listed(session: Session) -> list[dict[str, Any]]:
    """Every frozen ranking, the newest period first, without its lines."""
    query = select(RankingRow).order_by(RankingRow.until.desc(), RankingRow.since, RankingRow.id)
    return [_plain(row) for row in session.scalars(query)]


def of_span(session: Session, span: Span) -> int | None:
    """The number of the ranking of a period."""
    query = select(RankingRow.id).where(RankingRow.since == span.since, RankingRow.until == span.until)
    return session.execute(query).scalar_one_or_none()


def shown(session: Session, number: int, viewer: Actor) -> dict[str, Any]:
    """A ranking with its lines and appeals, as plain values.

    Before it is published a unit sees its own line and appeals alone; what units appealed stays between them and the
    office, but for what was upheld.
    """
    row = session.get(RankingRow, number)
    if row is None:
        raise NotFound("没有这次排名")
    own = viewer.unit if viewer.role in UNIT_ROLES else ""
    names = unit_names(session)
    query = select(RankingLineRow).where(RankingLineRow.ranking == number).order_by(RankingLineRow.position)
    lines = list(session.scalars(query))
    told = [one for one in lines if not own or row.published_at or one.unit == own]
    made = appeals(session, number)
    upheld = {one["unit"] for one in made if one["upheld"]}
    kept = [one for one in made if not own or one["unit"] == own or (row.published_at and one["upheld"])]
    return {
        **_plain(row), "whole": len(told) == len(lines), "lines": [_line(one, names, lines, upheld) for one in told],
        "appeals": [one | {"name": names.get(one["unit"], one["unit"])} for one in kept],
    }  # fmt: skip


def appeals(session: Session, number: int, unit: str = "") -> list[dict[str, Any]]:
    """The appeals against a ranking, oldest first, as plain values."""
    query = select(AppealRow).where(AppealRow.ranking == number).order_by(AppealRow.id)
    query = query.where(AppealRow.unit == unit) if unit else query
    return [
        {
            "id": row.id, "unit": row.unit, "at": _moment(row.at), "author": row.author, "reason": row.reason,
            "upheld": row.upheld, "ruled_at": _moment(row.ruled_at), "ruled_by": row.ruled_by, "ruling": row.ruling,
        }
        for row in session.scalars(query)
    ]  # fmt: skip


def _plain(row: RankingRow) -> dict[str, Any]:
    return {
        "id": row.id, "name": str(Span(row.since, row.until)), "since": row.since.isoformat(),
        "until": row.until.isoformat(), "terms": row.terms, "frozen_at": _moment(row.frozen_at),
        "frozen_by": row.frozen_by, "appeal_until": row.appeal_until.isoformat(),
        "published_at": _moment(row.published_at), "published_by": row.published_by,
    }  # fmt: skip


def _line(
    row: RankingLineRow, names: Mapping[str, str], lines: Sequence[RankingLineRow], upheld: set[str]
) -> dict[str, Any]:
    like = [one for one in lines if one.tier == row.tier and one.place is not None]
    return {
        "unit": row.unit, "name": names.get(row.unit, row.unit), "tier": row.tier, "place": row.place,
        "among": len(like), "score": row.score, "short": row.short, "appeal_upheld": row.unit in upheld,
        "figures": values(row.count),
    }  # fmt: skip


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


