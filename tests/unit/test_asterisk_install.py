"""Fetching Asterisk: the real code over a pretended apt, real dpkg-deb archives and no network."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from asterisk_conf import install
from asterisk_conf.install import Asterisk, InstallError, fetch, find
from tests.unit.pretended_debian import ASTERISK, LIBRARIES, MODULES, Machine, pretend, script


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return pretend(tmp_path, monkeypatch)


@pytest.mark.parametrize("folder", ["asterisk", "name with a space"])
def test_fetch_makes_a_copy_that_runs(machine: Machine, folder: str) -> None:
    machine.root = machine.root.with_name(folder)
    made = machine.fetch()
    assert made.private and made.version == "22.10.1"
    assert made.command == (
        str(machine.root / LIBRARIES / "ld-linux-x86-64.so.2"),
        "--library-path",
        str(machine.root / LIBRARIES),
        str(machine.root / "usr/sbin/asterisk"),
    )
    shown = subprocess.run([*made.command, "-V"], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("Asterisk 22.10.1")
    assert (made.data / "moh/song.wav").is_file()
    assert made.modules == machine.root / MODULES
    assert {path.name for path in made.modules.iterdir()} == set(install.NEEDED_MODULES)
    assert find(machine.root, prefer_private=True) == made


def test_fetch_drops_what_is_not_run_and_modules_without_their_libraries(machine: Machine) -> None:
    machine.fetch()
    files = {str(path.relative_to(machine.root)) for path in machine.root.rglob("*") if path.is_file()}
    assert files == {
        install.MARKER,
        f"{LIBRARIES}/ld-linux-x86-64.so.2",
        "usr/sbin/asterisk",
        "usr/share/asterisk/documentation/core-en_US.xml",
        "usr/share/asterisk/moh/song.wav",
        *(f"{MODULES}/{name}" for name in install.NEEDED_MODULES),
    }


def test_fetch_writes_down_what_it_unpacked_and_says_how_far_it_is(machine: Machine) -> None:
    machine.fetch()
    marker = json.loads((machine.root / install.MARKER).read_text())
    assert marker == {
        "asterisk": "22.10.1",
        "suite": "forky",
        "packages": {"asterisk": "1:22.10.1-1", "asterisk-modules": "1:22.10.1-1"},
    }
    assert "downloaded package 2 of 2" in machine.said and "unpacked package 2 of 2" in machine.said
    assert all("\n" not in line for line in machine.said)
    assert {path.name for path in machine.root.parent.iterdir()} == {"asterisk", ".asterisk.lock"}


def test_fetch_leaves_out_only_what_a_hotline_has_no_use_for(machine: Machine) -> None:
    machine.fetch()
    counted = re.findall(r"^Package: (\S+)", (machine.bin / "status-seen").read_text(), re.MULTILINE)
    assert sorted(counted) == ["adduser", "asterisk-config-custom", "libcodec2-1.2", "libsnmp45"]


def test_a_second_fetch_needs_nothing(machine: Machine) -> None:
    made = machine.fetch()
    before = (machine.bin / "asked").read_text()
    assert machine.fetch() == made
    assert (machine.bin / "asked").read_text() == before


def test_the_private_apt_keeps_the_machine_out_of_it_except_for_the_network(machine: Machine) -> None:
    (machine.bin / "settings").write_text(
        'Acquire::http::Proxy "http://proxy.example:3128";\nAcquire::Check-Valid-Until "false";\n'
        'APT::Update::Post-Invoke:: "rm -rf everything";\nDPkg::Pre-Install-Pkgs:: "configure";\n'
    )
    (machine.bin / "update-says").write_text("E: Could not resolve 'mirror.example'\n")
    with pytest.raises(InstallError):
        machine.fetch()
    work = machine.root.with_name(".asterisk.apt")
    config = (work / "apt.conf").read_text()
    assert 'Acquire::http::Proxy "http://proxy.example:3128";' in config
    assert "Invoke" not in config and "Pre-Install" not in config and "Valid-Until" not in config
    line = (work / "etc/sources.list").read_text()
    assert re.fullmatch(r"deb \[arch=amd64 signed-by=\S+gpg\] http://mirror.example/debian forky main\n", line)


def test_a_list_past_its_date_is_used_only_after_a_try_without_and_said(machine: Machine) -> None:
    (machine.bin / "update-says").write_text("E: Release file for http://m/InRelease is expired (since 16d).\n")
    machine.fetch()
    assert machine.asked("apt-get update") == 2
    assert [line for line in machine.said if "Valid-Until" in line]
    (machine.bin / "update-says").unlink()
    shutil.rmtree(machine.root)
    machine.said.clear()
    machine.fetch()
    assert machine.asked("apt-get update") == 3
    assert not [line for line in machine.said if "Valid-Until" in line]


def test_ubuntu_gives_its_own_asterisk(machine: Machine) -> None:
    machine.becomes_ubuntu()
    made = machine.fetch()
    assert made.private and find(machine.root, prefer_private=True) == made
    assert json.loads((machine.root / install.MARKER).read_text())["suite"] == "noble"
    assert machine.said[0] == "reading the package list of Ubuntu noble"
    assert machine.line.endswith(" http://mirror.example/ubuntu noble main universe\n")


def test_an_asterisk_that_is_too_old_is_not_kept(machine: Machine) -> None:
    machine.package("asterisk", ASTERISK | {"usr/sbin/asterisk": "echo 'Asterisk 18.10.0~dfsg'\n"})
    with pytest.raises(InstallError, match=r"Debian forky has only Asterisk 18\.10\.0: install one, 20 or newer"):
        machine.fetch()
    assert find(machine.root, prefer_private=True) is None and not machine.root.exists()


def test_a_fetch_that_breaks_off_leaves_no_copy_and_the_next_one_makes_it(machine: Machine) -> None:
    damaged = machine.bin / "mirror" / "asterisk-modules_1%3a22.10.1-1_amd64.deb"
    good = damaged.read_bytes()
    damaged.write_bytes(good[:200])
    with pytest.raises(InstallError, match="dpkg-deb --extract failed"):
        machine.fetch()
    assert not machine.root.exists() and find(machine.root, prefer_private=True) is None
    assert (machine.root.with_name(".asterisk.new") / "usr/sbin/asterisk").is_file()
    damaged.write_bytes(good)
    assert find(machine.root, prefer_private=True) is None
    assert machine.fetch().version == "22.10.1"
    assert not machine.root.with_name(".asterisk.new").exists()
    assert (machine.bin / "status-seen").read_text().count("Package: adduser\n") == 1


def test_a_suite_without_a_whole_asterisk_leaves_no_copy(machine: Machine) -> None:
    machine.package("asterisk-modules", {f"{MODULES}/chan_pjsip.so": "elf"})
    with pytest.raises(InstallError, match="does not run here: install one, 20 or newer"):
        machine.fetch()
    assert find(machine.root, prefer_private=True) is None and not machine.root.exists()


def test_a_copy_that_lost_a_file_is_made_again(machine: Machine) -> None:
    made = machine.fetch()
    (made.modules / "app_queue.so").unlink()
    assert find(machine.root, prefer_private=True) is None
    assert machine.fetch() == made
    assert (made.modules / "app_queue.so").is_file()


def test_a_second_set_up_waits_for_the_first_and_uses_its_copy(machine: Machine) -> None:
    os.mkfifo(machine.bin / "gate")  # the first one's apt stands still until it is opened
    busy, waiting = threading.Event(), threading.Event()
    results: list[Asterisk] = []
    told: list[str] = []

    def set_up(said: threading.Event, lines: list[str]) -> threading.Thread:
        def say(line: str) -> None:
            lines.append(line)
            said.set()

        thread = threading.Thread(target=lambda: results.append(fetch(machine.root, say, etc=machine.etc)), daemon=True)
        thread.start()
        return thread

    first = set_up(busy, [])
    assert busy.wait(30)
    second = set_up(waiting, told)
    assert waiting.wait(30)
    (machine.bin / "gate").write_text("open\n")
    first.join(30)
    second.join(30)
    assert len(results) == 2 and results[0] == results[1]
    assert told == ["another set-up is fetching Asterisk: waiting for it"]
    assert machine.asked("apt-get update") == 1


# --- what goes wrong says what to do, in one line


def _update_says(text: str) -> Callable[[Machine], object]:
    return lambda machine: (machine.bin / "update-says").write_text(text)


def _os_release(text: str) -> Callable[[Machine], object]:
    return lambda machine: (machine.etc / "os-release").write_text(text)


FAULTS: list[tuple[Callable[[Machine], object], str]] = [
    (_os_release("ID=ubuntu\nVERSION_CODENAME=noble\n"), "no Ubuntu mirror with universe"),
    (_os_release("ID=fedora\n"), "fedora is neither Debian nor Ubuntu: install Asterisk 20 or newer"),
    (
        _update_says("E: Failed to fetch http://m  Temporary failure resolving 'm'\n"),
        "check network and proxy",
    ),
    (
        _update_says("W: Failed to fetch\nE: Could not connect, connection timed out\n"),
        "check network",
    ),
    (
        _update_says("E: Release file is not valid yet (for another 9d)\n"),
        "clock is behind",
    ),
    (_update_says("E: write error - write (28: No space left on device)\n"), "the disk is full"),
    (_update_says("E: The repository 'http://m forky Release' is not signed.\n"), "is not signed"),
    (lambda machine: (machine.etc / "apt/sources.list").unlink(), "no Debian mirror"),
    (lambda machine: script(machine.root / "photos/holiday.jpg", "x"), "holds something else: move it away"),
    (lambda machine: script(machine.root.parent.parent / "var", "x"), "cannot be made"),
    (lambda machine: script(machine.bin / "dpkg-deb", "#!/bin/sh\necho no room >&2; exit 2\n"), "no room"),
]


@pytest.mark.parametrize(("break_it", "advice"), FAULTS)
def test_what_goes_wrong_says_what_to_do(machine: Machine, break_it: Callable[[Machine], object], advice: str) -> None:
    break_it(machine)
    with pytest.raises(InstallError, match=re.escape(advice)) as caught:
        machine.fetch()
    assert "\n" not in str(caught.value)
    assert find(machine.root, prefer_private=True) is None


def test_what_the_user_keeps_in_the_folder_is_not_touched(machine: Machine) -> None:
    script(machine.root / "photos/holiday.jpg", "x")
    with pytest.raises(InstallError):
        machine.fetch()
    assert (machine.root / "photos/holiday.jpg").read_text() == "x"


def test_too_little_room_is_said_before_anything_is_downloaded(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "FREE_BYTES", 1 << 62)
    with pytest.raises(InstallError, match="make room, then try again"):
        machine.fetch()
    assert machine.asked("apt-get") == 0


def test_a_machine_without_dpkg_is_told_so(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda tool, **rest: None)
    with pytest.raises(InstallError, match="dpkg is not here: install Asterisk 20 or newer"):
        machine.fetch()
