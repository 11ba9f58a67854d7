"""A call as a test holds it: keys, voice, hold, transfer, and what was heard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tests.phones import audio, sip
from tests.phones.wire import Entry, PhoneError, Refused, TimedOut

if TYPE_CHECKING:
    from tests.phones.phone import Phone

ORDER = ("calling", "incoming", "early", "connecting", "confirmed")
HEADER = 44
"""Bytes before the samples in the recorder's WAV; its length field is right only after the call."""


class Call:
    """One call of one phone.

    number: what was dialled. state: calling, incoming, early, connecting, confirmed, disconnected.
    last_status: the last SIP code. headers: of the INVITE received. record: a WAV of what the phone hears,
    complete from the first media on; recorded_at: the monotonic time of its first sample (good to about
    0.1 s, the jitter buffer). times: when each state was first reached. pressed, received: digits and when.
    """

    def __init__(self, phone: Phone, key: int) -> None:
        self.phone = phone
        self.key = key
        self.number = ""
        self.incoming = self.taken = False
        self.state = "calling"
        self.media = "none"
        self.last_status = 0
        self.headers: dict[str, str] = {}
        self.record = Path()
        self.recorded_at = 0.0
        self.times: dict[str, float] = {}
        self.pressed: list[tuple[str, float]] = []
        self.received: list[tuple[str, float]] = []
        self.transfer_status = 0

    @property
    def log(self) -> list[Entry]:
        """This call's part of the phone's log."""
        return [entry for entry in self.phone.log if entry.call == self.key]

    @property
    def remote(self) -> sip.Address:
        """The caller id seen on an incoming call (its From)."""
        return sip.parse_address(self.headers.get("From", ""))

    # -- waiting -------------------------------------------------------------------------------

    def wait(self, state: str, timeout: float = 10.0) -> float:
        """Return when (monotonic) the call reached the state or a later one.

        Refused when the call is over without it, TimedOut when nothing happens in time.
        """
        return float(self._until(lambda: self._reached(state), timeout, state))

    def _reached(self, state: str) -> float | None:
        wanted = (state,) if state == "disconnected" else ORDER[ORDER.index(state) :]
        for name in wanted:
            if name in self.times:
                return self.times[name]
        if self.state == "disconnected":
            raise Refused(self.last_status, f"the call to {self.number} ended before it was {state}")
        return None

    def _until(self, condition: Any, timeout: float, awaited: str, step: float = 1.0) -> Any:
        where = f"call {self.key} to {self.number} of {self.phone.host}, now {self.state}"
        return self.phone.town.wait_until(condition, timeout, f"{awaited} ({where})", step)

    def _alive(self) -> None:
        if self.state == "disconnected":
            raise PhoneError(f"the call to {self.number} is over ({self.last_status})")

    # -- doing ---------------------------------------------------------------------------------

    def answer(self, status: int = 200) -> None:
        """Return nothing; 180 rings, 183 opens early media, 200 takes the call."""
        self.phone.ask("answer", call=self.key, status=status)

    def reject(self, status: int = 486) -> None:
        """Return nothing; the call is refused with this SIP status."""
        self.phone.ask("answer", call=self.key, status=status)

    def hangup(self, timeout: float = 5.0) -> None:
        """Return when the call is over."""
        self.phone.ask("hangup", call=self.key)
        self.wait("disconnected", timeout)

    def dtmf(self, digits: str, method: str = "rfc2833") -> float:
        """Return when (monotonic) the last digit was pressed; method is "rfc2833" (RFC 4733) or "info"."""
        self._alive()
        wanted = len(self.pressed) + len(digits)
        self.phone.ask("dtmf", call=self.key, digits=digits, method=method)
        self._until(lambda: self._pressed(wanted), 5.0 + len(digits), f"pressing {digits}")
        return self.pressed[wanted - 1][1]

    def _pressed(self, wanted: int) -> bool:
        if len(self.pressed) < wanted:
            self._alive()
        return len(self.pressed) >= wanted

    def hold(self, timeout: float = 5.0) -> None:
        """Return when the far end has taken the hold."""
        self._change("hold", "local_hold", timeout)

    def unhold(self, timeout: float = 5.0) -> None:
        """Return when media flow again."""
        self._change("unhold", "active", timeout)

    def _change(self, do: str, media: str, timeout: float) -> None:
        self._alive()
        self.phone.ask(do, call=self.key)
        self._until(lambda: self.media == media, timeout, do)

    def transfer(self, number: str, timeout: float = 10.0) -> int:
        """Return the final SIP status of a blind transfer (RFC 3515); after a 2xx this phone hangs up."""
        self.transfer_status = 0
        self.phone.ask("transfer", call=self.key, target=self.phone.uri(number))
        return self._transferred(timeout)

    def attended(self, other: Call, timeout: float = 10.0) -> int:
        """Return the final SIP status of joining this call's far end to the other's (both of this phone)."""
        self.transfer_status = 0
        self.phone.ask("attended", call=self.key, other=other.key)
        return self._transferred(timeout)

    def _transferred(self, timeout: float) -> int:
        def settled() -> bool:
            return self.transfer_status >= 200 or self.state == "disconnected"

        self._until(settled, timeout, "transfer")
        return self.transfer_status

    def play(self, wav: Path | str, *, repeat: bool = False) -> float:
        """Return how long the file lasts (mono, 16 bit); it starts at once, or with the first media."""
        return float(self.phone.ask("play", call=self.key, path=str(wav), repeat=repeat))

    def stop(self) -> None:
        """Return nothing; the phone says silence again."""
        self.phone.ask("stop", call=self.key)

    # -- listening -----------------------------------------------------------------------------

    def heard(self, since: float | None = None) -> audio.Samples:
        """Return what the phone has heard so far, or since a monotonic time (int16, 8 kHz).

        During the call it is up to 0.25 s behind: the recorder writes in blocks.
        """
        if self.state == "disconnected" and self.recorded_at:
            self._until(lambda: any(e.what == "recorded" for e in self.log), 5.0, "the recording's end")
        samples = audio.raw_samples(self.record, HEADER)
        return samples if since is None else samples[max(0, round((since - self.recorded_at) * audio.RATE)) :]

    def hears_tone(self, frequency: float, timeout: float = 10.0, *, since: float = 0.0) -> float:
        """Return when (monotonic) a tone of this frequency (Hz) was first heard; TimedOut when it was not.

        since: the monotonic time before which nothing counts.
        """

        def onset() -> float | None:
            begin = max(since, self.recorded_at)
            found = audio.tone_onset(self.heard(begin), frequency)
            return None if found is None else begin + found

        return float(self._until(onset, timeout, f"a tone of {frequency:g} Hz", 0.1))

    def hears(
        self, prompt: Path | str, timeout: float = 10.0, *, after: float = 0.0, seconds: float = 2.0
    ) -> audio.Match:
        """Return where in the recording the prompt began; TimedOut with the best score when it was not heard.

        after: seconds of the recording to leave out, so that the same prompt can be awaited twice.
        seconds: how much of the prompt must be heard; it returns as soon as that much is sure.
        """
        wanted, begin, best = audio.load(prompt), after, 0.0

        def match() -> audio.Match | None:
            nonlocal begin, best
            heard = self.heard()
            found = audio.find(heard, wanted, seconds=seconds, start=begin)
            best = max(best, found.correlation)
            begin = max(begin, len(heard) / audio.RATE - seconds - 2.0)  # earlier parts have had their chance
            return found if found.sure else None

        try:
            return cast(audio.Match, self._until(match, timeout, f"hearing {Path(prompt).name}", 0.3))
        except TimedOut as late:
            raise TimedOut(f"{late}; best correlation {best:.2f}") from late

    # -- what the worker tells -----------------------------------------------------------------

    def note(self, entry: Entry, event: dict[str, Any]) -> None:
        """Return nothing; one event of the worker about this call is taken in."""
        if entry.what in (*ORDER, "disconnected"):
            self.state = entry.what
            self.last_status = entry.status or self.last_status
            self.times.setdefault(entry.what, entry.at)
        if entry.what == "incoming":
            self.incoming = True
            self.number, self.headers = event["dialled"], event["headers"]
            self.record = Path(event["record"])
        elif entry.what == "recording":
            self.record, self.recorded_at = Path(entry.detail), entry.at
        elif entry.what == "media":
            self.media = entry.detail
        elif entry.what == "digit":
            self.pressed.append((entry.detail, entry.at))
        elif entry.what == "heard":
            self.received.append((entry.detail, entry.at))
        elif entry.what == "transfer":
            self.transfer_status = entry.status
