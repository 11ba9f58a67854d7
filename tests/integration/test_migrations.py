"""Migrations make the tables that the code describes, on SQLite and on PostgreSQL."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, inspect, select

from store import migrate
from store.base import Base, now
from store.engine import Store

ROOT = Path(migrate.__file__).parents[1]
PACKAGES = ("callqueue", "tickets", "figures", "callback_survey", "console", "hotline", "channels")


def load_every_table() -> None:
    for package in PACKAGES:
        for module in pkgutil.iter_modules([str(ROOT / package)]):
            if module.name == "tables":
                importlib.import_module(f"{package}.tables")


def test_metadata_and_migrations_agree(database_url: str) -> None:
    load_every_table()
    migrate.upgrade(database_url)
    store = Store(database_url)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _alembic_can_see})
        assert compare_metadata(context, Base.metadata) == []
    store.close()


def _alembic_can_see(item: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """The full-text index is a virtual table on SQLite, so no metadata holds it (see tickets/ddl.py)."""
    indexes = ("ticket_search", "ix_ticket_search", "knowledge_search", "ix_knowledge_search")
    return not (name or "").startswith(("sqlite_", *indexes))


def test_a_database_without_tables_gets_them_and_the_second_time_changes_nothing(database_url: str) -> None:
    assert migrate.current(database_url) is None
    migrate.upgrade(database_url)
    assert migrate.current(database_url) == migrate.head() is not None
    migrate.upgrade(database_url)
    assert migrate.current(database_url) == migrate.head()


def test_the_way_back_leaves_no_table_of_the_ledger(database_url: str) -> None:
    migrate.upgrade(database_url)
    migrate.downgrade(database_url, "base")
    assert migrate.current(database_url) is None
    store = Store(database_url)
    assert "calls" not in inspect(store.engine).get_table_names()
    store.close()


def test_an_upgrade_that_fails_leaves_what_was_there(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = ScriptDirectory(str(migrate.FOLDER))
    first = script.get_revision("0001").module
    monkeypatch.setattr("alembic.op.create_index", _fail)
    with pytest.raises(RuntimeError, match="in the middle"):
        migrate.upgrade(database_url)
    assert migrate.current(database_url) is None and first.down_revision is None
    store = Store(database_url)
    assert inspect(store.engine).get_table_names() == []
    store.close()


def _fail(*_arguments: object, **_named: object) -> None:
    raise RuntimeError("in the middle")


def test_answers_given_before_questionnaires_had_versions_stay_as_they_were(database_url: str) -> None:
    migrate.upgrade(database_url, "0004")
    store = Store(database_url)
    old = {"call_id": "hotline-1.2", "question": "satisfied", "attempt": "", "ticket": "260706000001", "value": "5",
           "by": "key", "version": "1", "file": "", "at": now()}
    with store.engine.begin() as connection:
        connection.execute(Table("answers", MetaData(), autoload_with=connection).insert(), old)
    migrate.upgrade(database_url)
    with store.engine.begin() as connection:
        answers = Table("answers", MetaData(), autoload_with=connection)
        assert [column.name for column in answers.primary_key] == ["call_id", "ticket", "question"]
        [row] = connection.execute(select(answers)).mappings()
        assert (row["value"], row["questionnaire"], row["heard"], row["start"]) == ("5", "", "", None)
        second = {**row, "ticket": "260706000002", "value": "1"}
        connection.execute(answers.insert(), second)
    migrate.downgrade(database_url, "0004")
    with store.engine.begin() as connection:
        answers = Table("answers", MetaData(), autoload_with=connection)
        assert [row["value"] for row in connection.execute(select(answers)).mappings()] == ["5"]
    store.close()


def test_there_is_one_line_of_revisions() -> None:
    script = ScriptDirectory(str(migrate.FOLDER))
    assert [revision.down_revision for revision in script.walk_revisions()][-1] is None
    assert len(script.get_heads()) == 1
