"""The live state: what single events do, and that no order of them can break it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callqueue.live import view
from callqueue.live.device import Device, device
from callqueue.live.query import built
from callqueue.live.state import ANSWERS, EVENTS, State

AT = 1_795_000_000.0
CITIZEN = {"Channel": "PJSIP/trunk-1", "Uniqueid": "1794999990.1", "Linkedid": "1794999990.1",
           "ChannelStateDesc": "Up", "CallerIDNum": "13900000001",
           "ChanVariable": "HOTLINE_CALL_ID=1794999990.1\nHOTLINE_QUEUE=consult\nHOTLINE_PATH=greeting:1"}  # fmt: skip
PHONE = {"Channel": "PJSIP/8001-2", "Uniqueid": "1794999995.2", "Linkedid": "1794999990.1", "ChannelStateDesc": "Up",
         "CallerIDNum": "8001", "ConnectedLineNum": "13900000001"}  # fmt: skip


def of(name: str, *parts: dict[str, str], **more: str) -> dict[str, str]:
    event = {"Event": name, "Timestamp": f"{AT:.6f}"}
    for part in parts:
        event |= part
    return event | more


def member(name: str = "QueueMemberStatus", **facts: str) -> dict[str, str]:
    base = {
        "Queue": "consult", "MemberName": "8001", "Interface": "PJSIP/8001", "Status": "1", "Paused": "0",
        "InCall": "0", "CallsTaken": "2", "LastCall": "0", "LastPause": "0", "LoginTime": "1794990000",
    }
    return of(name, base, **facts)


def state_after(*events: dict[str, str]) -> State:
    state = State()
    for event in events:
        state.apply(event)
    return state


def seat(state: State, wrap_up: int = 15) -> view.Seat:
    [found] = view.seats(state, ["8001"], AT, wrap_up)
    return found


PLUGGED = of("DeviceStateChange", Device="PJSIP/8001", State="NOT_INUSE")


@pytest.mark.parametrize("text", ["Not in use", "NOT_INUSE", "1"])
def test_a_device_state_however_it_is_written(text: str) -> None:
    assert device(text) is Device.FREE
    assert device("Ring+Inuse") is device("RINGINUSE") is device("7") is Device.RINGING_IN_USE
    assert device("nonsense") is Device.UNKNOWN


@pytest.mark.parametrize(
    ("events", "doing"),
    [
        ([], "unregistered"),
        ([of("DeviceStateChange", Device="PJSIP/8001", State="UNAVAILABLE"), member()], "unregistered"),
        ([PLUGGED], "logged-out"),
        ([PLUGGED, member()], "free"),
        ([PLUGGED, member(), of("Newchannel", PHONE, ChannelStateDesc="Down")], "ringing"),
        ([PLUGGED, member(), of("Newstate", PHONE, ChannelStateDesc="Ringing")], "ringing"),
        ([PLUGGED, member(), of("Newchannel", PHONE, ChannelStateDesc="Ring")], "talking"),
        ([PLUGGED, member(), of("Newstate", PHONE)], "talking"),
        ([PLUGGED, member(), of("Newstate", PHONE), of("Hold", PHONE)], "held"),
        ([PLUGGED, member(), of("Newstate", PHONE), of("Hold", PHONE), of("Unhold", PHONE)], "talking"),
        ([PLUGGED, member(), of("Newstate", PHONE), of("Hangup", PHONE)], "free"),
        ([PLUGGED, member(Paused="1", PausedReason="rest", LastPause="1794999000")], "paused"),
        ([PLUGGED, member(LastCall=f"{AT - 10:.0f}")], "wrap-up"),
        ([PLUGGED, member(LastCall=f"{AT - 20:.0f}")], "free"),
        ([PLUGGED, member(), member("QueueMemberRemoved")], "logged-out"),
    ],
)
def test_what_an_agent_does(events: list[dict[str, str]], doing: str) -> None:
    assert seat(state_after(*events)).state == doing


def test_since_when_and_why_an_agent_does_it() -> None:
    paused = seat(state_after(PLUGGED, member(Paused="1", PausedReason="rest", LastPause="1794999000")))
    assert (paused.reason, paused.since, paused.queues, paused.calls) == ("rest", 1794999000.0, ("consult",), 2)
    joined = of("BridgeEnter", PHONE, BridgeUniqueid="b")
    assert seat(state_after(PLUGGED, of("Newstate", PHONE), joined)).since == AT
    assert seat(state_after(PLUGGED, of("Newstate", PHONE))).since == 1794999995.0


def test_whom_an_agent_speaks_with_also_through_a_local_channel() -> None:
    """The desk is behind both halves of a Local channel, in a room of its own."""
    room = [of("BridgeEnter", part, BridgeUniqueid="room") for part in (CITIZEN, PHONE)]
    one = {"Channel": "Local/110@danger-desk-7;1", "Uniqueid": "1794999996.3", "ChannelStateDesc": "Up"}
    two = one | {"Channel": "Local/110@danger-desk-7;2", "Uniqueid": "1794999996.4"}
    desk = {"Channel": "PJSIP/emergency-5", "Uniqueid": "1794999996.5", "ChannelStateDesc": "Up", "CallerIDNum": "110"}
    local = [of("BridgeEnter", one, BridgeUniqueid="room"), of("BridgeEnter", two, BridgeUniqueid="desk")]
    spying = of("ChanSpyStart", SpyerUniqueid="1794999999.6", SpyeeUniqueid=PHONE["Uniqueid"])
    boss = of("Newstate", {"Channel": "PJSIP/8008-6", "Uniqueid": "1794999999.6", "ChannelStateDesc": "Up"})
    state = state_after(PLUGGED, *room, *local, of("BridgeEnter", desk, BridgeUniqueid="desk"), boss, spying)
    found = seat(state)
    assert {peer.number for peer in found.peers} == {"13900000001", "110"}
    citizen = next(peer for peer in found.peers if peer.number == "13900000001")
    assert (citizen.call, citizen.queue, citizen.path) == ("1794999990.1", "consult", "greeting:1")
    assert found.listeners == ("8008",)
    state.apply(of("ChanSpyStop", SpyerUniqueid="1794999999.6"))
    assert seat(state).listeners == ()


def test_callers_wait_in_order_and_the_longest_wait_is_told() -> None:
    events = [of("QueueCallerJoin", Queue="consult", Uniqueid=name, Position=place, CallerIDNum=name)
              for name, place in (("a", "1"), ("b", "2"), ("urgent", "1"))]  # fmt: skip
    state = state_after(*events, of("QueueCallerLeave", Queue="consult", Uniqueid="a", Position="2"))
    [line] = view.queues(state, AT + 31)
    assert [(one.caller, one.position) for one in line.callers] == [("urgent", 1), ("b", 2)]
    assert (line.waiting, line.longest) == (2, 31)


def test_a_caller_told_by_the_query_and_by_an_older_event_waits_once() -> None:
    entry = {"Event": "QueueEntry", "Queue": "consult", "Uniqueid": "a", "Wait": "7", "Position": "1"}
    state = built([entry], AT)
    state.apply(of("QueueCallerJoin", Queue="consult", Uniqueid="a", Position="1"))
    [line] = view.queues(state, AT)
    assert (line.waiting, line.longest) == (1, 7)


def test_the_trunk_and_what_it_carries() -> None:
    listed = {"Event": "EndpointList", "ObjectName": "trunk", "DeviceState": "In use"}
    state = state_after(PLUGGED, listed, of("Newstate", CITIZEN))
    assert view.trunks(state, ["8001"]) == [view.Trunk("trunk", Device.IN_USE, 1)]


def test_what_no_query_tells_is_kept_over_one() -> None:
    before = state_after(of("BridgeEnter", PHONE, BridgeUniqueid="b"), of("Hold", PHONE))
    channel = {**PHONE, "Event": "CoreShowChannel", "BridgeId": "b"}
    fresh = built([channel], AT + 100)
    fresh.keep_unasked(before)
    assert (fresh.channels[PHONE["Uniqueid"]].held, fresh.channels[PHONE["Uniqueid"]].since) == (True, AT)
    moved = built([{**channel, "BridgeId": "c"}], AT + 100)
    moved.keep_unasked(before)
    assert not moved.channels[PHONE["Uniqueid"]].held


# -- any order ---------------------------------------------------------------------------------------

_WORDS = st.sampled_from(["", "1", "2", "-1", "a", "consult", "PJSIP/8001", "Up", "Ringing", "²", "nan", "<unknown>"])
_NAMES = st.sampled_from([
    "Uniqueid", "Channel", "ChannelStateDesc", "Queue", "Position", "Interface", "MemberName", "Status", "Paused",
    "LastCall", "LastPause", "BridgeUniqueid", "SpyerUniqueid", "SpyeeUniqueid", "Device", "State", "Timestamp",
    "Wait", "ChanVariable", "Newname", "ObjectName", "CallerIDNum",
])
_ANY = st.builds(
    lambda name, facts: {"Event": name, **facts},
    st.sampled_from(sorted(EVENTS | ANSWERS | {"Nothing"})), st.dictionaries(_NAMES, _WORDS),
)


@given(st.lists(_ANY, max_size=60))
@example([{"Event": "QueueCallerJoin", "Uniqueid": "1", "Timestamp": "nan"}])
def test_no_event_breaks_the_state_or_its_views(events: list[Any]) -> None:
    state = State()
    for event in events:
        assert state.apply(event) == (event["Event"] != "Nothing")
    view.seats(state, ["8001", "8002"], AT, 15)
    view.queues(state, AT)
    view.trunks(state, ["8001"])
    State().keep_unasked(state)
