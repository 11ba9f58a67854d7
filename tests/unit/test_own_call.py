"""An agent's own call from the live state, and what agents may do with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from callqueue.live import seated
from callqueue.live.control import ControlError
from callqueue.live.own import OwnCall, Phase, own_call
from callqueue.live.state import State
from telephony.ami import Reply

ID = "1795000000.1"
FACTS = f"HOTLINE_CALL_ID={ID}"
CITIZEN = {"Channel": "PJSIP/trunk-1", "Uniqueid": ID, "Linkedid": ID, "ChannelStateDesc": "Up",
           "CallerIDNum": "13900000001", "ChanVariable": f"{FACTS}\nHOTLINE_QUEUE=consult\nHOTLINE_PATH=main:2"}
PHONE = {"Channel": "PJSIP/8001-2", "Uniqueid": "1795000009.2", "Linkedid": ID, "CallerIDNum": "8001",
         "ChanVariable": FACTS}  # fmt: skip
PHONES = ("8001", "8002", "8101")


def after(*events: Mapping[str, str]) -> State:
    state = State()
    for event in events:
        state.apply({"Timestamp": "1795000010.0", **event})
    return state


def own(*events: Mapping[str, str], number: str = "8001") -> OwnCall | None:
    return own_call(after(*events), number, PHONES)


def of(name: str, *parts: Mapping[str, str], **more: str) -> dict[str, str]:
    return {"Event": name, **{key: value for part in parts for key, value in part.items()}, **more}


RINGS = (of("Newstate", CITIZEN), of("Newstate", PHONE, ChannelStateDesc="Ringing"))
TALKS = (*RINGS, of("BridgeEnter", CITIZEN, BridgeUniqueid="b"),
         of("BridgeEnter", PHONE, BridgeUniqueid="b", ChannelStateDesc="Up"))


def test_a_ringing_phone_tells_who_calls_and_how_they_came() -> None:
    found = own(*RINGS)
    assert found is not None
    assert (found.call, found.phase, found.number, found.queue, found.path, found.direction) == (
        ID, Phase.RINGING, "13900000001", "consult", "main:2", "inbound",
    )  # fmt: skip
    assert (found.channel, found.other, found.parties) == ("PJSIP/8001-2", "PJSIP/trunk-1", ())
    assert own(*RINGS, number="8002") is None


def test_a_call_is_spoken_held_and_consulted_about() -> None:
    talking = own(*TALKS)
    assert talking is not None and (talking.phase, talking.parties) == (Phase.TALKING, ("13900000001",))
    held = own(*TALKS, of("Hold", PHONE, ChannelStateDesc="Up"))
    assert held is not None and held.phase is Phase.HELD
    asked = {"Channel": "PJSIP/8002-3", "Uniqueid": "1795000020.3", "ChannelStateDesc": "Up", "CallerIDNum": "8002"}
    consulting = own(*TALKS, of("BridgeEnter", PHONE, BridgeUniqueid="c", ChannelStateDesc="Up"),
                     of("BridgeEnter", asked, BridgeUniqueid="c"))  # fmt: skip
    assert consulting is not None
    assert (consulting.phase, consulting.number, consulting.parties) == (Phase.CONSULTING, "13900000001", ("8002",))


@pytest.mark.parametrize(
    ("leg", "direction", "number"), [("trunk-9", "outbound", "13900000007"), ("8002-9", "internal", "8002")]
)
def test_whom_the_agent_calls(leg: str, direction: str, number: str) -> None:
    mine = PHONE | {"Uniqueid": "1795000030.5", "Linkedid": "1795000030.5",
                    "ChanVariable": "HOTLINE_CALL_ID=1795000030.5"}
    called = {"Channel": f"PJSIP/{leg}", "Uniqueid": "1795000031.6", "Linkedid": "1795000030.5",
              "CallerIDNum": number, "ChannelStateDesc": "Ringing"}
    found = own(of("Newstate", mine, ChannelStateDesc="Up"), of("Newstate", called))
    assert found is not None
    assert (found.direction, found.number, found.phase, found.other) == (
        direction, number, Phase.CALLING, f"PJSIP/{leg}",
    )  # fmt: skip


class Sent:
    """Notes every action."""

    def __init__(self) -> None:
        self.actions: list[Mapping[str, str]] = []

    async def action(self, headers: Mapping[str, str], /) -> Reply:
        self.actions.append(headers)
        return Reply(True, "", {})


def test_only_what_fits_the_call_is_done() -> None:
    """Nobody is transferred to oneself, to a phone that is not there, to a word, or while it still rings."""
    state = after(*TALKS, of("DeviceStateChange", Device="PJSIP/8001", State="INUSE"),
                  of("DeviceStateChange", Device="PJSIP/8002", State="UNAVAILABLE"))
    talking, ringing = own(*TALKS), own(*RINGS)
    assert talking is not None and ringing is not None
    sent = Sent()
    for call, to in ((talking, "8001"), (talking, "8002"), (talking, "119"), (talking, "a"), (ringing, "13900000002"),
                     (talking, "12345"), (talking, "96128")):
        with pytest.raises(ControlError):
            asyncio.run(seated.transfer(sent, state, call, to))
        with pytest.raises(ControlError):
            seated.consulted(state, call, to)
    for refused in (seated.back(sent, talking), seated.emergency(sent, ringing, "119")):
        with pytest.raises(ControlError):
            asyncio.run(refused)
    assert sent.actions == []
    asyncio.run(seated.transfer(sent, state, talking, "13900000002"))
    assert sent.actions == [
        {"Action": "BlindTransfer", "Channel": "PJSIP/8001-2", "Context": "transfer", "Exten": "13900000002"}
    ]


PLACE = {"Channel": "Local/13900000001@kept-place-00000007;2", "Uniqueid": "1795000000.2", "Linkedid": ID,
         "ChannelStateDesc": "Up", "CallerIDNum": "13900000001", "ChanVariable": f"{FACTS}\nHOTLINE_QUEUE=consult"}
HALF = PLACE | {"Channel": "Local/13900000001@kept-place-00000007;1", "Uniqueid": ID, "CallerIDNum": "12345"}
CALLED = {"Channel": "PJSIP/trunk-3", "Uniqueid": "1795000011.4", "Linkedid": ID, "CallerIDNum": "13900000001",
          "ChanVariable": FACTS}  # fmt: skip
RESERVED = (of("Newstate", HALF), of("Newstate", PLACE), of("Newstate", PHONE, ChannelStateDesc="Ringing"))
CALLING = (*RESERVED, of("BridgeEnter", PLACE, BridgeUniqueid="b"),
           of("BridgeEnter", PHONE, BridgeUniqueid="b", ChannelStateDesc="Up"),
           of("Newstate", CALLED, ChannelStateDesc="Ringing"))  # fmt: skip
JOINED = (*CALLING, of("BridgeEnter", HALF, BridgeUniqueid="c"),
          of("BridgeEnter", CALLED, BridgeUniqueid="c", ChannelStateDesc="Up"))  # fmt: skip


def test_a_kept_place_shows_the_citizen_whom_the_emergency_key_moves() -> None:
    """R6: no half of the place, and nobody before the citizen has answered."""
    seen = [own(*events) for events in (RESERVED, CALLING, JOINED)]
    assert [one and one.phase for one in seen] == [Phase.RINGING, Phase.CALLING, Phase.TALKING]
    assert [one and one.other for one in seen] == ["", "", CALLED["Channel"]]
    assert {one and (one.number, one.direction, one.queue) for one in seen} == {("13900000001", "callback", "consult")}
    asked = {"Channel": "PJSIP/8002-5", "Uniqueid": "1795000020.6", "ChannelStateDesc": "Up", "CallerIDNum": "8002"}
    consulting = own(*JOINED, of("BridgeEnter", PHONE, BridgeUniqueid="d", ChannelStateDesc="Up"),
                     of("BridgeEnter", asked, BridgeUniqueid="d"))  # fmt: skip
    assert consulting is not None and consulting.phase is Phase.CONSULTING
    held = own(*JOINED, of("Hold", PHONE, ChannelStateDesc="Up"))
    assert held is not None and held.phase is Phase.HELD
