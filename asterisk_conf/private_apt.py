"""Packages of Debian or Ubuntu fetched for our own use: a private apt that installs nothing and needs no root right.

Source: apt.conf(5), sources.list(5), apt-get(8).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_ROLLING = {"stable", "oldstable", "testing", "unstable", "sid"}
# What makes the network work on this machine (proxies, time-outs, addresses) holds for the private apt too.
_TAKEN_OVER = re.compile(r"^Acquire::(https?|Retries|ForceIPv[46]|proxy)\b.*\S;$", re.IGNORECASE)

Say = Callable[[str], None]


class InstallError(Exception):
    """Asterisk could not be had; the message says in one line what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """One line's worth of an apt sources file."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """Whose packages: `suite` has an Asterisk ("": the machine's own suite), in the last of `components`."""

    name: str
    suite: str
    components: tuple[str, ...]
    keyring: str

    @property
    def keyrings(self) -> tuple[str, ...]:
        """Where the distribution keeps the keys that sign it."""
        return tuple(f"/usr/share/keyrings/{self.keyring}{kind}" for kind in (".gpg", ".pgp"))


def read_sources(etc_apt: Path) -> list[Source]:
    """Every binary source under `etc_apt`, in file order, of one-line and deb822 files (sources.list(5))."""
    found: list[Source] = []
    parts = etc_apt / "sources.list.d"
    for path in [etc_apt / "sources.list", *sorted(parts.glob("*.list"))]:
        if path.is_file():
            found += [s for line in _text(path).splitlines() for s in _one_line(line)]
    for path in sorted(parts.glob("*.sources")):
        found += [s for stanza in re.split(r"\n[ \t]*\n", _text(path)) for s in _deb822(stanza)]
    return found


def own_source(etc_apt: Path, wanted: Distribution, codename: str) -> Source:
    """The machine's own source of the distribution itself, not of a third party; InstallError when there is none."""
    suites = _ROLLING | {codename}
    offered = [s for s in read_sources(etc_apt) if s.suite in suites and wanted.components[-1] in s.components]
    ours = [s for s in offered if wanted.keyring in s.signed_by or not s.signed_by.startswith("/")]
    ours.sort(key=lambda s: not s.uri.rstrip("/").endswith(f"/{wanted.name.lower()}"))
    if not ours:
        what = f"{wanted.name} mirror with {wanted.components[-1]}"
        raise InstallError(f"no {what} in {etc_apt}: add one, or install Asterisk 20 or newer")
    return ours[0]


def keyring_of(source: Source, wanted: Distribution) -> str:
    """Path of the key ring that signs `source`: its own, else the distribution's."""
    for path in (source.signed_by.split(",")[0], *wanted.keyrings):
        if path.startswith("/") and Path(path).is_file():
            return path
    raise InstallError(f"no {wanted.name} key ring found: apt-get install {wanted.keyring}, then try again")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _one_line(line: str) -> Iterator[Source]:
    match = re.match(r"\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)", line)
    if match is None or match[2].startswith("cdrom:"):
        return
    signed = re.search(r"signed-by=(\S+)", match[1] or "", re.IGNORECASE)
    yield Source(match[2], match[3], tuple(match[4].split()), signed[1] if signed else "")


def _deb822(stanza: str) -> Iterator[Source]:
    text = "\n".join(line for line in stanza.splitlines() if not line.startswith("#"))
    fields = {k.lower(): v.strip() for k, v in re.findall(r"^([\w-]+):((?:.*)(?:\n[ \t].*)*)", text, re.M)}
    enabled = fields.get("enabled", "yes").lower() not in ("no", "false")
    if not enabled or "deb" not in fields.get("types", "").split():
        return
    components = tuple(fields.get("components", "").split())
    for uri in fields.get("uris", "").split():
        for suite in fields.get("suites", "").split():
            yield Source(uri, suite, components, fields.get("signed-by", ""))


class PrivateApt:
    """An apt whose state, cache and sources live in one folder; only network settings are the machine's."""

    def __init__(self, work: Path, source: Source, wanted: Distribution, say: Say) -> None:
        for tool in ("dpkg", "dpkg-deb", "apt-get", "apt-config"):
            if shutil.which(tool) is None:
                raise InstallError(f"{tool} is not here: install Asterisk 20 or newer and put it on PATH")
        self.work, self.say, self.name = work, say, wanted.name
        self.suite = wanted.suite or source.suite
        self.config, self.status = work / "apt.conf", work / "state" / "status"
        self.archives = work / "cache" / "archives"
        self.architecture = _plain(["dpkg", "--print-architecture"]).strip()
        for folder in ("etc/none", "state/lists/partial", "cache/archives/partial"):
            (work / folder).mkdir(parents=True, exist_ok=True)
        self.status.write_text("")
        options = f"arch={self.architecture} signed-by={keyring_of(source, wanted)}"
        line = f"deb [{options}] {source.uri} {self.suite} {' '.join(wanted.components)}\n"
        (work / "etc" / "sources.list").write_text(line)
        self._configure()

    def _configure(self, *more: str) -> None:
        etc, none = self.work / "etc", self.work / "etc" / "none"
        network = [n for n in _plain(["apt-config", "dump"]).splitlines() if _TAKEN_OVER.match(n)]
        settings = {
            "Dir::Etc": etc,
            "Dir::Etc::sourcelist": etc / "sources.list",
            "Dir::Etc::sourceparts": none,
            "Dir::Etc::main": none,
            "Dir::Etc::parts": none,
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": none,
            "Dir::Etc::trusted": "/dev/null",
            "Dir::Etc::trustedparts": none,
            "Dir::Etc::netrc": "/etc/apt/auth.conf",  # the administrator's passwords for the mirror
            "Dir::Etc::netrcparts": "/etc/apt/auth.conf.d",
            "Dir::State": self.work / "state",
            "Dir::State::status": self.status,
            "Dir::Cache": self.work / "cache",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "",
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
        }
        lines = [f'{key} "{value}";' for key, value in settings.items()]
        self.config.write_text("\n".join([*lines, *network, *more]) + "\n")

    def update(self) -> None:
        """Fetch the suite's package list; one past its Valid-Until only after a try without, and said."""
        try:
            self._run("apt-get", "update")
        except InstallError as error:
            if "expired" not in str(error):
                raise
            self.say(f"the {self.suite} list is past its Valid-Until; used, as its signature is good")
            self._configure('Acquire::Check-Valid-Until "false";')
            self._run("apt-get", "update")

    def leave_out(self, package: str, unwanted: re.Pattern[str]) -> None:
        """Count the dependencies of `package` whose names match as present, so that they are not fetched."""
        depends = self._run("apt-cache", "depends", package)
        names = {n for n in re.findall(r"Depends: <?([^<>\s]+)", depends) if unwanted.match(n)}
        with self.status.open("a") as status:
            for name in sorted(names):
                status.write(
                    f"Package: {name}\nStatus: install ok installed\nMaintainer: nobody\nVersion: 999\n"
                    f"Architecture: {self.architecture}\nMulti-Arch: same\nDescription: left out\n\n"
                )

    def download(self, *packages: str) -> list[Path]:
        """The archives of `packages` and all they need, checked by apt against the signed list."""
        plan = self._run("apt-get", "--simulate", "install", *packages)
        wanted = re.findall(r"^Inst (\S+?)(?::\S+)? \((\S+) .*\[(\w+)\]\)", plan, re.MULTILINE)
        self._run("apt-get", "--yes", "--download-only", "install", *packages, total=len(wanted))
        # apt names a cached archive so (quoted colon); an older version left by a killed run is not taken.
        return [self.archives / f"{n}_{version.replace(':', '%3a')}_{a}.deb" for n, version, a in wanted]

    def _run(self, *command: str, total: int = 0) -> str:
        env = os.environ | {"APT_CONFIG": str(self.config), "LC_ALL": "C"}
        lines: list[str] = []
        got = 0
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(
            command, env=env, text=True, stdout=pipe, stderr=subprocess.STDOUT, stdin=null
        ) as process:
            for line in process.stdout or ():
                lines.append(line.strip())
                if total and line.startswith("Get:"):
                    got += 1
                    if got % 10 == 0 or got == total:
                        self.say(f"downloaded package {got} of {total}")
        if process.returncode:
            raise InstallError(_advice(command, [n for n in lines if n.startswith(("E:", "W:"))]))
        return "\n".join(lines)


def unpack(archives: list[Path], into: Path, say: Say) -> dict[str, str]:
    """Name to version of every package, after each is unpacked into `into` (no maintainer script is run)."""
    into.mkdir(parents=True)
    versions: dict[str, str] = {}
    for number, archive in enumerate(archives, 1):
        try:
            _plain(["dpkg-deb", "--extract", str(archive), str(into)])
        except InstallError:
            archive.unlink(missing_ok=True)  # a damaged one is fetched anew at the next try
            raise
        name, version = _plain(["dpkg-deb", "--show", str(archive)]).split()
        versions[name.partition(":")[0]] = version
        if number % 10 == 0 or number == len(archives):
            say(f"unpacked package {number} of {len(archives)}")
    return versions


def _plain(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"})
    if done.returncode:
        raise InstallError(_advice(command, done.stderr.splitlines()))
    return done.stdout


def _advice(command: Iterable[str], complaints: list[str]) -> str:
    text = " ".join(complaints)
    first = next((c for c in complaints if c.startswith("E:")), next(iter(complaints), "no reason given"))
    if re.search(r"resolv|connect|Network is unreachable|timed out|Connection failed", text, re.IGNORECASE):
        return f"the package mirror cannot be reached: check network and proxy, then try again ({first})"
    if "No space left" in text or "free space" in text:
        return f"the disk is full: free about 1 GB, then try again ({first})"
    if "not valid yet" in text:
        return f"this machine's clock is behind: set it, then try again ({first})"
    return f"{' '.join(list(command)[:2])} failed: {first}"
