"""What supervisors do: the AMI actions it becomes, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from callqueue import places
from callqueue.figures import Bucket, Visit, values
from callqueue.live import control
from callqueue.live.control import ControlError, Listening, NoSuch
from callqueue.live.figures import counted
from callqueue.live.state import State
from hotline.board import Thresholds, alerts, changes
from store.base import LOCAL
from telephony.ami import Reply


class Sent:
    """Notes every action; `no` are those that Asterisk refuses."""

    def __init__(self, *no: str) -> None:
        self.actions: list[Mapping[str, str]] = []
        self._no = no

    async def action(self, headers: Mapping[str, str], /) -> Reply:
        self.actions.append(headers)
        return Reply(headers["Action"] not in self._no, "no" if headers["Action"] in self._no else "", {})


def state() -> State:
    """8001 in `consult`, talking with a citizen; two wait; 8101 is registered, 8102 is not."""
    made = State()
    for event in (
        {"Event": "QueueParams", "Queue": "consult"}, {"Event": "QueueParams", "Queue": "yi"},
        {"Event": "QueueMember", "Queue": "consult", "Name": "8001", "Location": "PJSIP/8001", "Status": "2"},
        {"Event": "QueueEntry", "Queue": "consult", "Uniqueid": "1.1", "Channel": "PJSIP/trunk-1", "Priority": "3"},
        {"Event": "QueueEntry", "Queue": "consult", "Uniqueid": "1.2", "Channel": "PJSIP/trunk-2", "Priority": "0"},
        {"Event": "DeviceStateChange", "Device": "PJSIP/8101", "State": "NOT_INUSE"},
        {"Event": "DeviceStateChange", "Device": "PJSIP/8102", "State": "UNAVAILABLE"},
        {"Event": "BridgeEnter", "Uniqueid": "1.3", "Channel": "PJSIP/trunk-3", "ChannelStateDesc": "Up",
         "BridgeUniqueid": "b"},
        {"Event": "BridgeEnter", "Uniqueid": "1.4", "Channel": "PJSIP/8001-4", "ChannelStateDesc": "Up",
         "BridgeUniqueid": "b", "Linkedid": "1.3"},
    ):  # fmt: skip
        assert made.apply(event)
    return made


def done(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_a_caller_goes_in_front_of_everyone_who_joined_before_or_was_put_in_front_before() -> None:
    sent, moment = Sent(), datetime(2026, 11, 28, 9, tzinfo=LOCAL)
    done(control.to_front(sent, state(), "1.2", moment))
    [action] = sent.actions
    assert (action["Caller"], action["Immediate"]) == ("PJSIP/trunk-2", "yes")
    joined = places.priority(places.joined(moment - timedelta(hours=3)))
    assert joined < places.in_front(moment - timedelta(seconds=1)) < int(action["Priority"]) < 2**31


def test_a_caller_is_moved_by_withdrawal_so_that_nothing_is_abandoned() -> None:
    sent = Sent()
    done(control.to_queue(sent, state(), "1.2", "yi"))
    assert sent.actions == [
        {"Action": "QueueWithdrawCaller", "Queue": "consult", "Caller": "PJSIP/trunk-2", "WithdrawInfo": "yi"}
    ]
    for target in ("consult", "nowhere"):
        with pytest.raises(ControlError):
            done(control.to_queue(sent, state(), "1.2", target))


def test_an_agent_is_left_in_exactly_the_queues_named() -> None:
    sent = Sent()
    done(control.move_agent(sent, state(), "8001", ["yi"]))
    assert [(action["Action"], action["Queue"]) for action in sent.actions] == [
        ("QueueAdd", "yi"), ("QueueRemove", "consult"),
    ]
    with pytest.raises(NoSuch):
        done(control.move_agent(sent, state(), "8001", ["nowhere"]))


def test_danger_does_not_wait_for_the_wrap_up_of_who_was_logged_in_by_command() -> None:
    sent = Sent()
    done(control.log_in(sent, "8001", ["consult", "danger"]))
    assert [action.get("Wrapuptime") for action in sent.actions] == [None, "1"]


@pytest.mark.parametrize(("how", "channel"), [(Listening.LISTEN, "PJSIP/8001-4"), (Listening.TAKE, "PJSIP/trunk-3")])
def test_the_supervisors_telephone_is_called_into_the_call(how: Listening, channel: str) -> None:
    sent = Sent()
    done(control.join(sent, state(), "8001", "8101", how))
    [action] = sent.actions
    assert (action["Channel"], action["Context"], action["Exten"]) == ("PJSIP/8101", "supervise", how)
    assert action["Variable"] == f"HOTLINE_SUPERVISED={channel},__HOTLINE_CALL_ID=1.3"


def test_what_cannot_be_done_is_refused() -> None:
    sent = Sent("Hangup")
    refused = [
        control.to_front(sent, state(), "9.9", datetime.now(LOCAL)), control.hang_up(sent, state(), "9.9"),
        control.hang_up(sent, state(), "1.3"), control.join(sent, state(), "8002", "8101", Listening.LISTEN),
        control.join(sent, state(), "8001", "8102", Listening.LISTEN),
    ]
    for work in refused:
        with pytest.raises(ControlError):
            done(work)


def test_the_figures_of_calls_counted_by_hand() -> None:
    """Five entered a queue: three spoke with an agent, two of them within 15 s; one gave up, one left a message.
    They are the figures of the reports: one call is not counted in two ways.
    """
    now = datetime(2026, 11, 24, 14, 30, tzinfo=LOCAL)
    told = [("answered", 3.0, 1), ("answered", 15.0, 1), ("emergency", 40.0, 5), ("abandoned-queue", 60.0, 1),
            ("voicemail", 300.0, 20)]  # fmt: skip
    visits = [
        (now - timedelta(hours=hours), Visit(True, how in ("answered", "emergency"), how, waited))
        for how, waited, hours in told
    ]
    visits.append((now - timedelta(hours=1), Visit(False, False, "abandoned-menu")))
    found = counted(visits, now)
    assert (found["offered"], found["answered"], found["in_time"], found["abandoned"]) == (5, 3, 2, 1)
    assert (found["rate"], found["in_time_rate"], found["abandon_rate"]) == (60.0, 40.0, 20.0)
    reported = values(Bucket([visit for _, visit in visits]))
    assert [found["rate"], found["abandon_rate"]] == [reported["connection_pct"], reported["abandoned_pct"]]
    assert found["hours"] == list(range(15))
    assert (found["curve"]["offered"][13], found["curve"]["answered"][13]) == (3, 2)
    assert sum(found["curve"]["offered"]) == 4  # the one with a message was yesterday
    assert counted([], now)["rate"] == 0.0


def test_alerts_are_beyond_a_threshold_and_changes_are_whole_rows() -> None:
    row = {"name": "consult", "label": "咨询", "waiting": 5, "longest": 60}
    view = {"queues": [row], "agents": [], "trunks": [], "current": True}
    limits = Thresholds(waiting=5, seconds=60, rate=95)
    assert alerts(view, {"offered": 10, "rate": 95.0}, limits) == {}
    worse = view | {"queues": [row | {"waiting": 6, "longest": 61}], "current": False}
    assert set(alerts(worse, {"offered": 10, "rate": 94.9}, limits)) == {
        "waiting consult", "longest consult", "rate", "link",
    }
    assert alerts(view, {"offered": 0, "rate": 0.0}, limits) == {}
    assert changes(view, view) == {}
    assert changes(view, worse) == {"queues": worse["queues"]}
