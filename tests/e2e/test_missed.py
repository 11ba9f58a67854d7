"""A caller who gave up is called back: the agent's phone rings first, then the citizen's, who sees 12345."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e import scenes
from tests.e2e.county import County, new_number
from tests.e2e.scenes import ask_for
from tests.hotline_fixture import ROOT, Hotline, eventually

nothing_left = scenes.nothing_left
pytestmark = pytest.mark.usefixtures("nothing_left")


def task_of(hotline: Hotline, phone: str) -> dict[str, Any]:
    """The task of the number, once there is one."""

    def found() -> dict[str, Any] | None:
        return next((one for one in hotline.json("missed", "list", "--all") if one["phone"] == phone), None)

    return eventually(found, 15, f"a task of {phone}") or {}


def calling(hotline: Hotline, task: int) -> subprocess.Popen[str]:
    """`hotline missed call` under way."""
    command = [sys.executable, "-m", "hotline.cli", "missed", "call", str(task), "8001", "--json"]
    return subprocess.Popen(
        command, env=hotline.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_who_gives_up_is_called_back_and_the_ledger_says_what_came_of_it(county: County) -> None:
    hotline = county.hotline
    agent = county.agent("8001")
    agent.auto_ignore()
    caller = new_number()
    call = ask_for(county, "1", caller)
    agent.wait_call(20)
    call.hangup()
    task = task_of(hotline, caller)
    assert (task["state"], task["calls"], task["attempts"]) == ("open", 1, 0)

    first = calling(hotline, task["id"])
    agent.wait_call(20).reject(486)
    said, complaint = first.communicate(timeout=30)
    assert first.returncode == 1, complaint
    assert [one["outcome"] for one in json.loads(said)["made"]] == ["not-placed"]

    second = calling(hotline, task["id"])
    talking = agent.wait_call(20)
    assert talking.remote.user == caller
    talking.answer()
    ringing = county.trunk.wait_call(20, number=caller)
    assert ringing.remote.user == "12345"
    ringing.answer()
    county.meet(ringing, talking)
    ringing.hangup()
    said, complaint = second.communicate(timeout=30)
    assert second.returncode == 0, complaint
    done = json.loads(said)
    assert (done["state"], done["reason"], done["closed_by"], done["attempts"]) == ("closed", "answered", "8001", 1)
    row = hotline.json("calls", "show", done["made"][-1]["channel"])
    assert (row["direction"], row["disposition"], row["caller"], row["dialled"]) == (
        "outbound", "answered", "8001", caller,
    )  # fmt: skip
