"""What the tables cannot say for themselves: history that refuses to change, and the full-text indexes.

Hung on `create_all`; the migration carries its own copy, and a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import Table

from store.immutable import hang, refusing

HISTORY = refusing(
    "ticket_events", "id = NEW.id OR (ticket_id = NEW.ticket_id AND seq = NEW.seq)",
    "the history of a ticket cannot be changed",
)  # fmt: skip
SEARCH = {
    "sqlite": (
        "CREATE VIRTUAL TABLE ticket_search USING fts5 (grams, content='', detail='none', tokenize='unicode61')",
    ),
    "postgresql": (
        """CREATE TABLE ticket_search (
    ticket_id bigint CONSTRAINT pk_ticket_search PRIMARY KEY
        CONSTRAINT fk_ticket_search_ticket_id REFERENCES tickets (id),
    grams tsvector NOT NULL)""",
        "CREATE INDEX ix_ticket_search_grams ON ticket_search USING gin (grams) WITH (fastupdate = off)",
    ),
}
KNOWLEDGE = {
    "sqlite": ("CREATE VIRTUAL TABLE knowledge_search USING fts5 (title, body, tokenize='unicode61')",),
    "postgresql": (
        """CREATE TABLE knowledge_search (
    version_id bigint CONSTRAINT pk_knowledge_search PRIMARY KEY
        CONSTRAINT fk_knowledge_search_version_id REFERENCES knowledge_versions (id),
    words tsvector NOT NULL)""",
        "CREATE INDEX ix_knowledge_search_words ON knowledge_search USING gin (words) WITH (fastupdate = off)",
    ),
}


def attach(tickets: Table, events: Table) -> None:
    """Hangs the statements on the creation and dropping of the two tables."""
    hang(events, "after_create", HISTORY)
    hang(tickets, "after_create", SEARCH)
    hang(tickets, "before_drop", _dropping("ticket_search"))


def attach_knowledge(versions: Table) -> None:
    """Hangs the full-text index of articles on the table of their versions."""
    hang(versions, "after_create", KNOWLEDGE)
    hang(versions, "before_drop", _dropping("knowledge_search"))


def _dropping(table: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(("sqlite", "postgresql"), (f"DROP TABLE IF EXISTS {table}",))
