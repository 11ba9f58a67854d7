"""Citizens who are called back: a real SIP and RTP peer at the far end of the trunk, which presses keys.

Each knows which question is being asked by the sound itself: `sounds` replaces the prompts' files by one byte each,
again and again, which A-law carries through Asterisk as it is. So the peer's record is exact: which question was heard,
which key was pressed on it (RFC 4733), and whether the next thing heard shows that the key was taken.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

QUESTIONS = {
    "survey_identity": "identity", "survey_consent_before": "consent", "survey_contacted": "contacted",
    "survey_solved": "solved", "survey_truthful": "truthful", "survey_satisfied": "satisfied",
}  # fmt: skip
SILENCE = 3.0  # seconds of it, while Asterisk waits for no key, are a dead line
LAST = "satisfied"  # after it the citizen hangs up
_PROMPTS = (*QUESTIONS, "survey_intro", "survey_agent", "survey_consent_topic", "survey_consent_after", "survey_retry",
            "survey_end", "survey_manual", "survey_reason")
MARKS = {name: 0x21 + 4 * place for place, name in enumerate(_PROMPTS)}
_NAMES = {mark: name for name, mark in MARKS.items()}
_FRAME = 160  # bytes of A-law in 20 ms
_EVENT = 101  # the payload type of keys


def sounds(folder: Path, frames: int = 20) -> None:
    """Puts marks in place of the prompts, `frames` of 20 ms long."""
    for name, mark in MARKS.items():
        for old in folder.glob(f"{name}.*"):
            old.unlink()
        (folder / f"{name}.alaw").write_bytes(bytes([mark]) * _FRAME * frames)


@dataclass(slots=True)
class Visit:
    """One call as the citizen had it. `pressed`: question → key; `taken`: those after which another sound was heard."""

    number: str
    began: float
    answered: float = 0.0
    ended: float = 0.0
    pressed: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)


Plan = Callable[[str], Mapping[str, str] | int]
"""What the citizen of a number does: the key for each question, or a SIP status with which the call is declined."""


class Citizens:
    """All citizens behind one SIP address. `visits` is their own record of the calls.

    `says` is the A-law that is heard from a number when it has answered, silence after it; b"": nothing is sent at all.
    """

    def __init__(
        self, host: str, port: int, plan: Plan, ring: float = 0.2, think: float = 0.1,
        says: Callable[[str], bytes] = lambda _number: b"",
    ) -> None:
        self.visits: list[Visit] = []
        self.ring, self.think, self.says = ring, think, says
        self._host, self._port, self._plan = host, port, plan
        self._lines: dict[str, _Line] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Citizens:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Sip(self), (self._host, self._port))
        return self

    async def __aexit__(self, *_error: object) -> None:
        for line in list(self._lines.values()):
            line.end()
        assert self._transport
        self._transport.close()

    @property
    def talking(self) -> list[str]:
        """The numbers that are being called, or are on the line, now."""
        return [line.visit.number for line in self._lines.values()]

    def take(self, text: str, address: tuple[str, int]) -> None:
        """Does what a SIP message asks for."""
        method = text.split(" ", 1)[0]
        call = _header(text, "Call-ID")
        line = self._lines.get(call)
        if method == "INVITE":
            if line is None:
                self._lines[call] = _Line(self, text, address)
            else:
                line.repeat()
        elif method in ("BYE", "CANCEL"):
            self._send(_reply(text, "200 OK"), address)
            if line:
                if method == "CANCEL":
                    line.decline("487 Request Terminated")
                self.hang_up(call)
        elif method in ("INFO", "OPTIONS", "UPDATE"):
            self._send(_reply(text, "200 OK"), address)

    def hang_up(self, call: str) -> None:
        line = self._lines.pop(call, None)
        if line:
            line.end()

    def _send(self, text: str, address: tuple[str, int]) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(text.encode(), address)


class _Sip(asyncio.DatagramProtocol):
    def __init__(self, citizens: Citizens) -> None:
        self._citizens = citizens

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode("utf-8", "replace")
        if text.strip() and not text.startswith("SIP/2.0"):
            self._citizens.take(text, addr)


class _Line(asyncio.DatagramProtocol):
    """One call: rings, answers, hears marks, presses keys."""

    def __init__(self, citizens: Citizens, invite: str, address: tuple[str, int]) -> None:
        self._citizens, self._invite, self._address = citizens, invite, address
        found = re.match(r"INVITE sip:([^@;]+)@", invite)
        assert found, invite[:80]
        self.visit = Visit(found[1], asyncio.get_running_loop().time())
        citizens.visits.append(self.visit)
        self._call = _header(invite, "Call-ID")
        host, media = re.search(r"^c=IN IP4 (\S+)", invite, re.M), re.search(r"^m=audio (\d+)", invite, re.M)
        self._media = (host[1], int(media[1])) if host and media else ("", 0)
        self._last = ""
        self._heard = ""
        self._asterisk: tuple[str, int] | None = None
        self._sequence, self._ssrc = random.randrange(1000), random.randrange(2**32)
        self._rtp: asyncio.DatagramTransport | None = None
        self._task = asyncio.ensure_future(self._answer())

    def repeat(self) -> None:
        if self._last:
            self._citizens._send(self._last, self._address)

    def _say(self, status: str, body: str = "") -> None:
        contact = f"Contact: <sip:{self.visit.number}@{self._citizens._host}:{self._citizens._port}>\r\n"
        self._last = _reply(self._invite, status, body, contact)
        self.repeat()

    def decline(self, status: str) -> None:
        self._say(status)

    async def _answer(self) -> None:
        self._say("180 Ringing")
        await asyncio.sleep(self._citizens.ring)
        plan = self._citizens._plan(self.visit.number)
        if isinstance(plan, int):
            self._say(f"{plan} No")
            self._citizens.hang_up(self._call)
            return
        self._keys = plan
        loop = asyncio.get_running_loop()
        self._rtp, _ = await loop.create_datagram_endpoint(lambda: self, (self._citizens._host, 0))
        port = self._rtp.get_extra_info("sockname")[1]
        self.visit.answered = loop.time()
        host = self._citizens._host
        lines = ("v=0", f"o=c 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", f"m=audio {port} RTP/AVP 8 101",
                 "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15")
        self._say("200 OK", "".join(f"{line}\r\n" for line in lines))
        self._sound = loop.time()
        self._watch()
        speech = self._citizens.says(self.visit.number)
        if speech:
            await self._speak(speech)

    async def _speak(self, speech: bytes) -> None:
        """Sends the sound, then silence, in 20 ms packets, until the call is over."""
        loop = asyncio.get_running_loop()
        begin, place = loop.time(), 0
        while not self.visit.ended:
            payload = speech[place * _FRAME : (place + 1) * _FRAME].ljust(_FRAME, b"\xd5")
            self._sequence = (self._sequence + 1) % 65536
            head = struct.pack("!BBHII", 0x80, 8, self._sequence, place * _FRAME, self._ssrc)
            if self._rtp and not self._rtp.is_closing():
                self._rtp.sendto(head + payload, self._media)
            place += 1
            await asyncio.sleep(max(begin + place * 0.02 - loop.time(), 0))

    def _watch(self) -> None:
        """Asterisk was killed: the citizen hears that the line is dead."""
        loop = asyncio.get_running_loop()
        if self._citizens.says(self.visit.number):
            return  # Asterisk listens, and is silent itself
        left = self._sound + SILENCE - loop.time()
        if left <= 0:
            self._citizens.hang_up(self._call)
        elif not self.visit.ended:
            loop.call_later(left, self._watch)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._asterisk, self._sound = addr, asyncio.get_running_loop().time()
        if len(data) < 100 or data[1] & 0x7F != 8:
            return
        payload = data[12:]
        name = _NAMES.get(payload[80], "") if payload[:1] * len(payload) == payload else "speech"
        if not name or name == self._heard:
            return
        before, self._heard = self._heard, name
        asked = QUESTIONS.get(before, "")
        if name == "survey_retry":
            self.visit.pressed.pop(asked, None)
        elif asked in self.visit.pressed:
            self.visit.taken.add(asked)
            if asked == LAST:
                self._bye()
        question = QUESTIONS.get(name)
        if question and question not in self.visit.pressed and question in self._keys:
            self._pressing = asyncio.ensure_future(self._press(question, self._keys[question]))

    def _bye(self) -> None:
        """Hangs up, as the one who was called does (RFC 3261, section 15)."""
        invite, citizens = self._invite, self._citizens
        target = re.search(r"<([^>]*)>", _header(invite, "Contact"))
        to = _header(self._last, "To")
        citizens._send(
            f"BYE {target[1] if target else 'sip:x'} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {citizens._host}:{citizens._port};branch=z9hG4bK{random.randrange(2**40)}\r\n"
            f"From: {to}\r\nTo: {_header(invite, 'From')}\r\nCall-ID: {self._call}\r\nCSeq: 1 BYE\r\n"
            "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
            self._address,
        )
        citizens.hang_up(self._call)

    async def _press(self, question: str, key: str) -> None:
        await asyncio.sleep(self._citizens.think)
        self.visit.pressed[question] = key
        # Asterisk takes a key whose time is not after the last one's for a repetition.
        stamp = int((asyncio.get_running_loop().time() - self.visit.began) * 8000)
        for place in range(6):
            last = place >= 3
            event = struct.pack("!BBH", int(key), (0x80 if last else 0) | 10, 160 * min(place + 1, 4))
            marker = 0x80 if place == 0 else 0
            self._sequence = (self._sequence + 1) % 65536
            head = struct.pack("!BBHII", 0x80, marker | _EVENT, self._sequence, stamp, self._ssrc)
            if self._rtp and self._asterisk and not self._rtp.is_closing():
                self._rtp.sendto(head + event, self._asterisk)
            if not last:
                await asyncio.sleep(0.02)

    def end(self) -> None:
        self.visit.ended = asyncio.get_running_loop().time()
        self._task.cancel()
        if self._rtp:
            self._rtp.close()


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s*:\s*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _reply(request: str, status: str, body: str = "", more: str = "") -> str:
    vias = re.findall(r"^(?:Via|v)\s*:.*?\r?$", request, re.MULTILINE | re.IGNORECASE)
    to = _header(request, "To")
    tag = "" if ";tag=" in to else f";tag=c{abs(hash(_header(request, 'Call-ID'))) % 10**9}"
    kind = "Content-Type: application/sdp\r\n" if body else ""
    heads = "".join(f"{via.strip()}\r\n" for via in vias)
    return (
        f"SIP/2.0 {status}\r\n{heads}From: {_header(request, 'From')}\r\nTo: {to}{tag}\r\n"
        f"Call-ID: {_header(request, 'Call-ID')}\r\nCSeq: {_header(request, 'CSeq')}\r\n{more}{kind}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def free(host: str) -> int:
    """A free UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
