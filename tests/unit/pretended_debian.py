"""A pretended Debian machine for the tests of installing: its tools, its mirror, its /etc."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from asterisk_conf import install
from asterisk_conf.install import Asterisk, fetch

# A program loader that is a script: it starts "asterisk" and lists libraries as ld.so does.
LOADER = """#!/bin/sh
case "$3" in
--list) case "$4" in
  *codec_absent.so) echo 'error while loading shared libraries' >&2; exit 127;;
  *codec_foreign.so) echo '	libjack.so.0 => /usr/lib/libjack.so.0 (0x0)';;
  *) echo "	libc.so.6 => $2/libc.so.6 (0x0)";;
  esac;;
*) shift 2; exec sh "$@";;
esac
"""
VERSION_SCRIPT = "echo 'Asterisk 22.10.1+dfsg-1'\n"
LIBRARIES = "usr/lib/x86_64-linux-gnu"
MODULES = f"{LIBRARIES}/asterisk/modules"

# apt-get, apt-cache and apt-config in one: what each is asked is written down, a file switches a fault on.
APT = """#!/bin/sh
here=$(dirname "$0"); mirror=$here/mirror
echo "$(basename "$0") $*" >> "$here/asked"
case "$(basename "$0") $1" in
"apt-config dump") cat "$here/settings";;
"apt-get update")
  [ -p "$here/gate" ] && read -r open < "$here/gate"
  if [ -e "$here/update-says" ] && ! grep -q 'Check-Valid-Until "false"' "$APT_CONFIG"; then
    cat "$here/update-says"; exit 100; fi;;
"apt-cache depends")
  cat "$here/needs-$2";;
"apt-get --simulate")
  cp "${APT_CONFIG%/*}/etc/sources.list" "$here/line"
  cp "${APT_CONFIG%/*}/state/status" "$here/status-seen"
  printf 'Inst asterisk (1:22.10.1-1 Debian:testing [amd64])\\n'
  printf 'Inst asterisk-modules (1:22.10.1-1 Debian:testing [amd64])\\n';;
"apt-get --yes")
  for deb in "$mirror"/*.deb; do echo "Get:1 http://mirror $deb"; done
  cp -n "$mirror"/*.deb "${APT_CONFIG%/*}/cache/archives/";;
esac
"""


NEEDS = {
    "asterisk": "  Depends: adduser\n |Depends: asterisk-config\n  Depends: <asterisk-config-custom>\n",
    "asterisk-modules": "  Depends: libc6\n  Depends: libsnmp45\n  Depends: libcodec2-1.2\n",
}


class Machine:
    """A pretended Debian machine: its /etc, its tools first on PATH, and a mirror folder of real archives."""

    def __init__(self, tmp_path: Path) -> None:
        self.bin, self.etc, self.root = tmp_path / "bin", tmp_path / "etc", tmp_path / "var" / "asterisk"
        self.said: list[str] = []
        (self.etc / "apt").mkdir(parents=True)
        (self.bin / "mirror").mkdir(parents=True)
        keys = tmp_path / "debian-archive-keyring.gpg"
        keys.write_text("keys")
        (self.etc / "os-release").write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
        (self.etc / "apt" / "sources.list").write_text(
            f"deb [signed-by={keys}] http://mirror.example/debian bookworm main\n"
        )
        (self.bin / "settings").write_text("")
        for package, needs in NEEDS.items():
            (self.bin / f"needs-{package}").write_text(needs)
        for tool in ("apt-get", "apt-cache", "apt-config"):
            script(self.bin / tool, APT)
        script(self.bin / "dpkg", "#!/bin/sh\necho amd64\n")
        self.package("asterisk", ASTERISK)
        self.package("asterisk-modules", MODULE_FILES)

    def package(self, name: str, files: Mapping[str, str]) -> None:
        tree = self.bin / name
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN").chmod(0o755)  # dpkg-deb insists, whatever the umask
        (tree / "DEBIAN" / "control").write_text(
            f"Package: {name}\nVersion: 1:22.10.1-1\nArchitecture: amd64\nMaintainer: n <n@example.com>\n"
            "Description: x\n"
        )
        for path, text in files.items():
            script(tree / path, text)
        target = self.bin / "mirror" / f"{name}_1%3a22.10.1-1_amd64.deb"
        subprocess.run(["dpkg-deb", "--build", tree, target], check=True, capture_output=True)
        shutil.rmtree(tree)

    def becomes_ubuntu(self) -> None:
        keys = self.etc.parent / "ubuntu-archive-keyring.gpg"
        keys.write_text("keys")
        (self.etc / "os-release").write_text("ID=ubuntu\nVERSION_CODENAME=noble\n")
        (self.etc / "apt" / "sources.list").write_text(
            f"deb [signed-by={keys}] http://mirror.example/ubuntu noble main universe\n"
        )

    @property
    def line(self) -> str:
        """The source that the private apt was given."""
        return (self.bin / "line").read_text()

    def fetch(self) -> Asterisk:
        return fetch(self.root, self.said.append, etc=self.etc)

    def asked(self, what: str) -> int:
        log = self.bin / "asked"
        return log.read_text().count(what) if log.exists() else 0


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


ASTERISK = {
    f"{LIBRARIES}/ld-linux-x86-64.so.2": LOADER,
    "usr/sbin/asterisk": VERSION_SCRIPT,
    "usr/share/asterisk/documentation/core-en_US.xml": "<docs/>",
    "usr/share/asterisk/moh/song.wav": "RIFF",
    "usr/share/doc/asterisk/README": "read me",
    "etc/init.d/asterisk": "#!/bin/sh",
}
MODULE_FILES = {f"{MODULES}/{name}": "elf" for name in (*install.NEEDED_MODULES, "codec_absent.so", "codec_foreign.so")}


def installed(prefix: Path, shown: str, modules: str = "lib/x86_64-linux-gnu/asterisk/modules") -> None:
    script(prefix / "sbin" / "asterisk", f"#!/bin/sh\necho '{shown}'\n")
    for name in install.NEEDED_MODULES:
        script(prefix / modules / name, "elf")
    script(prefix / "share/asterisk/documentation/core-en_US.xml", "<docs/>")


def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose tools come first on PATH and that has no Asterisk of its own."""
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{machine.bin}:{os.environ['PATH']}")
    monkeypatch.setattr(install, "SYSTEM_PLACES", str(tmp_path / "nowhere"))
    monkeypatch.setattr(install, "FREE_BYTES", 1)
    return machine
