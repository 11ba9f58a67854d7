"""Bringing a database to the tables of this version: Alembic without a configuration file of its own."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from store.engine import Store

FOLDER = Path(__file__).with_name("migrations")


def upgrade(url: str, revision: str = "head") -> None:
    """Returns when the database has the tables of `revision`: all of them, or after an error what it had before."""
    store = Store(url)
    try:
        with store.engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        store.close()


def downgrade(url: str, revision: str) -> None:
    """Returns when the database has the tables of the older `revision`; `base` for none. Their rows are lost."""
    store = Store(url)
    try:
        with store.engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.downgrade(config, revision)
    finally:
        store.close()


def current(url: str) -> str | None:
    """The revision that the database has, None when it has no tables of ours."""
    store = Store(url)
    try:
        with store.engine.execution_options(read_only=True).connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        store.close()


def head() -> str | None:
    """The newest revision of this version."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def known() -> frozenset[str]:
    """Every revision that this version can bring to its newest form."""
    return frozenset(revision.revision for revision in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
