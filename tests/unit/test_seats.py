"""Agents and queues from AMI's words."""

from __future__ import annotations

import pytest

from hotline import seats


def member(queue: str, number: str = "8001", **facts: str) -> dict[str, str]:
    base = {
        "Event": "QueueMember", "Queue": queue, "Name": number, "Status": "1", "Paused": "0", "InCall": "0",
        "CallsTaken": "2", "LastCall": "0",
    }
    return base | facts


def endpoint(number: str = "8001", state: str = "Not in use") -> dict[str, str]:
    return {"Event": "EndpointList", "ObjectName": number, "DeviceState": state}


@pytest.mark.parametrize(
    ("device", "members", "state"),
    [
        ("Unavailable", [member("consult")], "unregistered"),
        ("Not in use", [], "logged-out"),
        ("Not in use", [member("consult")], "free"),
        ("Ringing", [member("consult", Status="6")], "ringing"),
        ("In use", [member("consult", Status="2")], "talking"),
        ("In use", [member("consult", InCall="1")], "talking"),
        ("Not in use", [member("consult", Paused="1", PausedReason="rest")], "paused"),
        ("Not in use", [member("consult", LastCall="1000")], "wrap-up"),
        ("Not in use", [member("consult", LastCall="980")], "free"),
    ],
)
def test_the_state_of_an_agent(device: str, members: list[dict[str, str]], state: str) -> None:
    (seat,) = seats.seats(["8001"], [endpoint(state=device)], members, after_call=990.0)
    assert seat.state == state


def test_an_agent_in_several_queues() -> None:
    events = [member("yi"), member("consult", Paused="1", PausedReason="meal"), member("consult", "8002")]
    one, two, three = seats.seats(["8001", "8002", "8003"], [endpoint(), endpoint("8002")], events)
    assert (one.queues, one.calls, one.reason) == (("consult", "yi"), 2, "meal")  # a call counts in each
    assert two.queues == ("consult",) and two.registered
    assert (three.state, three.registered) == ("unregistered", False)


def test_queues_with_those_who_wait() -> None:
    events = [
        {"Event": "QueueParams", "Queue": "consult"}, member("consult"), member("consult", "8002", Status="2"),
        member("consult", "8003", Paused="1"), {"Event": "QueueEntry", "Queue": "consult", "Wait": "7"},
        {"Event": "QueueEntry", "Queue": "consult", "Wait": "31"}, {"Event": "QueueParams", "Queue": "yi"},
    ]
    consult, yi = seats.queues(events)
    assert (consult.waiting, consult.longest, consult.members, consult.free) == (2, 31, 3, 1)
    assert (yi.name, yi.waiting, yi.longest, yi.members, yi.free) == ("yi", 0, 0, 0, 0)
