"""Articles that run out: found by a sweep that reads only those whose day has come, and listed for the office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from tickets.knowledge.articles import ARTICLES, VERSIONS, Article, article_of, joined
from tickets.knowledge.terms import Expiry

DAYS = 30
MOST = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an article is on a day, and the day on which that changes; None for never."""

    expiry: Expiry
    next_check: date | None


def verdict(until: date | None, today: date, days: int) -> Verdict:
    """Whether an article that is valid until a day (that day included) runs out within so many days."""
    if until is None:
        return Verdict(Expiry.NONE, None)
    if today > until:
        return Verdict(Expiry.OVER, None)
    warned = until - timedelta(days=days)
    return Verdict(Expiry.SOON, until + timedelta(days=1)) if today >= warned else Verdict(Expiry.NONE, warned)


def sweep(session: Session, today: date, days: int = DAYS) -> int:
    """How many articles whose day has come were looked at; may run late, twice, or beside people."""
    query = select(ARTICLES.c.id, VERSIONS.c.valid_until).join_from(
        ARTICLES, VERSIONS, and_(VERSIONS.c.article == ARTICLES.c.id, VERSIONS.c.version == ARTICLES.c.published)
    )
    due = query.where(ARTICLES.c.next_check <= today).order_by(ARTICLES.c.next_check).limit(MOST)
    rows = session.execute(due.with_for_update(skip_locked=True, of=ARTICLES)).all()
    for row in rows:
        found = verdict(row.valid_until, today, days)
        changed: dict[str, Any] = {"expiry": found.expiry, "next_check": found.next_check}
        session.execute(update(ARTICLES).where(ARTICLES.c.id == row.id).values(**changed))
    return len(rows)


def expiring(session: Session, most: int = MOST) -> list[Article]:
    """The articles in force that run out soon or have run out, the earliest first."""
    # The codes are written out, so that the index of these few is used.
    query = joined(ARTICLES.c.published).where(ARTICLES.c.expiry != "", ARTICLES.c.published.is_not(None))
    return [article_of(row) for row in session.execute(query.order_by(VERSIONS.c.valid_until).limit(most))]


def count_expiring(session: Session) -> int:
    """How many of them there are."""
    count: int = session.execute(select(func.count()).where(ARTICLES.c.expiry != "")).scalar_one()
    return count
