"""Where Asterisk is on this machine, or a private copy of it made without root right.

The copy is Debian's or Ubuntu's own packages unpacked into one folder and started through their own loader, so it runs
beside any libc; AGI scripts it starts still run with the machine's Python, because the library path is an
argument and not an environment variable.
"""

import errno
import fcntl
import json
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.private_apt import Distribution, InstallError, PrivateApt, Say, own_source, unpack

__all__ = ["Asterisk", "InstallError", "fetch", "find"]

OLDEST = 20
DISTRIBUTIONS = {
    # The first Debian suite after bookworm and trixie that has Asterisk (22 LTS).
    "debian": Distribution("Debian", "forky", ("main",), "debian-archive-keyring"),
    # Each Ubuntu has an Asterisk of its own; 24.04 has 20 LTS.
    "ubuntu": Distribution("Ubuntu", "", ("main", "universe"), "ubuntu-archive-keyring"),
}
SYSTEM_PLACES = "/usr/sbin:/usr/local/sbin"  # not on the PATH of an ordinary user
NEEDED_MODULES = ("chan_pjsip.so", "app_queue.so", "cel_custom.so", "res_agi.so")
FREE_BYTES = 800 * 1024 * 1024
MARKER = "packages.json"
PACKAGES = ("asterisk", "asterisk-moh-opsound-wav")
# Our prompts replace the English sounds and our templates the sample configuration. The libraries serve
# only modules a hotline has no use for (SNMP, Jack, sound card, XMPP, RADIUS, FreeTDS, Lua, calendars, mail
# bodies); without them the copy is half as large.
_LEFT_OUT = re.compile(
    r"adduser$|asterisk-config-custom$|asterisk-core-sounds-|libsnmp|libcodec2|libjack|libportaudio|libiksemel"
    r"|libradcli|libsybdb|liblua|libgmime|libical|libneon"
)
_KEPT = ("usr/lib", "usr/sbin/asterisk", "usr/share/asterisk/documentation", "usr/share/asterisk/moh")


@dataclass(frozen=True, slots=True)
class Asterisk:
    """An Asterisk that can be started.

    `command` is the argv prefix that runs it; `version` is digits and dots ("22.10.1"); `modules` is the
    astmoddir; `data` holds `documentation` and, as found, `moh` and `sounds`; `private` says it is our copy.
    """

    command: tuple[str, ...]
    version: str
    modules: Path
    data: Path
    private: bool


def find(root: Path, prefer_private: bool = False) -> Asterisk | None:
    """An installed Asterisk >= 20 with PJSIP and queues, else the complete private copy in `root`, else None.

    `prefer_private` looks only for the copy.
    """
    root = root.absolute()
    return _private(root) if prefer_private else _installed() or _private(root)


def fetch(root: Path, say: Say, etc: Path = Path("/etc")) -> Asterisk:
    """The private copy in `root`, made from the distribution's packages when it is not there yet (50 MB to download).

    A copy appears whole or not at all; a second caller waits for the first. A download that was cut off
    goes on where it stopped. `etc` holds os-release and apt's sources. `say` gets a line of progress at a
    time. Errors: InstallError.
    """
    root = root.absolute()
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        with _lock(root, say):
            return _private(root) or _make(root, say, etc)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise InstallError(f"the disk of {root.parent} is full: make room, then try again") from error
        raise InstallError(f"{root} cannot be made ({error}): mend that, then try again") from error


def _make(root: Path, say: Say, etc: Path) -> Asterisk:
    _check_replaceable(root)
    _check_free(root.parent)
    wanted, codename = _distribution(etc / "os-release")
    source = own_source(etc / "apt", wanted, codename)
    work, new = _sibling(root, "apt"), _sibling(root, "new")
    if new.exists():
        shutil.rmtree(new)
    apt = PrivateApt(work, source, wanted, say)
    _build(apt, new)
    if root.exists():
        shutil.rmtree(root)
    new.rename(root)
    shutil.rmtree(work)
    made = _private(root)
    if made is None:
        raise InstallError(f"{root} changed while it was made: try again")
    say(f"Asterisk {made.version} is in {root}")
    return made


def _build(apt: PrivateApt, new: Path) -> None:
    apt.say(f"reading the package list of {apt.name} {apt.suite}")
    apt.update()
    for package in ("asterisk", "asterisk-modules"):
        apt.leave_out(package, _LEFT_OUT)
    versions = unpack(apt.download(*PACKAGES), new, apt.say)
    _drop_all_but(new, _KEPT)
    loader = _loader(new)
    if loader is None:
        raise InstallError(f"no loader for {platform.machine()} found: install Asterisk {OLDEST} or newer")
    _drop_modules_without_libraries(loader, new)
    version = _version(_command(loader, new))
    marker = {"asterisk": version, "suite": apt.suite, "packages": versions}
    (new / MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
    if version and int(version.partition(".")[0]) < OLDEST:
        raise InstallError(f"{apt.name} {apt.suite} has only Asterisk {version}: install one, {OLDEST} or newer")
    if not version or _private(new) is None:
        raise InstallError(f"the Asterisk of {apt.suite} does not run here: install one, {OLDEST} or newer")


def _private(root: Path) -> Asterisk | None:
    try:
        version = str(json.loads((root / MARKER).read_text(encoding="utf-8"))["asterisk"])
    except (OSError, ValueError, KeyError):
        return None
    loader = _loader(root)
    if loader is None or not (root / "usr/sbin/asterisk").is_file():
        return None
    modules, data = loader.parent / "asterisk" / "modules", root / "usr/share/asterisk"
    if not _usable(modules, data):
        return None
    return Asterisk(_command(loader, root), version, modules, data, private=True)


def _loader(root: Path) -> Path | None:
    """The copy's own program loader, in the library folder of whatever architecture it is."""
    return next(root.glob("usr/lib/*-linux-gnu*/ld-linux*.so.*"), None)


def _command(loader: Path, root: Path) -> tuple[str, ...]:
    return (str(loader), "--library-path", str(loader.parent), str(root / "usr/sbin/asterisk"))


def _installed() -> Asterisk | None:
    path = shutil.which("asterisk") or shutil.which("asterisk", path=SYSTEM_PLACES)
    version = _version((path,)) if path else ""
    if path is None or not version or int(version.partition(".")[0]) < OLDEST:
        return None
    prefix = Path(path).resolve().parent.parent
    libraries = [*prefix.glob("lib/*-linux-gnu*"), prefix / "lib", prefix / "lib64"]
    for modules in (folder / "asterisk" / "modules" for folder in libraries):
        for data in (prefix / "share/asterisk", Path("/var/lib/asterisk")):
            if _usable(modules, data):
                return Asterisk((path,), version, modules, data, private=False)
    return None


def _version(command: Sequence[str]) -> str:
    """The digits of `asterisk -V` ("Asterisk 20.6.0~dfsg", "Asterisk certified/20.7-cert3"), or ""."""
    try:
        shown = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.match(r"Asterisk (?:certified[/-]|GIT-)?(\d+(?:\.\d+)*)", shown.stdout)
    return match[1] if match else ""


def _usable(modules: Path, data: Path) -> bool:
    # Without its XML documentation Asterisk 20 and newer decline modules such as app_queue and res_pjsip.
    documented = (data / "documentation" / "core-en_US.xml").is_file()
    return documented and all((modules / name).is_file() for name in NEEDED_MODULES)


def _distribution(os_release: Path) -> tuple[Distribution, str]:
    """Whose packages this machine uses, and the name of its own suite."""
    lines = os_release.read_text(encoding="utf-8").splitlines() if os_release.is_file() else []
    facts = {key: value.strip("\"'") for key, _, value in (line.partition("=") for line in lines)}
    system = facts.get("ID", platform.system())
    if system not in DISTRIBUTIONS:
        raise InstallError(f"{system} is neither Debian nor Ubuntu: install Asterisk {OLDEST} or newer, then try again")
    return DISTRIBUTIONS[system], facts.get("VERSION_CODENAME", "stable")


def _check_replaceable(root: Path) -> None:
    """What is in the way is removed only when it is a copy of ours or empty."""
    ours = (root / MARKER).is_file() or (root.is_dir() and not any(root.iterdir()))
    if root.exists() and not ours:
        raise InstallError(f"{root} holds something else: move it away, then try again")


def _check_free(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        raise InstallError(f"{folder} has {free >> 20} of {FREE_BYTES >> 20} MB: make room, then try again")


def _sibling(root: Path, name: str) -> Path:
    return root.with_name(f".{root.name}.{name}")


@contextmanager
def _lock(root: Path, say: Say) -> Iterator[None]:
    with _sibling(root, "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is fetching Asterisk: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _drop_all_but(root: Path, kept: Sequence[str]) -> None:
    """Remove documentation, init scripts and everything else that a running Asterisk does not read."""
    keep = {root / name for name in kept}
    parents = {parent for path in keep for parent in path.parents if parent.is_relative_to(root)}
    for path in [child for parent in parents if parent.is_dir() for child in parent.iterdir()]:
        if path in keep | parents:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _drop_modules_without_libraries(loader: Path, root: Path) -> None:
    """Remove each module that needs a library not in `root`: the machine's own may be of another make."""
    for module in sorted((loader.parent / "asterisk" / "modules").glob("*.so")):
        command = [str(loader), "--library-path", str(loader.parent), "--list", str(module)]
        shown = subprocess.run(command, capture_output=True, text=True)
        libraries = re.findall(r"=> (.+?)(?: \(0x|$)", shown.stdout, re.MULTILINE)
        if shown.returncode or any(not Path(name).is_relative_to(root) for name in libraries):
            module.unlink()
