"""The database for a command: opened only when it is there and in its newest form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, configure_mappers

from hotline.errors import HotlineError
from hotline.settings import Settings
from store import migrate
from store.engine import Store

# Seconds a command waits for its turn to write: a person who waits is better served than one who must begin again.
_PATIENCE = 30.0


def there(settings: Settings) -> bool:
    """Whether there is a database; opening an SQLite file that is not there would make an empty one."""
    url = make_url(settings.database)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


def opened(settings: Settings) -> Store:
    """The database. Raises HotlineError when it is not there or not migrated."""
    if not there(settings):
        raise HotlineError(f"there is no database yet in {settings.home}: `hotline up` makes it")
    if migrate.current(settings.database) != migrate.head():
        raise HotlineError("the database is not in its newest form: run `hotline db upgrade`")
    configure_mappers()  # takes ten times as long as a ticket: before the lock is taken, not while others wait for it
    return Store(settings.database, _PATIENCE)


@contextmanager
def session(settings: Settings) -> Iterator[Session]:
    """One transaction on it, in which nobody else writes: short, for the service waits meanwhile."""
    with closing(opened(settings)) as store, store.begin() as one:
        yield one


@contextmanager
def reading(settings: Settings) -> Iterator[Session]:
    """One transaction that only reads, however long: nobody waits for it."""
    with closing(opened(settings)) as store, store.reading() as one:
        yield one
