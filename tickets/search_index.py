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
RARE = 2_000
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

# Whether a ticket is one the unit has a part in; {id} is the search row's.
_OF_UNIT = (
    "EXISTS (SELECT 1 FROM tickets t JOIN ticket_units u ON u.number = t.number WHERE t.id = {id} AND u.unit = :unit)"
)
_SQLITE = (
    "SELECT rowid FROM ticket_search WHERE ticket_search MATCH :match AND rowid < :top"
    " {unit} ORDER BY rowid DESC LIMIT :most"
)
_WINDOW = (
    "SELECT ticket_id FROM ticket_search WHERE grams @@ CAST(:match AS tsquery)"
    " AND ticket_id >= :low AND ticket_id < :top {unit} ORDER BY ticket_id DESC LIMIT :most"
)
_PROBE = "SELECT ticket_id FROM ticket_search WHERE grams @@ CAST(:match AS tsquery) AND ticket_id < :top LIMIT :most"
_THOSE_OF_UNIT = "SELECT id FROM unnest(CAST(:ids AS bigint[])) AS found (id) WHERE " + _OF_UNIT.format(id="found.id")


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
    if session.get_bind().dialect.name == "postgresql":
        return _find_postgresql(session, " & ".join(f"'{gram}'" for gram in looked_for), most, top, unit)
    match = " AND ".join(f'"{gram}"' for gram in looked_for)
    # FTS5 walks its lists by row id, newest first, and stops at the limit.
    return _ids(session, _SQLITE, unit, "ticket_search.rowid", match=match, top=top, most=most)


def _find_postgresql(session: Session, match: str, most: int, top: int, unit: str) -> list[int]:
    """GIN has no order: what is rare is fetched whole and sorted; of what is common only the newest are looked at."""
    session.execute(text("SET LOCAL enable_seqscan = off"))
    some = _ids(session, _PROBE, "", "", match=match, top=top, most=RARE)
    session.execute(text("SET LOCAL enable_seqscan TO DEFAULT"))
    if len(some) < RARE:
        if unit:
            some = list(session.execute(text(_THOSE_OF_UNIT), {"ids": some, "unit": unit}).scalars())
        return sorted(some, reverse=True)[:most]
    found: list[int] = []
    # The probe's rows are the oldest, more or less: how far they reach tells how common the words are.
    width = max(4 * most * max(some) // RARE, most)
    while top > 0 and len(found) < most:
        window = {"match": match, "low": max(top - width, 0), "top": top, "most": most - len(found)}
        found += _ids(session, _WINDOW, unit, "ticket_search.ticket_id", **window)
        top, width = max(top - width, 0), width * 4
    return found


def _ids(session: Session, query: str, unit: str, column: str, **values: object) -> list[int]:
    narrowed = query.format(unit=f"AND {_OF_UNIT.format(id=column)}" if unit else "")
    if unit:
        values["unit"] = unit
    return list(session.execute(text(narrowed), values).scalars())
