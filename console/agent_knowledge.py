"""The knowledge base beside a call: what the words find, to be read out and taken into the answer (R16)."""

from __future__ import annotations

from console.page import Answered, Shown, Visit
from store.base import now
from tickets.errors import Invalid
from tickets.knowledge import articles
from tickets.knowledge.search import Found, find

_HITS = 6
NONE = Found((), True)


def search(visit: Visit) -> Answered:
    """The articles that the words find, with their whole text."""
    words = visit.asked("q")
    try:
        found = find(visit.session, words, today=now().date(), most=_HITS) if words else NONE
    except Invalid:  # nothing but punctuation
        found = NONE
    texts = [(hit, articles.get(visit.session, hit.code, hit.version, by=visit.by).text) for hit in found.hits]
    return Shown({"found": texts, "whole": found.whole, "words": words})
