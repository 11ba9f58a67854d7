"""Which Asterisk is taken when one is installed, unfit, or when there is only the private copy."""

import os
from pathlib import Path

import pytest

from asterisk_conf import install
from asterisk_conf.install import Asterisk, find
from tests.unit.pretended_debian import Machine, installed, pretend, script


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return pretend(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("shown", "version"),
    [
        ("Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5", "20.6.0"),
        ("Asterisk certified/20.7-cert3", "20.7"),
        ("Asterisk GIT-22-2f0ba1e", "22"),
    ],
)
def test_an_installed_asterisk_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: str, version: str
) -> None:
    installed(tmp_path, shown)
    monkeypatch.setenv("PATH", f"{tmp_path}/sbin:{os.environ['PATH']}")
    found = find(tmp_path / "copy")
    assert found is not None
    assert found == Asterisk(
        (str(tmp_path / "sbin/asterisk"),),
        version,
        tmp_path / "lib/x86_64-linux-gnu/asterisk/modules",
        tmp_path / "share/asterisk",
        private=False,
    )


def test_an_installed_asterisk_outside_the_path_is_taken(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = machine.bin / "usr"
    installed(prefix, "Asterisk 22.1.0", modules="lib64/asterisk/modules")
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setattr(install, "SYSTEM_PLACES", str(prefix / "sbin"))
    found = find(machine.root)
    assert found is not None and found.version == "22.1.0"
    assert found.modules == prefix / "lib64/asterisk/modules"


@pytest.mark.parametrize("fault", ["old", "no queue module", "no documentation", "does not run"])
def test_an_unfit_installed_asterisk_is_passed_over(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    installed(tmp_path, "Asterisk 18.9.9" if fault == "old" else "Asterisk 22.1.0")
    if fault == "no queue module":
        (tmp_path / "lib/x86_64-linux-gnu/asterisk/modules/app_queue.so").unlink()
    if fault == "no documentation":
        (tmp_path / "share/asterisk/documentation/core-en_US.xml").unlink()
    if fault == "does not run":
        script(tmp_path / "sbin/asterisk", "#!/bin/sh\nexit 1\n")
    monkeypatch.setenv("PATH", f"{tmp_path}/sbin:{os.environ['PATH']}")
    assert find(machine.root) is None
    copy = machine.fetch()
    assert find(machine.root) == copy


def test_the_copy_is_preferred_when_asked_for(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = machine.fetch()
    installed(tmp_path, "Asterisk 23.0.0")
    monkeypatch.setenv("PATH", f"{tmp_path}/sbin:{os.environ['PATH']}")
    chosen = find(machine.root)
    assert chosen is not None and chosen.version == "23.0.0"
    assert find(machine.root, prefer_private=True) == copy
