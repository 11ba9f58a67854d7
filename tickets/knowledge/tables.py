"""The tables of the knowledge base, and its full-text index."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Instant
from tickets import ddl
from tickets.columns import BigId, Word
from tickets.knowledge.terms import ArticleState, Expiry

_EXPIRING, _CHECKED = text("expiry <> ''"), text("next_check IS NOT NULL")


class ArticleRow(Base):
    """An article: `version` is its newest, `published` the one that is answered from, None when there is none.

    `expiry` is what the sweep found of the version in force; `next_check` the day on which it may be something else.
    """

    __tablename__ = "knowledge_articles"
    __table_args__ = (
        Index("ix_knowledge_expiring", "expiry", "id", sqlite_where=_EXPIRING, postgresql_where=_EXPIRING),
        Index("ix_knowledge_next_check", "next_check", sqlite_where=_CHECKED, postgresql_where=_CHECKED),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    version: Mapped[int] = mapped_column(Integer)
    published: Mapped[int | None] = mapped_column(Integer)
    expiry: Mapped[Expiry] = mapped_column(Word(Expiry), default=Expiry.NONE)
    next_check: Mapped[date | None] = mapped_column(Date)


class ArticleVersionRow(Base):
    """An article as somebody wrote it once; never changed, so that it can be shown what an answer was given from."""

    __tablename__ = "knowledge_versions"
    __table_args__ = (Index(None, "article", "version", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    article: Mapped[int] = mapped_column(ForeignKey("knowledge_articles.id"))
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[ArticleState] = mapped_column(Word(ArticleState))
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    unit: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    matter: Mapped[str | None] = mapped_column(ForeignKey("matters.code"))
    author: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Instant)


class KnowledgeAnswerRow(Base):
    """An answer that was given from a version of an article: in which ticket, by which move."""

    __tablename__ = "knowledge_answers"
    __table_args__ = (
        Index(None, "number", "article", "version", "action", unique=True),
        Index(None, "article", "number"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(ForeignKey("tickets.number"))
    article: Mapped[int] = mapped_column(ForeignKey("knowledge_articles.id"))
    version: Mapped[int] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(String(20))
    author: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Instant)


ddl.attach_knowledge(cast(Table, ArticleVersionRow.__table__))
