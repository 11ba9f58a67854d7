"""`hotline doctor` and `hotline status` on a disk that is full or cannot be written (Set-up)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage
from types import SimpleNamespace

import pytest

from hotline import doctor, status
from hotline.doctor import Finding
from hotline.settings import Settings, load

FULL = SimpleNamespace(free=3 << 20)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"HOTLINE_HOME": str(tmp_path)})


def test_a_check_that_cannot_be_made_is_told_and_the_others_are_made(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def _database(_settings: Settings) -> Iterator[Finding]:
        raise OSError(30, "Read-only file system", "hotline.db")
        yield

    def _peers(_settings: Settings) -> Iterator[Finding]:
        yield Finding("trunk", "ok", "answers")

    monkeypatch.setattr(doctor, "CHECKS", (_database, _peers))
    first, last = doctor.findings(settings)
    assert (first.name, first.level) == ("database", "wrong")
    assert "Read-only file system" in first.what and first.do
    assert last.name == "trunk"


@pytest.mark.parametrize(("left", "state"), [(None, "up"), (FULL, "short")])
def test_status_says_that_the_disk_is_short(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, left: SimpleNamespace | None, state: str
) -> None:
    monkeypatch.setattr(status.running, "parts", lambda _settings: {"supervisor": SimpleNamespace(pid=1)})
    monkeypatch.setattr(status.shutil, "disk_usage", lambda folder: left or disk_usage(folder))
    found = status.look(settings)
    assert found["parts"]["disk"]["state"] == state
    assert found["state"] == "degraded"  # of the rest nothing runs
