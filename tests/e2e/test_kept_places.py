"""In the queue, 1 keeps the place: the citizen hangs up, and is called when the place has its turn."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest

from tests.e2e import scenes
from tests.e2e.county import County, new_number
from tests.e2e.scenes import answered, ask_for, no_channels
from tests.hotline_fixture import Hotline, Hotlines, eventually
from tests.phones import Call, Town

nothing_left = scenes.nothing_left


def task_of(hotline: Hotline, phone: str, **wanted: Any) -> dict[str, Any]:
    """The task of the number, once it shows what is wanted."""

    def found() -> dict[str, Any] | None:
        rows = [one for one in hotline.json("missed", "list", "--all") if one["phone"] == phone]
        return next((one for one in rows if all(one[name] == value for name, value in wanted.items())), None)

    return eventually(found, 30, f"a task of {phone} with {wanted}") or {}


def keep(county: County, call: Call) -> None:
    """The caller, who waits, presses 1, hears that it was taken, and is out."""
    call.dtmf("1")
    call.hears(county.sound("queue_callback_done"), 10)
    call.wait("disconnected")


def waiting(county: County, caller: str) -> Call:
    """A caller in the queue behind whoever is there."""
    before = queued(county.hotline)
    call = ask_for(county, "1", caller)
    county.town.wait_until(lambda: queued(county.hotline) > before, 10, f"{caller} in the queue")
    return call


def queued(hotline: Hotline) -> int:
    return hotline.cli("queue show consult").count(" (wait: ")


def played(hotline: Hotline, channel: str) -> set[str]:
    """The prompts that channels of that name were played since the start, as Asterisk's event log has them."""
    lines = csv.reader((hotline.home / "log/cel-custom/cel.csv").read_text("utf-8", errors="replace").splitlines())
    streams = (line for line in lines if line[0] == "STREAM_BEGIN" and line[5].startswith(channel))
    return {sound for line in streams if (sound := json.loads(line[-1] or "{}").get("sound", ""))}


def findings(county: County) -> list[Any]:
    """What is not accounted for today; of other tests, those that break lines of the event log on purpose."""
    county.town.rest(6)  # what was written in the last five seconds is left for the next time
    found: list[Any] = county.hotline.json("ledger", "check")["findings"]
    return found


@pytest.mark.usefixtures("nothing_left")
def test_without_an_answer_the_citizen_is_called_once_more_and_then_by_people(county: County) -> None:
    hotline = county.hotline
    before = findings(county)
    agent = county.agent("8001")
    busy, talking = answered(county, agent, new_number())
    keeps = new_number()
    keep(county, waiting(county, keeps))
    # Who asks twice keeps one place.
    again = waiting(county, keeps)
    again.dtmf("1")  # while a place behind the first is told, Asterisk knows no key: it is asked for again
    again.hears(county.sound("queue_callback_offer"), 10)
    keep(county, again)
    assert task_of(hotline, keeps, state="open", position=1)["calls"] == 2
    assert queued(hotline) == 1
    talking.hangup()
    busy.hangup()
    for _ in range(2):
        reserved = agent.wait_call(30)
        assert reserved.remote.user == keeps
        reserved.answer()
        county.trunk.wait_call(20, number=keeps).reject(486)
        reserved.wait("disconnected")
    task = task_of(hotline, keeps, state="open", kept_at=None)
    shown = hotline.json("missed", "show", str(task["id"]))
    assert [one["outcome"] for one in shown["made"]] == ["busy", "busy"]
    eventually(lambda: no_channels(hotline), 10, "no channels")
    assert [one for one in findings(county) if one not in before] == []


def test_a_place_outlives_asterisk_and_the_service(hotlines: Hotlines) -> None:
    hotline = hotlines(wrapup_seconds=1, missed_from_hour=0, missed_until_hour=24, amd=False)
    hotline.start()
    with Town(limit=240) as town:
        county = County(hotline, town)
        agent = county.agent("8001")
        busy, talking = answered(county, agent, new_number())
        keeps = new_number()
        keep(county, waiting(county, keeps))
        kept_at = task_of(hotline, keeps, state="open", position=1)["kept_at"]
        hotline.stop()
        for call in (busy, talking):
            call.hangup()
        hotline.start()
        agent.register()
        reserved = agent.wait_call(60)
        assert reserved.remote.user == keeps
        assert task_of(hotline, keeps, state="open")["kept_at"] == kept_at
        reserved.answer()
        ringing = county.trunk.wait_call(20, number=keeps)
        ringing.answer()
        ringing.hears(county.sound("agent_number_after"), 30)
        county.meet(ringing, reserved)
        reserved.hangup()
        ringing.hangup()
        assert task_of(hotline, keeps, state="closed")["reason"] == "answered"


@pytest.mark.usefixtures("nothing_left")
def test_the_place_is_kept_and_who_came_later_waits_for_it(county: County) -> None:
    hotline = county.hotline
    agent = county.agent("8001")
    busy, talking = answered(county, agent, new_number())
    keeps, later = new_number(), new_number()
    first, second = waiting(county, keeps), waiting(county, later)
    keep(county, first)
    task = task_of(hotline, keeps, state="open", position=1)
    assert task["kept_at"] and queued(hotline) == 2
    second.hears(county.sound("queue_position_before"), 20)  # who waits behind the place is told so, every ten seconds
    second.hears(county.sound("queue_danger"), 20)
    assert played(hotline, f"Local/{keeps}@kept-place-") <= {"digits/1", "digits/2"}, "nobody hears it"
    assert played(hotline, "PJSIP/trunk-") >= {"queue_position_before", "queue_danger"}

    talking.hangup()
    busy.hangup()
    reserved = agent.wait_call(20)
    assert reserved.remote.user == keeps, "who joined earlier has the turn"
    reserved.answer()
    ringing = county.trunk.wait_call(20, number=keeps)
    assert ringing.remote.user == "12345"
    assert task_of(hotline, keeps, state="open", position=0)
    names = [one.split("!")[0] for one in hotline.cli("core show channels concise").splitlines()]
    (place,) = (name for name in names if "@kept-place-" in name and name.endswith(";2"))
    assert "Language: zh" in hotline.cli(f"core show channel {place}"), "from now on somebody hears it"
    ringing.answer()
    ringing.hears(county.sound("callback_intro"), 10)
    ringing.hears(county.sound("agent_number_after"), 20)
    county.meet(ringing, reserved)
    about = hotline.json("agents", "list")[0]["peers"]
    assert [(one["number"], one["queue"]) for one in about] == [(keeps, "consult")]
    reserved.hangup()
    ringing.hears(county.sound("rating"), 15)
    county.town.rest(8)  # longer than a place is gone before it is held anew
    assert "@kept-place-" not in hotline.cli("core show channels concise"), "who is asked for a rating was served"
    ringing.dtmf("1")
    ringing.wait("disconnected")

    served = agent.wait_call(20)
    assert served.remote.user == later
    served.answer()
    county.meet(second, served)
    second.hangup()
    done = task_of(hotline, keeps, state="closed")
    assert (done["reason"], done["closed_by"]) == ("answered", "8001")
    asked, called = sorted(hotline.json("calls", "list", "--caller", keeps), key=lambda row: row["started_at"])
    assert (asked["direction"], asked["disposition"], asked["queue"]) == ("inbound", "callback-requested", "consult")
    expected = ("callback", "answered", "consult", "8001", "trunk", 1)
    assert tuple(called[name] for name in ("direction", "disposition", "queue", "agent", "trunk", "rating")) == expected
    assert called["talk_s"] > 0
    (recording,) = called["recordings"]
    scenes.recording(hotline, recording["file"])
