"""Handlers: the knowledge base over REST (R16)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from console.of_imports import table
from console.of_tickets import PAGING
from console.route import Answer, Asked
from console.schema import DATE, FLAG, Schema, record, text, whole
from console.seeing import visible
from store.base import now
from tickets.knowledge import articles, sheet
from tickets.knowledge.articles import Article
from tickets.knowledge.links import answered_from, grounds_of
from tickets.knowledge.listing import Chosen, everything, listed
from tickets.knowledge.search import MOST, find
from tickets.knowledge.terms import ArticleState
from tickets.present import codes

STATE: Schema = {"type": "string", "enum": [state.value for state in ArticleState]}
LIST: dict[str, Schema] = {
    **PAGING, "state": STATE, "unit": text(32), "matter": text(32), "expiring": FLAG, "by_end": FLAG,
}
SEARCH: dict[str, Schema] = {"q": text(200, 1), "size": whole(1, MOST), "unit": text(32), "matter": text(32)}
ONE: dict[str, Schema] = {"version": whole(1, 1_000_000)}
_TEXTS = {"title": text(100, 2), "text": text(20_000, 2), "source": text(300, 2)}
_MORE = {
    "valid_from": DATE, "valid_until": DATE, "unit": text(32), "matter": text(32), "state": STATE,
}
NEW: Schema = record({**_TEXTS, **_MORE, "code": text(24, 2)}, (*_MORE, "code"))
EDIT: Schema = record({**_TEXTS, **_MORE, "version": whole(1, 1_000_000)}, None)


def list_articles(asked: Asked) -> Answer:
    """A page of articles."""
    query = asked.query
    chosen = Chosen(
        ArticleState(query["state"]) if "state" in query else None, query.get("unit", ""), query.get("matter", ""),
        query.get("expiring", False), query.get("by_end", False),
    )
    page = listed(asked.session, chosen, by=asked.by, size=query.get("size", 50), after=query.get("after", ""))
    return Answer({"items": [_article(one) for one in page.rows], "next": page.after})


def _article(one: Article) -> dict[str, Any]:
    found: dict[str, Any] = codes(asdict(one))
    return found


def search(asked: Asked) -> Answer:
    """What the words find, the best first."""
    query = asked.query
    found = find(
        asked.session, query["q"], today=now().date(), most=query.get("size", 20), unit=query.get("unit", ""),
        matter=query.get("matter", ""),
    )
    items = [
        asdict(hit) | {"ref": hit.ref, "snippet": [{"text": piece, "found": is_it} for piece, is_it in hit.snippet]}
        for hit in found.hits
    ]
    return Answer({"items": codes(items), "whole": found.whole})


def show(asked: Asked) -> Answer:
    """One article, its versions, and how many tickets were answered from it."""
    code = asked.path["code"]
    one = articles.get(asked.session, code, asked.query.get("version"), by=asked.by)
    known = articles.versions(asked.session, code, by=asked.by)
    told = {
        "article": _article(one), "answered": answered_from(asked.session, code)[0],
        "versions": codes([{"version": v.version, "state": v.state, "author": v.author, "at": v.at} for v in known]),
    }
    return Answer(told, headers={"ETag": f'"{one.newest}"'})


def add(asked: Asked) -> Answer:
    """The new article."""
    given = dict(asked.body)
    made = articles.add(asked.session, given, by=asked.by, at=now(), code=given.pop("code", ""))
    return Answer(_article(made), headers={"Location": f"/api/v1/knowledge/{made.code}", "ETag": '"1"'})


def edit(asked: Asked) -> Answer:
    """The article in its next version."""
    given = dict(asked.body)
    version = given.pop("version", None) or asked.version
    made = articles.edit(asked.session, asked.path["code"], given, by=asked.by, at=now(), version=version)
    return Answer(_article(made), headers={"ETag": f'"{made.version}"'})


def load(asked: Asked) -> Answer:
    """What a table did. Raises ImportRefused, Invalid."""
    with table(asked) as path:
        return Answer(asdict(sheet.load(asked.session, path, by=asked.by, at=now())))


def export(asked: Asked) -> Answer:
    """Every article in its newest version, as xlsx."""
    return Answer(content=sheet.written(everything(asked.session)), name="知识库.xlsx")


def of_ticket(asked: Asked) -> Answer:
    """The articles a ticket's answers were given from."""
    ticket = visible(asked.session, asked.path["number"], asked.by)
    found = [asdict(one) for one in grounds_of(asked.session, ticket.number)]
    return Answer({"items": codes(found)}, seen=(ticket.number,))
