"""What the tables cannot say for themselves: history that refuses to change, and the full-text indexes.

Hung on `create_all`; the migration carries its own copy, and a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

_REFUSE = "the history of a ticket cannot be changed"

HISTORY_SQLITE = (
    f"""CREATE TRIGGER ticket_events_no_update BEFORE UPDATE ON ticket_events
BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END""",
    f"""CREATE TRIGGER ticket_events_no_delete BEFORE DELETE ON ticket_events
BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above.
    f"""CREATE TRIGGER ticket_events_no_replace BEFORE INSERT ON ticket_events
WHEN EXISTS (SELECT 1 FROM ticket_events WHERE id = NEW.id OR (ticket_id = NEW.ticket_id AND seq = NEW.seq))
BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END""",
)
HISTORY_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION ticket_events_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_REFUSE}'; END $$""",
    """CREATE TRIGGER ticket_events_no_change BEFORE UPDATE OR DELETE ON ticket_events
FOR EACH ROW EXECUTE FUNCTION ticket_events_refuse()""",
    """CREATE TRIGGER ticket_events_no_truncate BEFORE TRUNCATE ON ticket_events
FOR EACH STATEMENT EXECUTE FUNCTION ticket_events_refuse()""",
)
SEARCH_SQLITE = (
    "CREATE VIRTUAL TABLE ticket_search USING fts5 (grams, content='', detail='none', tokenize='unicode61')",
)
SEARCH_POSTGRESQL = (
    """CREATE TABLE ticket_search (
    ticket_id bigint CONSTRAINT pk_ticket_search PRIMARY KEY
        CONSTRAINT fk_ticket_search_ticket_id REFERENCES tickets (id),
    grams tsvector NOT NULL)""",
    "CREATE INDEX ix_ticket_search_grams ON ticket_search USING gin (grams) WITH (fastupdate = off)",
)
KNOWLEDGE_SQLITE = ("CREATE VIRTUAL TABLE knowledge_search USING fts5 (title, body, tokenize='unicode61')",)
KNOWLEDGE_POSTGRESQL = (
    """CREATE TABLE knowledge_search (
    version_id bigint CONSTRAINT pk_knowledge_search PRIMARY KEY
        CONSTRAINT fk_knowledge_search_version_id REFERENCES knowledge_versions (id),
    words tsvector NOT NULL)""",
    "CREATE INDEX ix_knowledge_search_words ON knowledge_search USING gin (words) WITH (fastupdate = off)",
)


def _on(table: Table, moment: str, statement: str, dialect: str) -> None:
    ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
    event.listen(table, moment, ddl.execute_if(dialect=dialect))


def attach(tickets: Table, events: Table) -> None:
    """Hangs the statements on the creation and dropping of the two tables."""
    written = (
        (events, "sqlite", HISTORY_SQLITE),
        (events, "postgresql", HISTORY_POSTGRESQL),
        (tickets, "sqlite", SEARCH_SQLITE),
        (tickets, "postgresql", SEARCH_POSTGRESQL),
    )
    for table, dialect, statements in written:
        for statement in statements:
            _on(table, "after_create", statement, dialect)
    for dialect in ("sqlite", "postgresql"):
        _on(tickets, "before_drop", "DROP TABLE IF EXISTS ticket_search", dialect)


def attach_knowledge(versions: Table) -> None:
    """Hangs the full-text index of articles on the table of their versions."""
    for dialect, statements in (("sqlite", KNOWLEDGE_SQLITE), ("postgresql", KNOWLEDGE_POSTGRESQL)):
        for statement in statements:
            _on(versions, "after_create", statement, dialect)
        _on(versions, "before_drop", "DROP TABLE IF EXISTS knowledge_search", dialect)
