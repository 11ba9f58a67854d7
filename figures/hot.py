"""Hot topics of a period (R42, R43): words and matters against the period before, with the tickets behind each.

A confidential ticket is counted among its matter, but nothing that is said in it: its words are not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from figures import counting, topics
from figures.counting import By, Cut, Tally
from figures.spans import Span
from figures.topics import Topic
from figures.words import words
from tickets.deadlines import start_of
from tickets.measures import Basis, T, of_period
from tickets.terms import State
from tickets.trees import TERRITORIES, nodes

MOST_SHOWN = 30
_CHUNK = 2_000


def hot_words(session: Session, span: Span) -> list[Topic]:
    """The words of five tickets at least that rose, then the commonest, thirty at most."""
    before = span.before()
    places = _places(session)
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    since = start_of(span.since)
    query = _texts(Span(before.since, span.until)).add_columns((T.created_at >= since).label("is_now"))
    for _, subject, body, name, is_now in session.execute(query.execution_options(yield_per=_CHUNK)):
        for word in _words(subject, body, name):
            found[word][0 if is_now else 1] += 1
    counted = [
        (word, word, now, then) for word, (now, then) in found.items() if now >= topics.LEAST and word not in places
    ]
    return topics.judged(counted, span.days / (span.days + before.days))[:MOST_SHOWN]


def tickets_of(session: Session, word: str, span: Span) -> tuple[int, ...]:
    """The ids of the tickets of a period that a word counts."""
    has = or_(T.subject.contains(word, autoescape=True), T.body.contains(word, autoescape=True))
    found = session.execute(_texts(span).where(has))
    return tuple(number for number, *texts in found if word in _words(*texts))


def hot_matters(session: Session, span: Span, today: date, cut: Cut | None = None) -> list[Topic]:
    """The matters of accepted tickets, those that rose first; those right below the one that `cut` names."""
    tallies = (
        counting.tally(session, one, today, By.MATTER, cut, (Basis.REGISTERED,)) for one in (span, span.before())
    )
    return matters_of(session, *tallies)


def matters_of(session: Session, now: Tally, before: Tally) -> list[Topic]:
    """The same, of two tallies that tell matters apart."""
    counts, names = [], dict[str, str]()
    for one in (now, before):
        found = one.groups(session)
        counts.append({group.code: group.count["accepted"] for group in found if group.count["accepted"]})
        names |= {group.code: group.name for group in found}
    return topics.of_counts(counts[0], counts[1], names, now.span.days / (now.span.days + before.span.days))


def _texts(span: Span) -> Select[Any]:
    open_ = (T.confidential.is_(False), T.state != State.DRAFT)
    columns = (T.id, T.subject, T.body, T.citizen_name)
    return select(*columns).where(*of_period(Basis.REGISTERED, span.since, span.until), *open_)


def _words(subject: str, body: str, name: str) -> frozenset[str]:
    return words(f"{subject}\n{body}", {name} if name else frozenset())


def _places(session: Session) -> set[str]:
    """The names of places and parts of them: where it is asked for is told by the figures of places."""
    return {part for one in nodes(session, TERRITORIES) for part in _parts(one.name)}


def _parts(name: str) -> Iterator[str]:
    for first in range(len(name)):
        for last in range(first + 2, len(name) + 1):
            yield name[first:last]
