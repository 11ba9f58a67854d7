"""A busy hotline as its manager tells it: 50 queues, 500 agents, 20 calls a second, each answered after a second."""

from __future__ import annotations

import heapq
import itertools
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.manager_server import Headers, frame

QUEUES = tuple(f"queue{number:02d}" for number in range(50))
AGENTS = tuple(str(8001 + number) for number in range(500))
RATE = 20  # calls a second
_EACH = 5  # queues of an agent
_WAIT, _TALK, _WRAP_UP = 1.0, 18.0, 3.0  # seconds
Step = tuple[float, int, Callable[[], list[Headers]]]


def queues_of(agent: int) -> list[str]:
    return [QUEUES[(agent + 7 * number) % len(QUEUES)] for number in range(_EACH)]


def answers(query: str) -> Iterator[Headers]:
    """What the queries tell at the beginning: everybody free, nobody on the line."""
    if query == "QueueStatus":
        for name in QUEUES:
            yield {"Event": "QueueParams", "Queue": name}
        for number, agent in enumerate(AGENTS):
            for name in queues_of(number):
                yield {"Event": "QueueMember", "Queue": name, "Name": agent, "Location": f"PJSIP/{agent}",
                       "Status": "1", "Paused": "0"}  # fmt: skip
    if query == "PJSIPShowEndpoints":
        for name in (*AGENTS, "8101", "trunk"):
            yield {"Event": "EndpointList", "ObjectName": name, "DeviceState": "Not in use"}


@dataclass(slots=True)
class Busy:
    """Speaks on a link for `seconds`; a caller's uniqueid is the moment of the event that told of the caller first."""

    seconds: float
    _steps: list[Step] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)
    _agents: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(len(AGENTS))))

    def speak(self, link: socket.socket) -> None:
        began = time.time()
        for number in range(round(self.seconds * RATE)):
            self._at(began + number / RATE, self._joins)
        while self._steps:
            moment, _, step = heapq.heappop(self._steps)
            time.sleep(max(moment - time.time(), 0))
            link.sendall(b"".join(frame(event) for event in step()))

    def _at(self, moment: float, step: Callable[[], list[Headers]]) -> None:
        heapq.heappush(self._steps, (moment, next(self._order), step))

    def _joins(self) -> list[Headers]:
        now, agent = time.time(), next(self._agents)
        uniqueid, queue = f"{now:.6f}", queues_of(agent)[0]
        caller = {
            "Timestamp": uniqueid, "Uniqueid": uniqueid, "Channel": f"PJSIP/trunk-{uniqueid}", "Linkedid": uniqueid,
            "ChannelStateDesc": "Up", "CallerIDNum": "13900000001", "Queue": queue,
            "ChanVariable": f"HOTLINE_CALL_ID={uniqueid}\nHOTLINE_QUEUE={queue}\nHOTLINE_PATH=greeting:1",
        }
        self._at(now + _WAIT, lambda: self._answered(caller, agent))
        waits = {"Event": "QueueCallerJoin", "Position": "1", "Count": "1"}
        return [{"Event": "Newchannel", **caller}, {"Event": "Newstate", **caller}, {**caller, **waits}]

    def _answered(self, caller: Headers, agent: int) -> list[Headers]:
        number, at = AGENTS[agent], f"{time.time():.6f}"
        phone = {
            "Timestamp": at, "Uniqueid": f"{at}.8", "Channel": f"PJSIP/{number}-{at}", "Linkedid": caller["Uniqueid"],
            "ChannelStateDesc": "Up", "CallerIDNum": number, "ConnectedLineNum": caller["CallerIDNum"],
        }
        bridge = {"BridgeUniqueid": f"bridge-{at}"}
        self._at(time.time() + _TALK, lambda: self._ended(caller, phone, bridge, agent))
        return [
            {"Event": "Newchannel", **phone, "ChannelStateDesc": "Ringing"}, {"Event": "Newstate", **phone},
            {"Event": "QueueCallerLeave", **caller}, {"Event": "BridgeEnter", **phone, **bridge},
            {"Event": "BridgeEnter", **caller, **bridge}, *_device(agent, "INUSE", "2", "0"),
        ]  # fmt: skip

    def _ended(self, caller: Headers, phone: Headers, bridge: Headers, agent: int) -> list[Headers]:
        gone: list[Headers] = []
        for leg in (phone, caller):
            gone += [{"Event": "BridgeLeave", **leg, **bridge}, {"Event": "Hangup", **leg, "Cause": "16"}]
        return [*gone, *_device(agent, "NOT_INUSE", "1", f"{time.time():.0f}")]


def _device(agent: int, state: str, status: str, last: str) -> list[Headers]:
    number = AGENTS[agent]
    at = {"Timestamp": f"{time.time():.6f}"}
    member = {"Event": "QueueMemberStatus", "MemberName": number, "Interface": f"PJSIP/{number}", "Status": status,
              "Paused": "0", "LastCall": last, "CallsTaken": "1", **at}  # fmt: skip
    changed: Headers = {"Event": "DeviceStateChange", "Device": f"PJSIP/{number}", "State": state, **at}
    return [changed, *({**member, "Queue": name} for name in queues_of(agent))]
