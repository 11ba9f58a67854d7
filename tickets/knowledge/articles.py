"""Articles: written, edited into new versions, read as they were. Nothing that was written is ever changed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Row, Select, Table, and_, insert, select, update
from sqlalchemy.orm import Session

from tickets.access import Action, Actor, may
from tickets.acting import check_known
from tickets.errors import Conflict, Forbidden, Invalid, NotFound
from tickets.knowledge.search import reindex
from tickets.knowledge.tables import ArticleRow, ArticleVersionRow
from tickets.knowledge.terms import ArticleState, Expiry
from tickets.needs import Need, choice, gather, words
from tickets.wording import clean_date, clean_text

ARTICLES = cast(Table, ArticleRow.__table__)
VERSIONS = cast(Table, ArticleVersionRow.__table__)


def _day_or_none(label: str, value: object) -> date | None:
    return clean_date(label, value) if value not in ("", None) else None


def _code_or_none(label: str, value: object) -> str | None:
    return clean_text(label, value, 32) or None


FIELDS = (
    Need("title", "标题", words(100, 2)),
    Need("text", "正文", words(20_000, 2)),
    Need("source", "依据", words(300, 2)),
    Need("valid_from", "生效日期", _day_or_none, False),
    Need("valid_until", "失效日期", _day_or_none, False),
    Need("unit", "单位", _code_or_none, False, "unit"),
    Need("matter", "事项", _code_or_none, False, "matter"),
    Need("state", "状态", choice(ArticleState), False),
)
_EMPTY: Mapping[str, Any] = {
    "valid_from": None, "valid_until": None, "unit": None, "matter": None, "state": ArticleState.DRAFT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Article:
    """A version of an article. `newest` and `published` are the article's; `expiry` is that of the one in force."""

    code: str
    version: int
    newest: int
    published: int | None
    state: ArticleState
    title: str
    text: str
    source: str
    valid_from: date | None
    valid_until: date | None
    unit: str | None
    matter: str | None
    author: str
    at: datetime
    expiry: Expiry

    @property
    def ref(self) -> str:
        """What an answer names: the article and its version."""
        return f"{self.code}@{self.version}"


def columns() -> list[Any]:
    """What an Article is read from, of ARTICLES joined with VERSIONS."""
    names = [field.name for field in fields(Article) if field.name not in ("code", "newest", "published", "expiry")]
    mine = [ARTICLES.c.code, ARTICLES.c.version.label("newest"), ARTICLES.c.published, ARTICLES.c.expiry]
    return mine + [VERSIONS.c[name] for name in names]


def article_of(row: Row[Any]) -> Article:
    """The Article of a row of `columns`."""
    return Article(**{field.name: getattr(row, field.name) for field in fields(Article)})


def joined(version: Any) -> Select[Any]:
    """A query of articles in the version of that column."""
    return select(*columns()).join_from(
        ARTICLES, VERSIONS, and_(VERSIONS.c.article == ARTICLES.c.id, VERSIONS.c.version == version)
    )


def get(session: Session, code: str, version: int | None = None, *, by: Actor) -> Article:
    """The article; of an editor the newest version, of anybody else the one in force. Raises NotFound.

    Who may not edit sees no version that was never published.
    """
    edits = may(by.role, Action.KNOWLEDGE)
    wanted = version if version is not None else ARTICLES.c.version if edits else ARTICLES.c.published
    row = session.execute(joined(wanted).where(ARTICLES.c.code == code)).one_or_none()
    if row is None or not (edits or row.state == ArticleState.PUBLISHED):
        raise NotFound(f"知识库里没有 {code[:24]}" + (f" 的第{version}版" if version else ""))
    return article_of(row)


def versions(session: Session, code: str, *, by: Actor) -> list[Article]:
    """Every version the reader may see, the newest first."""
    query = select(*columns()).join_from(ARTICLES, VERSIONS, VERSIONS.c.article == ARTICLES.c.id)
    if not may(by.role, Action.KNOWLEDGE):
        query = query.where(VERSIONS.c.state == ArticleState.PUBLISHED)
    rows = session.execute(query.where(ARTICLES.c.code == code).order_by(VERSIONS.c.version.desc()))
    return [article_of(row) for row in rows]


def add(session: Session, given: Mapping[str, object], *, by: Actor, at: datetime, code: str = "") -> Article:
    """A new article, a draft unless it says otherwise. Raises Forbidden, Invalid, Conflict for a code that is there."""
    _require_editor(by)
    values = _checked(session, dict(_EMPTY) | gather(FIELDS, given))
    if code and session.execute(select(ARTICLES.c.id).where(ARTICLES.c.code == code)).first():
        raise Conflict(f"知识库里已有 {code}")
    named = _own_code(code) if code else f"~{secrets.token_hex(8)}"
    made = insert(ARTICLES).values(code=named, version=1, expiry=Expiry.NONE).returning(ARTICLES.c.id)
    article: int = session.execute(made).scalar_one()
    named = named if code else f"k{article}"
    session.execute(update(ARTICLES).where(ARTICLES.c.id == article).values(code=named))
    return _write(session, article, named, 1, values, by, at)


def edit(
    session: Session, code: str, given: Mapping[str, object], *, by: Actor, at: datetime, version: int | None = None
) -> Article:
    """The article's next version: what is not given stays. `version` is the one that was seen.

    Until a version is published the one before stays in force; withdrawing ends that. Raises Conflict, NotFound,
    Forbidden, Invalid.
    """
    _require_editor(by)
    locked = select(ARTICLES.c.id, ARTICLES.c.version).where(ARTICLES.c.code == code).with_for_update()
    row = session.execute(locked).one_or_none()
    old = get(session, code, by=by)
    if row is None or version not in (None, row.version):
        raise Conflict(f"知识库条目 {code} 刚被他人修改，请刷新后再改")
    kept = {need.name: getattr(old, need.name) for need in FIELDS}
    changed = _checked(session, kept | gather([_optional(need) for need in FIELDS], given))
    if changed == kept:
        raise Invalid("内容", "没有改动")
    return _write(session, row.id, code, row.version + 1, changed, by, at)


def _optional(need: Need) -> Need:
    return Need(need.name, need.label, need.read, False, need.names)


def _write(
    session: Session, article: int, code: str, version: int, values: Mapping[str, Any], by: Actor, at: datetime
) -> Article:
    own = {"article": article, "version": version, "author": by.name, "at": at}
    session.execute(insert(VERSIONS).values(**own, **values))
    state: dict[str, Any] = {"version": version}
    if values["state"] != ArticleState.DRAFT:
        published = values["state"] == ArticleState.PUBLISHED
        # The sweep, a minute later at most, says whether it runs out.
        ends = values["valid_until"] is not None and published
        state |= {
            "published": version if published else None, "expiry": Expiry.NONE,
            "next_check": at.date() if ends else None,
        }  # fmt: skip
    session.execute(update(ARTICLES).where(ARTICLES.c.id == article).values(**state))
    reindex(session, article)
    return get(session, code, version, by=by)


def _checked(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    for need in FIELDS:
        if need.names and values[need.name]:
            check_known(session, need.names, {values[need.name]}, need.label)
    begin, end = values["valid_from"], values["valid_until"]
    if begin and end and begin > end:
        raise Invalid("失效日期", "早于生效日期")
    return values


def _own_code(code: str) -> str:
    clean = clean_text("编号", code, 24, 2)
    if not all(letter.isascii() and (letter.isalnum() or letter in "-_.") for letter in clean):
        raise Invalid("编号", "只用字母、数字、-、_、.")
    return clean


def _require_editor(by: Actor) -> None:
    if not may(by.role, Action.KNOWLEDGE):
        raise Forbidden(f"{by.role.label}不能编辑知识库")
