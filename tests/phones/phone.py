"""A phone as a test holds it: place calls, answer calls, register, read the log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.phones import sip
from tests.phones.call import Call
from tests.phones.wire import Entry, PhoneError, Refused, Worker

if TYPE_CHECKING:
    from tests.phones.town import Town

Step = tuple[str | float, ...]
"""("wait", 2.0), ("dtmf", "1"), ("play", "x.wav"), ("stop",), ("hold",), ("unhold",), ("transfer", "8002"),
("hangup",): "play" lasts as long as its file, "dtmf" as long as its digits."""

PATIENCE = 10.0
"""Seconds in which a worker must have done what it was told."""


class Phone:
    """One SIP phone; log is everything that happened to it, in order."""

    def __init__(self, town: Town, folder: Path, limit: float, setup: dict[str, Any]) -> None:
        self.town = town
        self.folder = folder
        self.worker = Worker(folder, limit, setup)
        self.log: list[Entry] = []
        self.registered = False
        self.host = ""
        self._setup = setup
        self._calls: dict[int, Call] = {}
        self._taken = 0
        self._replies: dict[int, dict[str, Any]] = {}

    @property
    def calls(self) -> list[Call]:
        """Every call of this phone so far, in and out, oldest first."""
        self.town.pump(0.0)
        return [self._calls[key] for key in sorted(self._calls)]

    @property
    def port(self) -> int:
        """The UDP port it receives calls on (for TCP, its listener's)."""
        return int(self.host.rpartition(":")[2])

    def trace(self) -> str:
        """Return the SIP messages and the library's log so far."""
        self.ask("flush")
        return (self.folder / "trace.log").read_text(errors="replace")

    # -- registration --------------------------------------------------------------------------

    def register(self, timeout: float = 5.0) -> None:
        """Return when the registrar has taken the phone; Refused with its status when it has not."""
        self._settle("register", "registered", timeout)

    def unregister(self, timeout: float = 5.0) -> None:
        """Return when the registrar has forgotten the phone."""
        self._settle("unregister", "unregistered", timeout)

    def _settle(self, do: str, wanted: str, timeout: float) -> None:
        before = len(self.log)
        self.ask(do)

        def answer() -> Entry | None:
            return next((e for e in self.log[before:] if e.what in (wanted, "refused")), None)

        entry = self.town.wait_until(answer, timeout, f"{do} {self._setup['user']}")
        if entry.what == "refused":
            raise Refused(entry.status, entry.detail)

    # -- calls ---------------------------------------------------------------------------------

    def call(
        self,
        number: str,
        *,
        caller: str | None = None,
        caller_name: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Call:
        """Return a call just begun to number (or a whole SIP URI) at the phone's peer or registrar.

        caller is the From user, as it is: digits, letters, "anonymous"; "" leaves it out; None is the phone's
        own user. headers go on the INVITE.
        """
        setup = self._setup
        here = "anonymous.invalid" if caller == "anonymous" else self.host
        shown = setup["user"] if caller is None else caller
        source = sip.uri(shown, setup["peer"] if setup["password"] else here)
        result = self.ask(
            "call",
            target=self.uri(number),
            caller=sip.address(caller_name, source),
            extra=headers or {},
        )
        call = self._call(result["call"])
        call.number, call.record = number, Path(result["record"])
        return call

    def uri(self, number: str) -> str:
        """Return the SIP URI under which this phone's peer or registrar knows a number."""
        return sip.uri(number, self._setup["peer"], self._setup["transport"])

    def auto_answer(
        self, after: float = 0.0, then: Sequence[Step] = (), *, number: str | None = None
    ) -> None:
        """Return nothing; from now on calls (to number, None: any) are answered and the steps performed."""
        self.ask("rule", number=number, after=after, status=200, then=then)

    def auto_reject(self, status: int = 486, after: float = 0.0, *, number: str | None = None) -> None:
        """Return nothing; from now on calls are refused with a SIP status (486 busy) after seconds."""
        self.ask("rule", number=number, after=after, status=status, then=[])

    def auto_ignore(self, *, number: str | None = None) -> None:
        """Return nothing; from now on calls ring until the test or the caller acts (also the default)."""
        self.ask("rule", number=number, after=0.0, status=0, then=[])

    def wait_call(self, timeout: float = 10.0, number: str | None = None) -> Call:
        """Return the next incoming call (to number) not yet returned by this method."""

        def arrived() -> Call | None:
            fits = (c for c in self.calls if c.incoming and not c.taken and number in (None, c.number))
            return next(fits, None)

        call = self.town.wait_until(arrived, timeout, f"a call to {number or self.host}")
        call.taken = True
        return call

    # -- the worker ----------------------------------------------------------------------------

    def wait_ready(self) -> None:
        """Return when the phone is bound to its port; PhoneError with the reason when it cannot be."""
        self.town.wait_until(lambda: self.host, PATIENCE, "the phone to start")

    def ask(self, do: str, **arguments: Any) -> Any:
        """Return the worker's result of one command; PhoneError with its reason when it failed."""
        number = self.worker.post(do, arguments)
        reply = self.town.wait_until(lambda: self._replies.pop(number, None), PATIENCE, f"{do} {arguments}")
        if "error" in reply:
            raise PhoneError(f"{do}: {reply['error']}")
        return reply["result"]

    def hear_news(self) -> None:
        """Return nothing; what the worker has sent is in the log and the calls; PhoneError when it died."""
        for message in self.worker.read():
            if "re" in message:
                self._replies[message["re"]] = message
            else:
                self._note(message)
        if not self.worker.alive and not self.worker.leaving:
            raise PhoneError(f"the phone {self.host} ended: {self.worker.last_words() or 'no reason given'}")

    def _note(self, event: dict[str, Any]) -> None:
        fields = ("at", "what", "call", "detail", "status")
        entry = Entry(**{name: event[name] for name in fields if event.get(name) is not None})
        self.log.append(entry)
        if entry.what == "ready":
            self.host = entry.detail
        elif entry.what in ("registered", "unregistered"):
            self.registered = entry.what == "registered"
        if entry.call is not None:
            self._call(entry.call).note(entry, event)

    def _call(self, key: int) -> Call:
        return self._calls.setdefault(key, Call(self, key))
