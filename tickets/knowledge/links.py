"""Which articles an answer was given from, by version; and which tickets were answered from an article (R16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, and_, func, select
from sqlalchemy.orm import Session

from tickets.access import Action
from tickets.assigning import World
from tickets.errors import Invalid
from tickets.knowledge.tables import ArticleRow, ArticleVersionRow, KnowledgeAnswerRow
from tickets.knowledge.terms import ArticleState
from tickets.numbers import insert_for

_ARTICLES = cast(Table, ArticleRow.__table__)
_VERSIONS = cast(Table, ArticleVersionRow.__table__)
_LINKS = cast(Table, KnowledgeAnswerRow.__table__)
_LABEL = "依据的知识库条目"


@dataclass(frozen=True, slots=True)
class Ground:
    """An article that an answer was given from, as it was then; `newest` is the version in force now, if any."""

    code: str
    version: int
    title: str
    source: str
    action: str
    author: str
    at: datetime
    newest: int | None


def given_from(session: Session, number: str, refs: Sequence[str], action: Action, world: World) -> list[str]:
    """The articles by version, linked to the ticket. `refs` are codes, or code@version; a code is the one in force.

    Raises Invalid for an article that does not exist or was never published.
    """
    found = list(dict.fromkeys(_resolved(session, ref) for ref in refs))
    for article, _code, version in found:
        row = {"number": number, "article": article, "version": version, "action": action.value,
               "author": world.by.name, "at": world.at}  # fmt: skip
        session.execute(insert_for(session, KnowledgeAnswerRow).values(**row).on_conflict_do_nothing())
    return [f"{code}@{version}" for _article, code, version in found]


def _resolved(session: Session, ref: str) -> tuple[int, str, int]:
    code, _at, version = ref.partition("@")
    if version and not (version.isascii() and version.isdigit() and len(version) < 8):
        raise Invalid(_LABEL, f"“{ref}”应如 k12 或 k12@3")
    wanted = int(version) if version else _ARTICLES.c.published
    query = select(_ARTICLES.c.id, _VERSIONS.c.version).join_from(
        _ARTICLES, _VERSIONS, and_(_VERSIONS.c.article == _ARTICLES.c.id, _VERSIONS.c.version == wanted)
    )
    query = query.where(_ARTICLES.c.code == code, _VERSIONS.c.state == ArticleState.PUBLISHED)
    row = session.execute(query).one_or_none()
    if row is None:
        raise Invalid(_LABEL, f"知识库里没有已发布的 {ref}")
    return row.id, code, row.version


def grounds_of(session: Session, number: str) -> list[Ground]:
    """The articles that a ticket's answers were given from, in the order in which they were."""
    query = (
        select(
            _ARTICLES.c.code, _LINKS.c.version, _VERSIONS.c.title, _VERSIONS.c.source, _LINKS.c.action,
            _LINKS.c.author, _LINKS.c.at, _ARTICLES.c.published.label("newest"),
        )
        .join_from(_LINKS, _ARTICLES, _ARTICLES.c.id == _LINKS.c.article)
        .join(_VERSIONS, and_(_VERSIONS.c.article == _LINKS.c.article, _VERSIONS.c.version == _LINKS.c.version))
        .where(_LINKS.c.number == number)
        .order_by(_LINKS.c.id)
    )  # fmt: skip
    return [Ground(**row._mapping) for row in session.execute(query)]


def answered_from(session: Session, code: str, most: int = 20) -> tuple[int, list[str]]:
    """How many tickets were answered from an article in any version, and the newest of them."""
    mine = _LINKS.c.article == select(_ARTICLES.c.id).where(_ARTICLES.c.code == code).scalar_subquery()
    count: int = session.execute(select(func.count(func.distinct(_LINKS.c.number))).where(mine)).scalar_one()
    numbers = select(_LINKS.c.number).where(mine).distinct().order_by(_LINKS.c.number.desc()).limit(most)
    return count, list(session.execute(numbers).scalars())
