"""Finding articles by words: SQLite's FTS5 or PostgreSQL's tsvector over the same words, the best first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from tickets.errors import Invalid
from tickets.knowledge.words import asked, indexed, plain

MOST = 50
_AROUND = 36  # characters of the text before and after what was found
_LIVE = (
    "a.published = v.version AND (v.valid_from IS NULL OR v.valid_from <= :today)"
    " AND (v.valid_until IS NULL OR v.valid_until >= :today)"
)
_NARROW = " AND (:unit = '' OR v.unit = :unit) AND (:matter = '' OR v.matter = :matter)"
_COLUMNS = (
    "SELECT a.code, v.version, v.title, v.text, v.source, v.unit, v.matter, v.valid_until FROM knowledge_search s"
    " JOIN knowledge_versions v ON v.id = {key} JOIN knowledge_articles a ON a.id = v.article WHERE {match} AND "
)
_FIND = {
    "sqlite": text(
        _COLUMNS.format(key="s.rowid", match="knowledge_search MATCH :match") + _LIVE + _NARROW
        + " ORDER BY bm25(knowledge_search, 5.0, 1.0), v.id DESC LIMIT :most"
    ),
    "postgresql": text(
        _COLUMNS.format(key="s.version_id", match="s.words @@ CAST(:match AS tsquery)") + _LIVE + _NARROW
        + " ORDER BY ts_rank(s.words, CAST(:match AS tsquery), 1) DESC, v.id DESC LIMIT :most"
    ),
}  # fmt: skip
_DROP = {
    "sqlite": "DELETE FROM knowledge_search WHERE rowid IN (SELECT id FROM knowledge_versions WHERE article = :id)",
    "postgresql": "DELETE FROM knowledge_search WHERE version_id IN "
                  "(SELECT id FROM knowledge_versions WHERE article = :id)",
}  # fmt: skip
_ADD = {
    "sqlite": text("INSERT INTO knowledge_search (rowid, title, body) VALUES (:id, :title, :body)"),
    "postgresql": text("INSERT INTO knowledge_search (version_id, words) VALUES (:id, CAST(:words AS tsvector))"),
}
_IN_FORCE = text(
    "SELECT v.id, v.title, v.text, v.source FROM knowledge_versions v JOIN knowledge_articles a ON a.id = v.article"
    " WHERE a.id = :id AND a.published = v.version"
)
_MOST_POSITIONS = 250  # of one word; PostgreSQL keeps 256


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found. `snippet` is the piece of its text around the words: (text, whether it is one)."""

    code: str
    version: int
    title: str
    source: str
    unit: str | None
    matter: str | None
    valid_until: date | None
    snippet: tuple[tuple[str, bool], ...]

    @property
    def ref(self) -> str:
        """What an answer names: the article and its version."""
        return f"{self.code}@{self.version}"


@dataclass(frozen=True, slots=True)
class Found:
    """The hits, the best first; `whole` is whether each has all the words, else they have some of them."""

    hits: tuple[Hit, ...]
    whole: bool


def find(session: Session, words: str, *, today: date, most: int = 20, unit: str = "", matter: str = "") -> Found:
    """The articles in force and valid today that have the words: all of them, or, when none has, some of them.

    Raises Invalid when there is nothing to look for.
    """
    whole, pieces = asked(words[:200])
    if not whole:
        raise Invalid("搜索", "请输入要找的字词")
    values = {"today": today.isoformat(), "most": min(most, MOST), "unit": unit, "matter": matter}
    rows = _rows(session, whole, " AND ", " & ", values)
    if rows:
        return Found(tuple(_hit(row, pieces) for row in rows), True)
    rows = _rows(session, pieces, " OR ", " | ", values)
    return Found(tuple(_hit(row, pieces) for row in rows), False)


def _rows(session: Session, words: list[str], fts: str, tsquery: str, values: dict[str, Any]) -> list[Any]:
    dialect = session.get_bind().dialect.name
    # A word also finds what begins with it; words have letters and digits alone, so quoting is all they need.
    match = fts.join(f'"{word}"*' for word in words) if dialect == "sqlite" else tsquery.join(
        f"'{word}':*" for word in words
    )
    return list(session.execute(_FIND[dialect], values | {"match": match}))


def _hit(row: Any, words: list[str]) -> Hit:
    until = date.fromisoformat(row.valid_until) if isinstance(row.valid_until, str) else row.valid_until
    snippet = _snippet(row.text, words)
    return Hit(row.code, row.version, row.title, row.source, row.unit, row.matter, until, snippet)


def _snippet(body: str, words: list[str]) -> tuple[tuple[str, bool], ...]:
    flat = " ".join(body.split())
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
    same = plain(flat)
    shown = same if len(same) != len(flat) else flat  # where normal forms differ in length, places would not fit
    first = pattern.search(same)
    start = max(0, first.start() - _AROUND) if first else 0
    end = min(len(shown), start + 3 * _AROUND)
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for found in pattern.finditer(same, start, end):
        pieces += [(shown[at:found.start()], False), (shown[found.start():found.end()], True)]
        at = found.end()
    pieces += [(shown[at:end], False), ("…" if end < len(shown) else "", False)]
    return tuple(piece for piece in pieces if piece[0])


def reindex(session: Session, article: int) -> None:
    """Puts the version in force into the index, and every other one out of it."""
    dialect = session.get_bind().dialect.name
    session.execute(text(_DROP[dialect]), {"id": article})
    row = session.execute(_IN_FORCE, {"id": article}).one_or_none()
    if row is None:
        return
    title, body = indexed(row.title), indexed(f"{row.text}\n{row.source}")
    given = {"title": " ".join(title), "body": " ".join(body)}
    given = given if dialect == "sqlite" else {"words": _vector(title, body)}
    session.execute(_ADD[dialect], {"id": row.id, **given})


def _vector(title: list[str], body: list[str]) -> str:
    """The words with their places as PostgreSQL writes a tsvector; those of the title weigh more."""
    places: dict[str, list[str]] = {}
    for weight, words in (("A", title), ("", body)):
        for at, word in enumerate(words, 1):
            places.setdefault(word, []).append(f"{min(at, 16_383)}{weight}")
    return " ".join(f"'{word}':{','.join(found[:_MOST_POSITIONS])}" for word, found in places.items())
