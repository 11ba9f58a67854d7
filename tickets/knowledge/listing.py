"""Lists of articles by key, never by offset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from tickets.access import Action, Actor, may
from tickets.errors import Invalid
from tickets.knowledge.articles import ARTICLES, VERSIONS, Article, article_of, columns, joined
from tickets.knowledge.terms import ArticleState
from tickets.trees import MATTERS, downwards

MOST = 200
_FOREVER = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a list is narrowed to; None and "" narrow nothing. `by_end` has those that run out first in front."""

    state: ArticleState | None = None
    unit: str = ""
    matter: str = ""
    expiring: bool = False
    by_end: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A page: its articles, and the key after which the next page starts (None on the last)."""

    rows: tuple[Article, ...]
    after: str | None


def listed(session: Session, chosen: Chosen | None = None, *, by: Actor, size: int = 50, after: str = "") -> Listed:
    """A page of articles, the newest first: an editor sees each in its newest version, others in the one in force."""
    chosen = chosen or Chosen()
    if not 1 <= size <= MOST:
        raise Invalid("每页条数", f"应为1至{MOST}")
    edits = may(by.role, Action.KNOWLEDGE)
    query = joined(ARTICLES.c.version if edits else ARTICLES.c.published)
    query = query.add_columns(ARTICLES.c.id)
    query = _narrowed(session, query, chosen)
    query = _ordered(query, chosen.by_end, after).limit(size + 1)
    rows = session.execute(query).all()
    page = tuple(article_of(row) for row in rows[:size])
    return Listed(page, _key(rows[size - 1], chosen.by_end) if len(rows) > size else None)


def _narrowed(session: Session, query: Select[Any], chosen: Chosen) -> Select[Any]:
    if chosen.state is not None:
        query = query.where(VERSIONS.c.state == chosen.state)
    if chosen.unit:
        query = query.where(VERSIONS.c.unit == chosen.unit)
    if chosen.matter:
        query = query.where(VERSIONS.c.matter.in_(downwards(session, MATTERS, chosen.matter)))
    return query.where(ARTICLES.c.expiry != "") if chosen.expiring else query


def _ordered(query: Select[Any], by_end: bool, after: str) -> Select[Any]:
    if not by_end:
        return (query.where(ARTICLES.c.id < _number(after)) if after else query).order_by(ARTICLES.c.id.desc())
    if after:
        word, _dot, last = after.partition(".")
        try:
            until = date.fromisoformat(word)
        except ValueError:
            raise Invalid("after", "不是页码") from None
        open_end = VERSIONS.c.valid_until.is_(None)
        later = and_(open_end, ARTICLES.c.id > _number(last))
        if until != _FOREVER:
            same = and_(VERSIONS.c.valid_until == until, ARTICLES.c.id > _number(last))
            later = or_(VERSIONS.c.valid_until > until, same, open_end)
        query = query.where(later)
    return query.order_by(VERSIONS.c.valid_until.is_(None), VERSIONS.c.valid_until, ARTICLES.c.id)


def _key(row: Any, by_end: bool) -> str:
    return f"{row.valid_until or _FOREVER}.{row.id}" if by_end else str(row.id)


def _number(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 18):
        raise Invalid("after", "不是页码")
    return int(word)


def everything(session: Session) -> list[Article]:
    """Every article in its newest version, by code."""
    query = select(*columns()).join_from(
        ARTICLES, VERSIONS, and_(VERSIONS.c.article == ARTICLES.c.id, VERSIONS.c.version == ARTICLES.c.version)
    )
    return [article_of(row) for row in session.execute(query.order_by(ARTICLES.c.code))]
