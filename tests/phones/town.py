"""A town of SIP phones for one test."""

from __future__ import annotations

import select
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from tests.phones.phone import Phone
from tests.phones.wire import TimedOut

T = TypeVar("T")


class Town:
    """Phones, each in its own process; leaving the block ends every process and removes every file.

    limit: seconds the whole town may live; a wait beyond it fails and the workers end by themselves.
    keep: a folder to leave recordings and SIP traces in, one folder a phone.
    """

    def __init__(self, limit: float = 120.0, keep: Path | None = None) -> None:
        self._limit = limit
        self._keep = keep
        self._end = time.monotonic() + limit
        self.folder = Path()
        self.phones: list[Phone] = []

    def __enter__(self) -> Self:
        self.folder = self._keep or Path(tempfile.mkdtemp(prefix="phones-"))
        self._end = time.monotonic() + self._limit
        return self

    def phone(
        self,
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        peer: str = "",
        registrar: str = "",
        user: str = "",
        password: str = "",
        transport: str = "udp",
        numbers: tuple[str, ...] = (),
    ) -> Phone:
        """Return a running phone bound to one loopback address (port 0: any free one), for up to four calls.

        peer ("host:port") is where an unregistered phone sends its calls; registrar is the same for one with
        user and password. numbers: the only request-URI users it answers for, others get 404; empty for all.
        """
        folder = self.folder / f"phone-{len(self.phones) + 1}"
        folder.mkdir(parents=True)
        setup = {
            "bind": bind,
            "port": port,
            "peer": registrar or peer,
            "user": user,
            "password": password if registrar else "",
            "transport": transport,
            "numbers": list(numbers),
            "keep": self._keep is not None,
        }
        phone = Phone(self, folder, max(1.0, self._end - time.monotonic()), setup)
        self.phones.append(phone)
        phone.wait_ready()
        return phone

    def pump(self, timeout: float) -> None:
        """Return after the first news of any phone or timeout seconds; every phone's log is up to date."""
        living = [phone for phone in self.phones if phone.worker.alive]
        ready, _, _ = select.select([phone.worker for phone in living], [], [], max(0.0, timeout))
        for phone in living:
            if phone.worker in ready:
                phone.hear_news()

    def wait_until(
        self, condition: Callable[[], T | None], timeout: float, awaited: str, step: float = 1.0
    ) -> T:
        """Return the condition's first true value; TimedOut after timeout seconds or at the town's own limit.

        The condition is asked after each piece of news and at least every step seconds.
        """
        end = min(time.monotonic() + timeout, self._end)
        self.pump(0.0)
        while not (value := condition()):
            left = end - time.monotonic()
            if left <= 0:
                raise TimedOut(f"{awaited}: not within {timeout:g} s{self._complaints()}")
            self.pump(min(left, step))
        return value

    def _complaints(self) -> str:
        found = [f"{p.host}: {e.detail}" for p in self.phones for e in p.log if e.what == "error"]
        return "; errors of the phones: " + ", ".join(found) if found else ""

    def rest(self, seconds: float) -> None:
        """Return after that many seconds; for a caller's silence, not for waiting until something happens."""
        end = time.monotonic() + seconds
        if end > self._end:
            raise TimedOut("the town's time is up")
        while (left := end - time.monotonic()) > 0:
            self.pump(left)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self, patience: float = 5.0) -> None:
        """Return when no process and no file is left; phones that do not end in time are killed."""
        end = time.monotonic() + patience
        for phone in self.phones:
            phone.worker.quit()
        try:
            while any(phone.worker.alive for phone in self.phones) and time.monotonic() < end:
                self.pump(end - time.monotonic())
        finally:
            for phone in self.phones:
                phone.worker.reap()
            self.phones = []
            if self._keep is None:
                shutil.rmtree(self.folder, ignore_errors=True)
