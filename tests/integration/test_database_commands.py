"""Backup, restore and export of a database with tickets in it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import csv
import json
import shutil
import tarfile
import threading
import time
from argparse import ArgumentParser
from pathlib import Path

import pytest

from console import accounts, passwords
from hotline import database, opening, running
from hotline.settings import Settings, load
from store import backup, migrate
from store.base import now
from store.engine import LOCK_WAIT_SECONDS, Store
from store.errors import StoreError
from tickets.access import Action, Actor, Role
from tickets.intake import Submission, receive
from tickets.service import act, get, history
from tickets.terms import Channel

HOSTILE = "=cmd|'/c calc'!A1"
AGENT = Actor("agent", Role.AGENT)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A home with a migrated database that has a ticket and an account."""
    found = load({"HOTLINE_HOME": str(tmp_path / "home"), "HOTLINE_DATABASE_URL": database_url})
    (found.home / "run").mkdir(parents=True)
    migrate.upgrade(database_url)
    with opening.session(found) as session:
        receive(session, Submission(Channel.WEB, now(), subject=HOSTILE, phone="13800000001"), AGENT)
        accounts.add(session, "boss", [Role.SUPERVISOR], passwords.generated())
    return found


@pytest.fixture
def number(settings: Settings) -> str:
    with opening.session(settings) as session:
        return str(session.connection().exec_driver_sql("SELECT number FROM tickets").scalar_one())


def db(settings: Settings, *words: str) -> int:
    """What `hotline db WORDS...` does."""
    parser = ArgumentParser()
    database.register(parser)
    return database.run(settings, parser.parse_args(words))


def test_what_was_backed_up_comes_back(settings: Settings, number: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    assert db(settings, "backup", str(saved)) == 0 and saved.stat().st_mode & 0o777 == 0o600
    with opening.session(settings) as session:
        act(session, number, Action.URGE, by=AGENT)
    assert db(settings, "restore", str(saved)) == 0
    with opening.session(settings) as session:
        assert [event["action"] for event in history(session, number)] == ["create"]
        act(session, number, Action.URGE, by=AGENT)
    with pytest.raises(Exception, match="cannot be changed"), opening.session(settings) as session:
        session.connection().exec_driver_sql("DELETE FROM ticket_events")


FILES = {"attachments/ab/abcd": b"photo", "recordings/2026/11/24/a.wav": b"RIFF", "secrets.json": b"{}",
         "music/river.wav": b"RIFF"}  # fmt: skip


def put(home: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(data)


def test_files_recordings_and_settings_come_back_with_the_database(settings: Settings, tmp_path: Path) -> None:
    put(settings.home, FILES)
    saved, small = tmp_path / "saved", tmp_path / "small"
    assert db(settings, "backup", str(saved)) == 0 == db(settings, "backup", str(small), "--no-recordings")
    assert saved.stat().st_mode & 0o777 == 0o600 and sorted(tmp_path.glob("s*")) == [saved, small]
    for name in FILES:
        (settings.home / name).unlink()
    put(settings.home, {"secrets.json": b"newer"})
    assert db(settings, "restore", str(small)) == 0
    assert not (settings.home / "recordings/2026/11/24/a.wav").exists()
    assert db(settings, "restore", str(saved)) == 0
    now_there = {name: (settings.home / name).read_bytes() for name in FILES}
    assert now_there == FILES | {"secrets.json": b"newer"}, "what is there already stays"
    assert (settings.home / "recordings/2026/11/24/a.wav").stat().st_mode & 0o777 == 0o600
    assert not list(settings.home.glob("restore-*"))


def test_a_damaged_or_foreign_bundle_changes_nothing(settings: Settings, number: str, tmp_path: Path) -> None:
    put(settings.home, FILES)
    saved = tmp_path / "saved"
    db(settings, "backup", str(saved))
    whole = saved.read_bytes()
    put(settings.home, {"attachments/ab/abcd": b"other"})
    for wrong in (whole.replace(b"photo", b"phota"), whole[: len(whole) // 2]):
        saved.write_bytes(wrong)
        with pytest.raises(StoreError):
            db(settings, "restore", str(saved))
    for name in ("../outside", "/etc/outside", "hotline.db"):
        with tarfile.open(saved, "w") as archive:
            archive.addfile(tarfile.TarInfo(name))
        with pytest.raises(StoreError, match="no place in a backup"):
            db(settings, "restore", str(saved))
    assert (settings.home / "attachments/ab/abcd").read_bytes() == b"other"
    with opening.session(settings) as session:
        assert len(history(session, number)) == 1


def test_a_backup_is_not_overwritten_and_a_running_hotline_not_restored(settings: Settings, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    db(settings, "backup", str(saved))
    before = saved.read_bytes()
    with pytest.raises(StoreError, match="exists already"):
        db(settings, "backup", str(saved))
    assert saved.read_bytes() == before
    with running.held(settings), pytest.raises(running.AlreadyRunning):
        db(settings, "restore", str(saved))


def test_what_is_no_backup_is_refused_and_nothing_lost(settings: Settings, number: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"no database at all" * 100)
    for name in (wrong, tmp_path / "nothing"):
        with pytest.raises(StoreError):
            db(settings, "restore", str(name))
    with opening.session(settings) as session:
        assert len(history(session, number)) == 1


def test_export_has_every_ticket_and_no_password(settings: Settings, number: str, tmp_path: Path) -> None:
    for form in ("csv", "jsonl"):
        assert db(settings, "export", str(tmp_path / form), "--format", form) == 0
        everything = "".join(file.read_text("utf-8-sig") for file in (tmp_path / form).iterdir())
        assert "argon2" not in everything and number in everything
    lines = (tmp_path / "jsonl" / "tickets.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["subject"] for line in lines] == [HOSTILE]
    with (tmp_path / "csv" / "tickets.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["subject"] for row in csv.DictReader(file)] == [f"'{HOSTILE}"]
    with pytest.raises(StoreError, match="exists already"):
        db(settings, "export", str(tmp_path / "csv"))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "hotline.db"
    migrate.upgrade(f"sqlite:///{file}")
    store = Store(f"sqlite:///{file}")
    with store.begin() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(StoreError, match="another version"):
        backup.check(file)


def test_without_its_programs_postgresql_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(StoreError, match="pg_dump is not installed"):
        backup.backup("postgresql://somebody@127.0.0.1/hotline", tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_commands_read_while_somebody_writes_and_write_when_it_is_their_turn(settings: Settings, number: str) -> None:
    """Longer than the service would wait: nobody has to begin a command again."""
    store = Store(settings.database)
    written = threading.Event()

    def hold() -> None:
        with store.begin() as session:
            act(session, number, Action.URGE, by=AGENT)
            written.set()
            time.sleep(LOCK_WAIT_SECONDS + 0.5)

    holder = threading.Thread(target=hold)
    holder.start()
    written.wait()
    with opening.reading(settings) as session:
        assert get(session, number).urges == 0
    with opening.session(settings) as session:
        act(session, number, Action.URGE, by=AGENT)
    holder.join()
    store.close()
    with opening.reading(settings) as session:
        assert get(session, number).urges == 2
