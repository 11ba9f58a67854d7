"""One SIP phone on one pjsua2 endpoint (worker process): account, calls, rules for incoming calls."""

from __future__ import annotations

import ctypes
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.phones import sip
from tests.phones.clock import Clock
from tests.phones.line import Line, dialled, with_status
from tests.phones.sound import RATE, SETTLING, Sound, silence

pj: Any = import_module("pjsua2")

CALLS = 4
"""Calls a phone holds at a time, as the library was compiled (PJSUA_MAX_CALLS); one more hears 486."""
CODECS = {"PCMA/8000/1": 255, "PCMU/8000/1": 254}


def endpoint_config(folder: Path) -> Any:
    """Return the settings of an endpoint driven by one thread, with its SIP trace in the folder."""
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = CALLS
    config.logConfig.level = 4
    config.logConfig.consoleLevel = 0
    config.logConfig.msgLogging = True
    config.logConfig.filename = str(folder / "trace.log")
    config.medConfig.clockRate = config.medConfig.sndClockRate = RATE
    config.medConfig.ecTailLen = 0
    config.medConfig.noVad = True
    return config


def reason(error: Exception) -> str:
    """Return what went wrong, in pjsua2's words where it has some."""
    return str(getattr(error, "reason", "")) or repr(error)


class _Account(pj.Account):  # type: ignore[misc]
    def __init__(self, phone: Softphone) -> None:
        super().__init__()
        self.phone = phone

    def onRegState(self, prm: Any) -> None:
        taken = prm.code // 100 == 2
        self.phone.registered = taken and prm.expiration > 0
        what = "refused" if not taken else "registered" if self.phone.registered else "unregistered"
        self.phone.tell(what, detail=prm.reason, status=prm.code)

    def onIncomingCall(self, prm: Any) -> None:
        with self.phone.guard():
            self.phone.ring(prm.callId, prm.rdata.wholeMsg)


class Softphone:
    """A phone bound to one loopback address; every public method is a command of the test side."""

    def __init__(self, tell: Callable[..., None], clock: Clock, folder: Path, setup: dict[str, Any]) -> None:
        self.tell = tell
        self.clock = clock
        self.folder = folder
        self.setup = setup
        self.lines: dict[int, Line] = {}
        self.registered = False
        self.rules: dict[str | None, dict[str, Any]] = {}
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        self.endpoint.libInit(endpoint_config(folder))
        self.endpoint.audDevManager().setNullDev()
        transport = self._transport()
        self.endpoint.libStart()
        for codec in self.endpoint.codecEnum2():
            self.endpoint.codecSetPriority(codec.codecId, CODECS.get(codec.codecId, 0))
        self.quiet = silence(folder)
        self.host = self.endpoint.transportGetInfo(transport).localName
        self.account = self._account(transport)
        self.tell("ready", detail=self.host)

    def _transport(self) -> int:
        config = pj.TransportConfig()
        config.port = self.setup["port"]
        config.boundAddress = config.publicAddress = self.setup["bind"]
        kind = pj.PJSIP_TRANSPORT_TCP if self.setup["transport"] == "tcp" else pj.PJSIP_TRANSPORT_UDP
        return int(self.endpoint.transportCreate(kind, config))

    def _account(self, transport: int) -> _Account:
        setup, config = self.setup, pj.AccountConfig()
        config.sipConfig.transportId = transport
        media = config.mediaConfig
        media.transportConfig.boundAddress = media.transportConfig.publicAddress = setup["bind"]
        media.lockCodecEnabled = False
        config.natConfig.sipOutboundUse = 0
        config.natConfig.udpKaIntervalSec = 0
        config.idUri = f"<{sip.uri(setup['user'], setup['peer'] if setup['password'] else self.host)}>"
        if setup["password"]:
            config.regConfig.registrarUri = sip.uri("", setup["peer"], setup["transport"])
            config.regConfig.registerOnAdd = False
            config.regConfig.retryIntervalSec = 0
            credentials = pj.AuthCredInfo("digest", "*", setup["user"], 0, setup["password"])
            config.sipConfig.authCreds.append(credentials)
        account = _Account(self)
        account.create(config)
        return account

    @contextmanager
    def guard(self, call: int | None = None) -> Iterator[None]:
        """Report what goes wrong in a pjsua2 callback: an exception must not travel through C++."""
        try:
            yield
        except Exception as error:  # the driver's edge: the test finds it in the phone's log
            traceback.print_exc()
            self.tell("error", call=call, detail=reason(error))

    def _uri(self, number: str) -> str:
        return sip.uri(number, self.setup["peer"], self.setup["transport"])

    def _line(self, call_id: int | None = None) -> Line:
        key = len(self.lines) + 1
        sound = Sound(self.folder / f"call-{key}.wav", self.quiet)
        line = Line(self, key, sound) if call_id is None else Line(self, key, sound, call_id)
        self.lines[key] = line
        return line

    # -- incoming calls ------------------------------------------------------------------------

    def ring(self, call_id: int, message: str) -> None:
        """Return nothing; the call is announced and treated by the rule of its number."""
        line, number = self._line(call_id), dialled(message)
        self.tell(
            "incoming",
            call=line.key,
            dialled=number,
            headers=sip.headers(message),
            record=str(line.sound.record),
        )
        if self.setup["numbers"] and number not in self.setup["numbers"]:
            line.hangup(with_status(404))
            return
        line.answer(with_status(180))
        rule = self.rules.get(number, self.rules.get(None))
        if rule and rule["status"]:
            self.clock.later(rule["after"], lambda: self._obey(line, rule))

    def _obey(self, line: Line, rule: dict[str, Any]) -> None:
        if line.over:
            return
        self.answer(line.key, rule["status"])
        if rule["status"] == 200:
            line.perform(rule["then"])

    # -- commands ------------------------------------------------------------------------------

    def register(self) -> None:
        self.account.setRegistration(True)

    def unregister(self) -> None:
        self.account.setRegistration(False)

    def rule(self, number: str | None, after: float, status: int, then: list[list[Any]]) -> None:
        """Return nothing; number None is for all numbers without a rule of their own, status 0 rings on."""
        self.rules[number] = {"after": after, "status": status, "then": then}

    def call(self, target: str, caller: str, extra: dict[str, str]) -> dict[str, Any]:
        line = self._line()
        line.dial(target, caller, extra)
        return {"call": line.key, "record": str(line.sound.record)}

    def answer(self, call: int, status: int) -> None:
        line = self.lines[call]
        (line.answer if status < 300 else line.hangup)(with_status(status))

    def hangup(self, call: int) -> None:
        line = self.lines[call]
        if not line.over:
            line.hangup(pj.CallOpParam())

    def dtmf(self, call: int, digits: str, method: str) -> None:
        self.lines[call].press(digits, method)

    def hold(self, call: int) -> None:
        self.lines[call].setHold(pj.CallOpParam())

    def unhold(self, call: int) -> None:
        self.lines[call].unhold()

    def transfer(self, call: int, target: str) -> None:
        self.lines[call].xfer(target, pj.CallOpParam())

    def attended(self, call: int, other: int) -> None:
        self.lines[call].attend(self.lines[other])

    def play(self, call: int, path: str, repeat: bool) -> float:
        lasts = self.lines[call].sound.play(path, repeat)
        self.tell("play", call=call, detail=path)
        return lasts

    def stop(self, call: int) -> None:
        self.lines[call].sound.stop()

    def flush(self) -> None:
        """Return nothing; what the library has logged so far is in its file."""
        ctypes.CDLL(None).fflush(None)

    def do_to(self, line: Line, name: str, rest: list[Any]) -> None:
        """Return nothing; one scripted step that takes no time of its own, as the test side's command."""
        steps: dict[str, Callable[..., Any]] = {
            "hangup": self.hangup,
            "hold": self.hold,
            "unhold": self.unhold,
            "transfer": lambda key, number: self.transfer(key, self._uri(number)),
            "stop": self.stop,
        }
        steps[name](line.key, *rest)

    def close(self, patience: float = 2.0) -> None:
        """Return nothing; calls are hung up and the registration is given back, if the far end takes them.

        The endpoint is not destroyed: that takes a second, and the process is about to end.
        """
        self.endpoint.hangupAllCalls()
        if self.registered:
            self.unregister()
        self._pump(patience, lambda: self.talking() or self.registered)
        for line in self.lines.values():
            line.sound.close()
        self._pump(SETTLING if self.lines else 0.0, lambda: True)
        self._pump(patience, lambda: not all(line.sound.complete() for line in self.lines.values()))
        self.flush()

    def _pump(self, patience: float, busy: Callable[[], bool]) -> None:
        end = time.monotonic() + patience
        while busy() and time.monotonic() < end:
            self.endpoint.libHandleEvents(20)

    def talking(self) -> bool:
        """Return whether any call is not over."""
        return any(not line.over for line in self.lines.values())
