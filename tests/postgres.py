"""A private PostgreSQL for a test session: made in a temporary folder, on a loopback port, gone afterwards."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

START_SECONDS = 60.0
# PostgreSQL refuses to run as root.
UNPRIVILEGED = "nobody"


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs: on the path, or where Debian keeps them; None when there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    return folders[-1] if folders else None


@contextmanager
def cluster() -> Iterator[str]:
    """The URL of a fresh server's `postgres` database. Raises RuntimeError when PostgreSQL is not installed."""
    with server() as made:
        yield made.url


@contextmanager
def server() -> Iterator[Server]:
    """A fresh server, which can be killed and started again. Raises RuntimeError when PostgreSQL is not installed."""
    programs = binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql, or set HOTLINE_TEST_POSTGRES")
    folder = Path(tempfile.mkdtemp(prefix="hotline-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        data = folder / "data"
        options = ["--auth=trust", "--username=hotline", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        _run([str(programs / "initdb"), "-D", str(data), *options], folder)
        made = Server(programs, data, folder, free_port())
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """A PostgreSQL server of our own. `url` is that of its database `postgres`."""

    def __init__(self, programs: Path, data: Path, folder: Path, port: int) -> None:
        self.url = f"postgresql+psycopg://hotline@127.0.0.1:{port}/postgres"
        self._programs, self._data, self._folder, self._port = programs, data, folder, port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        command = [str(self._programs / "postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, preexec_fn=_end_with_parent, **_as()
            )
        _await(self._process, self._port, self._folder / "log")

    def kill(self) -> None:
        """Returns when it is gone, with all its processes, as after a loss of power but for the disk's cache."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Returns when it has ended."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="hotline", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _end_with_parent() -> None:
    # A test run that is killed must not leave a server behind (PR_SET_PDEATHSIG).
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _as() -> dict[str, Any]:
    return {"user": UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, capture_output=True, cwd=folder, **_as())
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stderr.decode(errors='replace')}")


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
