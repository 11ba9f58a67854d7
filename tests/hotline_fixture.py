"""A running hotline for tests: real processes, a home of its own, free ports, logs shown when a test fails."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from asterisk_conf import install
from hotline.settings import Settings, load

T = TypeVar("T")
ROOT = Path(__file__).parents[1]
TRUNK_HOST, EMERGENCY_HOST = "127.0.0.2", "127.0.0.3"
_LAST_LINES = 60


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nothing has now, UDP and TCP; above those the kernel gives to outgoing connections."""
    while True:
        port = random.randrange(61001, 65400)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM
        ) as udp:
            try:
                tcp.bind((host, port))
                udp.bind((host, port))
            except OSError:
                continue
            return port


def eventually(seen: Callable[[], T], seconds: float = 15.0, what: str = "") -> T:
    """The first true value of `seen`; AssertionError when there is none within `seconds`."""
    end = time.monotonic() + seconds
    while not (value := seen()):
        assert time.monotonic() < end, f"not within {seconds:g} s: {what or seen}"
        time.sleep(0.1)
    return value


def asterisk_root() -> Path:
    """Where the Asterisk copy for tests is; it is fetched when neither it nor an installed one is there."""
    root = Path(os.environ.get("HOTLINE_ASTERISK_ROOT") or ROOT / "var" / "asterisk").absolute()
    if install.find(root) is None:
        install.fetch(root, lambda text: print(text, file=sys.stderr))
    return root


class Hotline:
    """One hotline. `start` and `stop` may be called again and again; `close` removes its folder."""

    def __init__(self, **special: object) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="hl-"))
        rtp = random.randrange(12000, 31000, 200)
        chosen: dict[str, object] = {
            "home": self.home, "asterisk_root": asterisk_root(), "sip_port": free_port(), "http_port": free_port(),
            "agi_port": free_port(), "ami_port": free_port(), "metrics_port": free_port(),
            "rtp_start": rtp, "rtp_end": rtp + 198,
            "trunk_peer": f"{TRUNK_HOST}:{free_port(TRUNK_HOST)}",
            "emergency_peer": f"{EMERGENCY_HOST}:{free_port(EMERGENCY_HOST)}",
            "survey_speech": "no",  # the telephones' tones are no words; tests/e2e/test_voice.py listens
            **special,
        }
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")},
            **{f"HOTLINE_{name.upper()}": str(value) for name, value in chosen.items()},
        }

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return load(self.environment)

    @property
    def sip(self) -> str:
        """Where phones register and the trunk calls, host:port."""
        return f"127.0.0.1:{self.settings.sip_port}"

    @property
    def passwords(self) -> dict[str, str]:
        """The password of every account: agents' numbers, `citizen`, `ami`."""
        known: dict[str, str] = json.loads((self.home / "secrets.json").read_text())
        return known

    def run(self, *words: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        """What `hotline WORDS...` did."""
        command = [sys.executable, "-m", "hotline.cli", *words]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout
        )

    def ok(self, *words: str, timeout: float = 120.0) -> str:
        """What `hotline WORDS...` printed; AssertionError with everything it said when it did not end well."""
        done = self.run(*words, timeout=timeout)
        assert done.returncode == 0, f"hotline {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *words: str) -> Any:
        """What `hotline WORDS... --json` printed; also when it ended with a complaint."""
        done = self.run(*words, "--json")
        assert done.stdout, f"hotline {' '.join(words)} --json: {done.returncode}\n{done.stderr}"
        return json.loads(done.stdout)

    def start(self) -> None:
        """Returns when a call would be answered."""
        self.ok("up", "--detach")

    def stop(self) -> None:
        """Returns when nothing of it runs."""
        self.ok("down")

    def cli(self, command: str) -> str:
        """What Asterisk's own command line answers."""
        found = install.find(asterisk_root())
        assert found
        line = [*found.command, "-C", str(self.home / "etc/asterisk.conf"), "-rx", command]
        return subprocess.run(line, capture_output=True, text=True, timeout=20).stdout

    def pid(self, part: str) -> int:
        """The process of a part: supervisor, asterisk or service; 0 when it does not run."""
        return int(self.json("status")["parts"][part]["pid"] or 0)

    def logs(self) -> str:
        """The ends of all logs."""
        files = sorted((self.home / "log").glob("*.log")) + [
            self.home / "log" / name for name in ("messages", "service.out", "asterisk.out")
        ]
        return "\n".join(f"== {file.name}\n{_end(file)}" for file in files if file.is_file())

    def close(self) -> None:
        """Stops it and removes all of it."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self.home, ignore_errors=True)


def _end(file: Path) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-_LAST_LINES:])


@pytest.fixture(scope="session")
def hotline() -> Iterator[Hotline]:
    """A hotline with the default settings, a trunk at 127.0.0.2 and emergency desks at 127.0.0.3, for the session.

    The ports of both are in its settings (trunk_peer, emergency_peer); phones of tests bind to them.
    """
    made = Hotline()
    try:
        made.start()
        yield made
    finally:
        made.close()


class Hotlines:
    """Makes hotlines with special settings, as `hotlines(menu_mode="agent_first")`; they are not started yet."""

    def __init__(self) -> None:
        self.made: list[Hotline] = []

    def __call__(self, **special: object) -> Hotline:
        self.made.append(Hotline(**special))
        return self.made[-1]


@pytest.fixture
def hotlines() -> Iterator[Hotlines]:
    """The maker of a test's own hotlines; all are stopped and removed after the test."""
    maker = Hotlines()
    yield maker
    for one in maker.made:
        one.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Adds the logs of the hotlines a failed test used."""
    outcome: Any = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for name, used in getattr(item, "funcargs", {}).items():
        ones = [used] if isinstance(used, Hotline) else used.made if isinstance(used, Hotlines) else []
        report.sections += [(f"logs of {name}", one.logs()) for one in ones]
