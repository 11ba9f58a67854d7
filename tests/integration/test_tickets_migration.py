"""The migration makes what the code's tables are, triggers and search index and all, and can be taken back."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from store.base import Base, now
from store.engine import Store
from store.migrate import downgrade, upgrade
from tickets.intake import Submission, receive
from tickets.tables import TicketRow
from tickets.terms import Channel

SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND {ours}"
POSTGRESQL = (
    "SELECT 'column', table_name, column_name || data_type || is_nullable || coalesce(character_maximum_length, 0) "
    "FROM information_schema.columns WHERE table_schema = 'public' AND {ours}",
    "SELECT 'index', tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND {ours}",
    "SELECT 'constraint', conrelid::regclass::text, conname || pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace AND {ours}",
    "SELECT 'trigger', tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal "
    "AND {ours}",
    "SELECT 'function', proname, prosrc FROM pg_proc WHERE {ours}",
)
NAMES = ("tbl_name", "table_name", "tablename", "conrelid::regclass::text", "tgrelid::regclass::text", "proname")
OURS = (
    "calendar_days",
    "citizens",
    "duties",
    "matters",
    "territories",
    "ticket%",
    "unit_people",
    "units",
)


def schema(store: Store, tables: tuple[str, ...] = OURS) -> set[tuple[str, str, str]]:
    """What the database itself says about the tables of the package."""
    queries = (SQLITE,) if store.engine.dialect.name == "sqlite" else POSTGRESQL
    names = NAMES[:1] if store.engine.dialect.name == "sqlite" else NAMES[1:]
    found: set[tuple[str, str, str]] = set()
    with store.engine.connect() as connection:
        for query, name in zip(queries, names, strict=True):
            ours = "(" + " OR ".join(f"{name} LIKE '{table}'" for table in tables) + ")"
            rows = connection.execute(text(query.format(ours=ours).replace("::", "\\:\\:")))
            found |= {(row[0], row[1], _unordered(str(row[2]))) for row in rows}
    return found


def _unordered(definition: str) -> str:
    # SQLite keeps the text of CREATE TABLE, in which constraints may stand in any order.
    return ", ".join(sorted(re.split(r", | \(|\) ?", re.sub(r"\s+", " ", definition))))


def test_the_knowledge_base_is_made_as_the_code_has_it(database_url: str) -> None:
    """R16: tables, indexes and the full-text index, which no metadata holds."""
    store = Store(database_url)
    upgrade(database_url)
    migrated = schema(store, ("knowledge%",))
    assert len(migrated) > 10
    downgrade(database_url, "base")
    Base.metadata.create_all(store.engine)
    assert schema(store, ("knowledge%",)) == migrated
    store.close()


def test_the_migration_makes_the_tables_of_the_code(database_url: str) -> None:
    store = Store(database_url)
    upgrade(database_url)
    migrated = schema(store)
    assert sum(kind == "trigger" for kind, *_ in migrated) >= 2
    downgrade(database_url, "0001")
    assert schema(store) == set()
    ours = re.compile("|".join(name.replace("%", ".*") for name in OURS))
    tables = [table for name, table in Base.metadata.tables.items() if ours.fullmatch(name)]
    Base.metadata.create_all(store.engine, tables=tables)
    assert schema(store) == migrated
    store.close()


def test_a_migrated_database_works_and_guards_its_history(database_url: str) -> None:
    upgrade(database_url)
    store = Store(database_url)
    with store.begin() as session:
        number = receive(session, Submission(Channel.WEB, now(), body="路灯不亮")).number
    with pytest.raises(DBAPIError, match="cannot be changed"), store.begin() as session:
        session.execute(text("UPDATE ticket_events SET author = 'nobody'"))
    with pytest.raises(DBAPIError, match="cannot be changed"), store.begin() as session:
        session.execute(text("DELETE FROM ticket_events"))
    with store.begin() as session:
        assert session.query(TicketRow.number).all() == [(number,)]
    store.close()
