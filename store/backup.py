"""The whole database into one file and back: SQLite's online backup, or PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from store import migrate
from store.errors import StoreError

_PAGES = 1_000  # copied at a time; between them others may write


def backup(url: str, target: Path) -> None:
    """Returns when `target` holds all of the database, whole and checked. Raises StoreError; an old file stays."""
    if target.exists():
        raise StoreError(f"{target} exists already: give another name")
    parsed = make_url(url)
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))  # personal data: for the owner alone
        if parsed.get_backend_name() == "sqlite":
            _copy(_file(parsed), part)
            check(part)
        else:
            _postgres("pg_dump", parsed, ["--format=custom", "--no-owner", f"--file={part}", f"{parsed.database}"])
        os.replace(part, target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"no backup was made: {error}") from error
    finally:
        for name in (part, *_beside(part)):
            name.unlink(missing_ok=True)


def restore(url: str, source: Path) -> Path | None:
    """Where the database that was there before lies now (None: there was none, or PostgreSQL, which keeps none).

    Nothing may use the database. Brings what is restored to this version's form. Raises StoreError; then what was
    there is there still.
    """
    if not source.is_file():
        raise StoreError(f"there is no file {source}")
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        options = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
        _postgres("pg_restore", parsed, [*options, f"--dbname={parsed.database}", str(source)])
        migrate.upgrade(url)
        return None
    return _restore_file(_file(parsed), source)


def _restore_file(target: Path, source: Path) -> Path | None:
    check(source)
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))
        _copy(source, part)
        migrate.upgrade(f"sqlite:///{part}")
        _settle(part)
        before = _put_aside(target)
        os.replace(part, target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"nothing was restored: {error}") from error
    finally:
        for name in (part, *_beside(part)):
            name.unlink(missing_ok=True)
    return before


def _put_aside(target: Path) -> Path | None:
    if not target.exists():
        return None
    _settle(target)
    before = target.with_name(f"{target.name}.before-restore")
    os.replace(target, before)
    for name in _beside(target):
        name.unlink(missing_ok=True)
    return before


def _settle(file: Path) -> None:
    """Puts what still lies in the write-ahead log into the file itself."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _beside(file: Path) -> tuple[Path, Path]:
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def check(file: Path) -> None:
    """Returns when the file is a whole database of ours, of this version or an older one. Raises StoreError."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True)) as connection:
            told = connection.execute("PRAGMA integrity_check").fetchone()[0]
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{file} is no database of a hotline: {error}") from error
    if told != "ok":
        raise StoreError(f"{file} is damaged: {told}")
    if revision is None or revision[0] not in migrate.known():
        raise StoreError(f"{file} is of another version of the hotline")


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise StoreError(f"there is no database {source}")
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(target)) as writer:
        reader.backup(writer, pages=_PAGES, sleep=0.01)


def _file(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise StoreError("a database in memory has no file")
    return Path(url.database)


def _postgres(program: str, url: URL, words: Sequence[str]) -> None:
    found = shutil.which(program)
    if found is None:
        raise StoreError(f"{program} is not installed: install PostgreSQL's client programs (postgresql-client)")
    # By the environment: arguments can be read by everybody on the machine.
    access = {
        "PGHOST": url.host, "PGPORT": url.port and str(url.port), "PGUSER": url.username,
        "PGPASSWORD": url.password and str(url.password),
        # Another program in the database must make it fail, not wait for ever.
        "PGOPTIONS": "-c lock_timeout=10s",
    }
    environment = {**os.environ, **{name: value for name, value in access.items() if value}}
    done = subprocess.run([found, *words], env=environment, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise StoreError(f"{program} failed: {' '.join(done.stderr.split())[:500] or done.returncode}")
