"""The full-text index of tickets: two-character grams and units, kept by FTS5 (SQLite) or a GIN index (PostgreSQL).

Chinese has no spaces and its commonest words have two characters, so pairs of neighbours are what is looked up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from tickets.plans import plan_for_values, plan_with
from tickets.ticket import Ticket

MOST_CHARACTERS = 2_000
LONGEST_WORD = 40
# PostgreSQL: how many of the newest tickets are walked first, how many when those promise a page, and how many a page
# may be sorted from.
NEAR = 3_000
FAR = 30_000
RARE = 5_000
# A character of private use: a letter for both databases, and in nobody's text.
UNIT_MARK = "\ue000"
_ADD = {
    "sqlite": text("INSERT INTO ticket_search (rowid, grams) VALUES (:id, :grams)"),
    "postgresql": text(
        "INSERT INTO ticket_search (ticket_id, grams) VALUES (:id, array_to_tsvector(string_to_array(:grams, ' ')))"
    ),
}
_DROP = {
    # FTS5 keeps no text here, so it must be told what the old text was.
    "sqlite": text("INSERT INTO ticket_search (ticket_search, rowid, grams) VALUES ('delete', :id, :grams)"),
    "postgresql": text("DELETE FROM ticket_search WHERE ticket_id = :id"),
}

_SQLITE = text(
    "SELECT rowid FROM ticket_search WHERE ticket_search MATCH :match AND rowid < :top ORDER BY rowid DESC LIMIT :most"
)
# The newest of what is found, and beside each how much is found.
_SORTED = text(
    "WITH found AS MATERIALIZED (SELECT ticket_id FROM ticket_search"
    " WHERE grams @@ CAST(:match AS tsquery) AND ticket_id < :top LIMIT :rare)"
    " SELECT ticket_id, (SELECT count(*) FROM found) FROM found ORDER BY ticket_id DESC LIMIT :most"
)
_NEWEST = text(
    "SELECT ticket_id FROM ticket_search WHERE grams @@ CAST(:match AS tsquery) AND ticket_id < :top"
    " AND ticket_id >= :low ORDER BY ticket_id DESC LIMIT :most"
)


def grams(words: str) -> list[str]:
    """The distinct grams of a text, sorted: neighbouring pairs of Chinese characters, whole words of other scripts."""
    found: set[str] = set()
    for run in _runs(unicodedata.normalize("NFKC", words).lower()[:MOST_CHARACTERS]):
        if _ideograph(run[0]) and len(run) > 1:
            found.update(first + second for first, second in pairwise(run))
        else:
            found.add(run[:LONGEST_WORD])
    return sorted(found)


def _runs(words: str) -> list[str]:
    runs: list[str] = []
    kind = ""
    for character in words:
        now = "h" if _ideograph(character) else "w" if character.isascii() and character.isalnum() else ""
        if now and now == kind:
            runs[-1] += character
        elif now:
            runs.append(character)
        kind = now
    return runs


def _ideograph(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def unit_gram(unit: str) -> str:
    """The gram of the tickets a unit has a part in; no text has one like it."""
    return UNIT_MARK + unit.encode().hex()


def index_grams(ticket: Ticket) -> list[str]:
    """What a ticket is found by: the grams of its text, and its units.

    Names and telephone numbers stay out: what is found by text is shown to units, too.
    """
    words = grams(f"{ticket.subject}\n{ticket.address}\n{ticket.body}")
    return words + [unit_gram(part.unit) for part in ticket.units]


def index_ticket(session: Session, ticket: Ticket) -> None:
    """Adds a new ticket to the index."""
    words = " ".join(index_grams(ticket))
    if words:
        session.execute(_ADD[session.get_bind().dialect.name], {"id": ticket.id, "grams": words})


def reindex_ticket(session: Session, old: Ticket, new: Ticket) -> None:
    """Puts the changed text and units of a ticket into the index."""
    before, after = index_grams(old), index_grams(new)
    if before == after:
        return
    dialect = session.get_bind().dialect.name
    if before:
        values = {"id": old.id, "grams": " ".join(before)}
        session.execute(_DROP[dialect], values if dialect == "sqlite" else {"id": old.id})
    index_ticket(session, new)


def find_ids(session: Session, looked_for: Sequence[str], most: int, before: int | None) -> list[int]:
    """The ids of the newest tickets that have every gram, newest first, at most `most`, below `before`."""
    values = {"top": before or 2**62, "most": most}
    if session.get_bind().dialect.name == "sqlite":
        # FTS5 walks its lists by row id, newest first, and stops at the limit.
        values_and_match = values | {"match": " AND ".join(f'"{gram}"' for gram in looked_for)}
        return list(session.execute(_SQLITE, values_and_match).scalars())
    return _find_postgresql(session, values | {"match": " & ".join(f"'{gram}'" for gram in looked_for)}, most)


def _find_postgresql(session: Session, values: dict[str, Any], most: int) -> list[int]:
    """GIN has no order: what is common is found by walking back from the newest, what is rare is fetched and sorted.

    The planner cannot tell the two apart (it takes neighbouring grams to be independent), so it is told.
    """
    plan_for_values(session)
    newest = _newest(session, values["top"])
    found = _walked(session, values | {"low": newest - NEAR})
    if most * NEAR <= len(found) * FAR < most * FAR:
        found = _walked(session, values | {"low": newest - FAR})
    if len(found) < most:
        plan_with(session, enable_bitmapscan="on")
        some = session.execute(_SORTED, values | {"rare": RARE}).all()
        whole = not some or some[0][1] < RARE
        found = [row[0] for row in some] if whole else _walked(session, values | {"low": 0})
    plan_with(session, enable_seqscan="on", enable_bitmapscan="on")
    return found


def _newest(session: Session, top: int) -> int:
    newest: int = session.execute(text("SELECT coalesce(max(id), 0) FROM tickets")).scalar_one()
    return min(top, newest)


def _walked(session: Session, values: dict[str, Any]) -> list[int]:
    plan_with(session, enable_seqscan="off", enable_bitmapscan="off")
    return list(session.execute(_NEWEST, values).scalars())
