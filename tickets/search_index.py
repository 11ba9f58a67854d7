"""The full-text index of tickets: two-character grams, kept by FTS5 on SQLite and by a GIN index on PostgreSQL.

Chinese has no spaces and its commonest words have two characters, so pairs of neighbours are what is looked up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import text
from sqlalchemy.orm import Session

from tickets.ticket import Ticket

MOST_CHARACTERS = 2_000
LONGEST_WORD = 40
FIRST_WINDOW = 20_000
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

_OF_UNIT = (
    " AND EXISTS (SELECT 1 FROM tickets t JOIN ticket_units u ON u.number = t.number"
    " WHERE t.id = {id} AND u.unit = :unit)"
)
_FIND = {
    (dialect, with_unit): text(
        f"SELECT {id} FROM ticket_search WHERE {match} AND {id} >= :low AND {id} < :top"
        f"{_OF_UNIT.format(id=f'ticket_search.{id}') if with_unit else ''} ORDER BY {id} DESC LIMIT :most"
    )
    for dialect, id, match in (
        ("sqlite", "rowid", "ticket_search MATCH :match"),
        ("postgresql", "ticket_id", "grams @@ CAST(:match AS tsquery)"),
    )
    for with_unit in (False, True)
}


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


def _text(ticket: Ticket) -> str:
    # Names and telephone numbers stay out: what is found by text is shown to units, too.
    return " ".join(grams(f"{ticket.subject}\n{ticket.address}\n{ticket.body}"))


def index_ticket(session: Session, ticket: Ticket) -> None:
    """Adds a new ticket to the index."""
    words = _text(ticket)
    if words:
        session.execute(_ADD[session.get_bind().dialect.name], {"id": ticket.id, "grams": words})


def reindex_ticket(session: Session, old: Ticket, new: Ticket) -> None:
    """Puts the changed text of a ticket into the index."""
    if (old.subject, old.address, old.body) == (new.subject, new.address, new.body):
        return
    dialect = session.get_bind().dialect.name
    before = _text(old)
    if before:
        values = {"id": old.id, "grams": before}
        session.execute(_DROP[dialect], values if dialect == "sqlite" else {"id": old.id})
    index_ticket(session, new)


def find_ids(session: Session, looked_for: Sequence[str], most: int, before: int | None, unit: str = "") -> list[int]:
    """The ids of the newest tickets whose text has every gram, newest first, at most `most`, below `before`.

    `unit` narrows to tickets it has a part in.
    """
    top = before or (session.execute(text("SELECT max(id) FROM tickets")).scalar_one() or 0) + 1
    if session.get_bind().dialect.name == "sqlite":
        match = " AND ".join(f'"{gram}"' for gram in looked_for)
        # FTS5 walks its lists by row id, newest first, and stops at the limit.
        return _look(session, match, most, (0, top), unit)
    match = " & ".join(f"'{gram}'" for gram in looked_for)
    found: list[int] = []
    width = FIRST_WINDOW
    # A common word has too many rows to sort; the newest tickets are looked through first, then ever more.
    while top > 0 and len(found) < most:
        low = max(top - width, 0)
        found += _look(session, match, most - len(found), (low, top), unit)
        top, width = low, width * 10
    return found


def _look(session: Session, match: str, most: int, window: tuple[int, int], unit: str) -> list[int]:
    values: dict[str, object] = {"match": match, "low": window[0], "top": window[1], "most": most}
    if unit:
        values["unit"] = unit
    query = _FIND[session.get_bind().dialect.name, bool(unit)]
    return list(session.execute(query, values).scalars())
