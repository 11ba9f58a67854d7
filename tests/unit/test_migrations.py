"""Migrations make the tables that the code describes."""

from __future__ import annotations

import importlib
import io
import pkgutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql

from store import migrate
from store.base import Base
from store.engine import Store

ROOT = Path(migrate.__file__).parents[1]
PACKAGES = ("callqueue", "tickets", "callback_survey", "console", "hotline")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'hotline.db'}"


def load_every_table() -> None:
    for package in PACKAGES:
        for module in pkgutil.iter_modules([str(ROOT / package)]):
            if module.name == "tables":
                importlib.import_module(f"{package}.tables")


def test_metadata_and_migrations_agree(url: str) -> None:
    load_every_table()
    migrate.upgrade(url)
    store = Store(url)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _alembic_can_see})
        assert compare_metadata(context, Base.metadata) == []
    store.close()


def _alembic_can_see(item: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    return not (name or "").startswith("sqlite_")


def test_a_database_without_tables_gets_them_and_the_second_time_changes_nothing(url: str) -> None:
    assert migrate.current(url) is None
    migrate.upgrade(url)
    assert migrate.current(url) == migrate.head() is not None
    migrate.upgrade(url)
    assert migrate.current(url) == migrate.head()


def test_the_way_back_leaves_no_table_of_the_ledger(url: str) -> None:
    migrate.upgrade(url)
    migrate.downgrade(url, "base")
    assert migrate.current(url) is None
    store = Store(url)
    assert "calls" not in inspect(store.engine).get_table_names()
    store.close()


def test_an_upgrade_that_fails_leaves_what_was_there(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = ScriptDirectory(str(migrate.FOLDER))
    first = script.get_revision("0001").module
    monkeypatch.setattr("alembic.op.create_index", _fail)
    with pytest.raises(RuntimeError, match="in the middle"):
        migrate.upgrade(url)
    assert migrate.current(url) is None and first.down_revision is None
    store = Store(url)
    assert inspect(store.engine).get_table_names() == []
    store.close()


def _fail(*_arguments: object, **_named: object) -> None:
    raise RuntimeError("in the middle")


def test_there_is_one_line_of_revisions() -> None:
    script = ScriptDirectory(str(migrate.FOLDER))
    assert [revision.down_revision for revision in script.walk_revisions()][-1] is None
    assert len(script.get_heads()) == 1


def test_the_ledgers_tables_are_postgresqls_too() -> None:
    """Written as PostgreSQL's own statements; run against a server when there is one."""
    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written, "target_metadata": Base.metadata}
    )
    with Operations.context(context):
        ScriptDirectory(str(migrate.FOLDER)).get_revision("0001").module.upgrade()
    statements = written.getvalue()
    assert "CREATE TABLE calls" in statements and "TIMESTAMP WITH TIME ZONE" in statements
    assert postgresql.dialect().name == "postgresql" and "WITHOUT ROWID" not in statements
