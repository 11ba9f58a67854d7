"""One call of a softphone and the pjsua2 callbacks about it (worker process)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tests.phones import sip
from tests.phones.sound import SETTLING, Sound

if TYPE_CHECKING:
    from tests.phones.softphone import Softphone

pj: Any = import_module("pjsua2")

STATES = {
    pj.PJSIP_INV_STATE_CALLING: "calling",
    pj.PJSIP_INV_STATE_INCOMING: "incoming",
    pj.PJSIP_INV_STATE_EARLY: "early",
    pj.PJSIP_INV_STATE_CONNECTING: "connecting",
    pj.PJSIP_INV_STATE_CONFIRMED: "confirmed",
    pj.PJSIP_INV_STATE_DISCONNECTED: "disconnected",
}
MEDIA = {
    pj.PJSUA_CALL_MEDIA_NONE: "none",
    pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "local_hold",
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "remote_hold",
    pj.PJSUA_CALL_MEDIA_ERROR: "error",
}
DIGIT_GAP = 0.35
"""Seconds from one digit of a string to the next: pjmedia sends each for 0.2 s (RFC 4733)."""


def with_status(status: int) -> Any:
    """Return call options that carry a SIP status."""
    prm = pj.CallOpParam()
    prm.statusCode = status
    return prm


class Line(pj.Call):  # type: ignore[misc]
    """A call; key is its number in this phone, from 1."""

    def __init__(self, phone: Softphone, key: int, sound: Sound, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, call_id)
        self.phone = phone
        self.key = key
        self.sound = sound
        self.over = False
        self._thumb_free = 0.0

    # -- what the phone does ------------------------------------------------------------------

    def dial(self, target: str, caller: str, extra: dict[str, str]) -> None:
        """Return nothing; the INVITE is sent with this From field and these further header fields."""
        prm = pj.CallOpParam(True)
        prm.txOption.localUri = caller
        for name, value in extra.items():
            field = pj.SipHeader()
            field.hName, field.hValue = name, value
            prm.txOption.headers.append(field)
        self.makeCall(target, prm)

    def press(self, digits: str, method: str) -> None:
        """Return nothing; the digits go out one by one after those before, each logged as it is pressed."""
        for digit in digits:
            delay = max(0.0, self._thumb_free - time.monotonic())
            self.phone.clock.later(delay, partial(self._press, digit, method))
            self._thumb_free = time.monotonic() + delay + DIGIT_GAP

    def _press(self, digit: str, method: str) -> None:
        if self.over:
            return
        if method == "info":
            prm = pj.CallSendDtmfParam()
            prm.method, prm.digits = pj.PJSUA_DTMF_METHOD_SIP_INFO, digit
            self.sendDtmf(prm)
        else:
            self.dialDtmf(digit)
        self.log("digit", digit)

    def unhold(self) -> None:
        """Return nothing; a re-INVITE asks for media in both directions."""
        prm = pj.CallOpParam(True)
        prm.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.reinvite(prm)

    def attend(self, other: Line) -> None:
        """Return nothing; a REFER with Replaces joins this call's far end to the other's (RFC 3891)."""
        self.xferReplaces(other, pj.CallOpParam())

    def perform(self, steps: Iterable[list[Any]]) -> None:
        """Return nothing; the steps follow one another by the worker's clock until the call is over."""
        self._advance(self._steps(steps))

    def _advance(self, script: Iterator[float]) -> None:
        if self.over:
            return
        delay = next(script, None)
        if delay is not None:
            self.phone.clock.later(delay, lambda: self._advance(script))

    def _steps(self, steps: Iterable[list[Any]]) -> Iterator[float]:
        for name, *rest in steps:
            if name == "wait":
                yield float(rest[0])
            elif name == "dtmf":
                self.press(rest[0], rest[1] if len(rest) > 1 else "rfc2833")
                yield DIGIT_GAP * len(rest[0])
            elif name == "play":
                self.log("play", rest[0])
                yield self.sound.play(rest[0])
            else:
                self.phone.do_to(self, name, rest)
                yield 0.0

    # -- what pjsua2 tells ---------------------------------------------------------------------

    def log(self, what: str, detail: str = "", status: int = 0) -> None:
        self.phone.tell(what, call=self.key, detail=detail, status=status)

    def onCallState(self, prm: Any) -> None:
        with self.phone.guard(self.key):
            info = self.getInfo()
            state = STATES.get(info.state, "none")
            self.over = self.over or state == "disconnected"
            if state not in ("incoming", "none"):
                self.log(state, info.lastReason, info.lastStatusCode)
            if self.over:
                self.phone.clock.later(0.0, self._close)

    def _close(self) -> None:
        self.sound.close()
        self.phone.clock.later(SETTLING, self._recorded)

    def _recorded(self) -> None:
        if self.sound.complete():
            self.log("recorded")
        else:
            self.phone.clock.later(SETTLING, self._recorded)

    def onCallMediaState(self, prm: Any) -> None:
        with self.phone.guard(self.key):
            info = self.getInfo()  # kept in a variable: a temporary is freed while its media are walked
            for index, media in enumerate(info.media):
                if media.type == pj.PJMEDIA_TYPE_AUDIO:
                    self._media(index, MEDIA.get(media.status, "none"))
                    return

    def _media(self, index: int, status: str) -> None:
        if status in ("active", "remote_hold"):
            if (began := self.sound.connect(self.getAudioMedia(index))) is not None:
                self.phone.tell("recording", call=self.key, detail=str(self.sound.record), at=began)
        else:
            self.sound.disconnect()
        self.log("media", status)

    def onDtmfDigit(self, prm: Any) -> None:
        self.log("heard", prm.digit)

    def onCallTransferStatus(self, prm: Any) -> None:
        with self.phone.guard(self.key):
            self.log("transfer", prm.reason, prm.statusCode)
            if prm.finalNotify and prm.statusCode // 100 == 2:
                self.phone.clock.later(0.0, lambda: self.phone.hangup(self.key))

    def onCallTransferRequest(self, prm: Any) -> None:
        prm.statusCode = 603  # a test phone goes nowhere it was not sent by the test


def dialled(message: str) -> str:
    """Return the number a whole INVITE asks for."""
    return sip.parse_address(sip.request_uri(message)).user
