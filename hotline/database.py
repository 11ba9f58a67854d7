"""`hotline db`: create, migrate, back up, restore and export the database."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from importlib import import_module
from pathlib import Path

from hotline import opening, places, prepare, running
from hotline.settings import Settings
from store import backup, bundle
from store.export import FORMATS, export

_KEPT = (places.SECRETS, places.SETTINGS, places.ATTACHMENTS, places.OVERRIDES, places.MUSIC, places.RECORDINGS)
_TELL = 2.0  # seconds between two words of progress
# Whose tables there are; importing them is what makes them known.
_TABLES = ("callqueue", "tickets", "figures", "callback_survey", "console", "hotline")


def register(parser: ArgumentParser) -> None:
    """The actions of `hotline db`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="{upgrade,backup,restore,export}")
    actions.add_parser("upgrade", help="create the database or bring it to the newest form")
    saved = actions.add_parser("backup", help="database, files, recordings and settings into one file, while it runs")
    saved.add_argument("--no-recordings", action="store_true", help="leave out the recordings")
    saved.add_argument("--database-only", action="store_true", help="nothing but the database")
    restored = actions.add_parser("restore", help="all of it from a backup; the hotline must not run")
    for action in (saved, restored):
        action.add_argument("file", type=Path)
    exported = actions.add_parser("export", help="every table as a file of its own, without passwords")
    exported.add_argument("folder", type=Path, help="a new folder")
    exported.add_argument("--format", choices=FORMATS, default="csv", help="default: %(default)s")


def run(settings: Settings, arguments: Namespace) -> int:
    """Does it. Raises StoreError, HotlineError."""
    return {"upgrade": _upgrade, "backup": _backup, "restore": _restore, "export": _export}[arguments.action](
        settings, arguments
    )


def _upgrade(settings: Settings, _arguments: Namespace) -> int:
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    prepare.database(settings)
    print("the database is in its newest form")
    return 0


def _backup(settings: Settings, arguments: Namespace) -> int:
    settings = running.settings_in_force(settings)
    opening.opened(settings).close()
    if arguments.database_only:
        backup.backup(settings.database, arguments.file)
        print(f"the database is backed up to {arguments.file}, {arguments.file.stat().st_size} bytes")
        return 0
    names = [name for name in _KEPT if not (arguments.no_recordings and name == places.RECORDINGS)]
    count = bundle.save(settings.database, settings.home, names, arguments.file, _progress("backed up"))
    print(f"backed up to {arguments.file}, {arguments.file.stat().st_size} bytes: the database and {count} files")
    return 0


def _restore(settings: Settings, arguments: Namespace) -> int:
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (settings.home / "run").mkdir(exist_ok=True, mode=0o700)
    # Held until it is done, so that no hotline is started meanwhile.
    with running.held(settings):
        if running.parts(settings):
            raise running.AlreadyRunning(f"parts of a hotline still run in {settings.home}: `hotline down` first")
        if bundle.is_bundle(arguments.file):
            count, before = bundle.restore(
                settings.database, settings.home, _KEPT, arguments.file, _progress("unpacked")
            )
        else:
            count, before = 0, backup.restore(settings.database, arguments.file)
    print(f"restored from {arguments.file}, {count} files" + (f"; the old database is {before}" if before else ""))
    return 0


def _progress(what: str) -> bundle.Say:
    """Tells every two seconds how far it is."""
    told = time.monotonic()

    def say(files: int, size: int) -> None:
        nonlocal told
        if time.monotonic() - told > _TELL:
            told = time.monotonic()
            print(f"{what}: {files} files, {size >> 20} MB", file=sys.stderr, flush=True)

    return say


def _export(settings: Settings, arguments: Namespace) -> int:
    for package in _TABLES:
        import_module(f"{package}.tables")
    store = opening.opened(running.settings_in_force(settings))
    try:
        with store.reading() as session:
            written = export(session, arguments.folder, arguments.format)
    finally:
        store.close()
    print(f"{sum(written.values())} rows of {len(written)} tables in {arguments.folder}")
    return 0
