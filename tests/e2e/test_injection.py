"""Caller ids and dialled numbers that are dialplan, shell, SQL or log lines: nothing runs, the call is served."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from store.base import now
from tests.e2e import scenes
from tests.e2e.county import AGENT_HZ, County, new_number
from tests.e2e.scenes import speak
from tests.hotline_fixture import Hotline
from tests.phones import Call, Phone, PhoneError

nothing_left = scenes.nothing_left


@pytest.fixture(scope="module")
def quick_hotline() -> Iterator[Hotline]:
    """A hotline of these tests' own: its event log is broken on purpose, and the proof of others' days must hold."""
    made = Hotline(wrapup_seconds=1)
    try:
        made.start()
        yield made
    finally:
        made.close()


FORGED_ID = "6.6"
FORGED = f"x%0d%0aCHAN_START,1800000000.000001,1,s,x,PJSIP/trunk-0000000f,,,{FORGED_ID},{FORGED_ID},,,%0d%0ax"
"""A user part with line breaks, and between them a whole event as Asterisk's log might have it."""


def attempts(mark: Path) -> list[str]:
    """Texts that would leave a file, answer, or stop a line short if anything took them for more than text."""
    return [
        f"${{SHELL(touch {mark})}}",
        f"13800000001,1)}} ${{SHELL(touch {mark})}}",
        f"$[1+1],System(touch {mark})",
        f"1&consult=x&queue=danger,{mark}",
        f"`touch {mark}`$(touch {mark});touch {mark}|touch {mark}",
        "';DROP TABLE calls;--",
        '13800000001"\\",<8001>',
        "13800000001%0d%0aX-Evil: yes",
        "138\\n00000001\\,9",
        "PJSIP/8001&Local/110@danger",
        "9" * 500,
        "${HOTLINE_CALLER}" * 30,
        "１３８００００００００１",
        "-13800000001",
        "+",
        f"sip:{FORGED}@127.0.0.2",
    ]


def test_a_hostile_caller_id_is_only_a_hidden_one(county: County, tmp_path: Path) -> None:
    """As number and as name, from the first ring on; the ledger holds none of it, and no call that was none."""
    mark = tmp_path / "ran"
    since = now()
    logs = scenes.Logs(county.hotline)
    hostile = attempts(mark)
    trunks = [county.trunk, *(scenes.another_trunk(county) for _ in range(len(hostile) // 4))]
    calls = [trunks[place // 4].call("12345", caller=text, caller_name=text[:60]) for place, text in enumerate(hostile)]
    for call in calls:
        call.wait("confirmed")
    for call in calls:
        call.hears(county.sound("greeting"), 8, seconds=1)
    for call in calls:
        call.hangup()
    rows = scenes.ended_rows(county.hotline, since, len(hostile))
    assert {row["disposition"] for row in rows} == {"abandoned-menu"}
    assert_untouched(county, mark, since)
    assert_no_other_trouble(logs)


@pytest.mark.usefixtures("nothing_left")
def test_a_hostile_caller_reaches_an_agent_like_any_other(county: County, tmp_path: Path) -> None:
    """Nor does the agent's phone, the recording's name or the queue's log get any of it."""
    mark = tmp_path / "ran"
    agent = county.agent("8001")
    since = now()
    call = scenes.ask_for(county, "1", attempts(mark)[1])
    talking = agent.wait_call(15)
    assert "SHELL" not in str(talking.headers) + talking.remote.user + talking.remote.name
    talking.answer()
    speak(county, talking, AGENT_HZ, call)
    call.hangup()
    [row] = scenes.ended_rows(county.hotline, since, 1)
    assert (row["disposition"], row["agent"], row["caller"]) == ("answered", "8001", "")
    assert_untouched(county, mark, since)


def test_a_hostile_dialled_number_is_refused(county: County, tmp_path: Path) -> None:
    """From the trunk only our two numbers exist; from an agent's phone digits and feature codes only."""
    mark = tmp_path / "ran"
    since = now()
    logs = scenes.Logs(county.hotline)
    for phone in (county.trunk, county.phone("8001")):
        for text in attempts(mark)[:-1]:
            assert refused(phone, text), f"{text[:60]!r} was taken"
    assert_untouched(county, mark, since)
    assert not any(call.incoming for call in county.trunk.calls)
    assert_no_other_trouble(logs)


def refused(phone: Phone, number: str) -> bool:
    """Whether the call was over without an answer."""
    call: Call = phone.call(number, caller=None if phone.registered else new_number())
    try:
        call.wait("disconnected", 8)
    except PhoneError:
        return False
    return "confirmed" not in call.times and call.last_status >= 400


def assert_no_other_trouble(logs: scenes.Logs) -> None:
    """Asterisk may say that it cut a name short, the ledger that a line with a break in it is none."""
    said = ("CallerID Name", "lines of cel could not be understood")
    assert [line for line in logs.trouble() if not any(words in line for words in said)] == []


def assert_untouched(county: County, mark: Path, since: datetime) -> None:
    """No command ran, and none of the texts came as far as the ledger or a file's name."""
    assert not mark.exists()
    rows = county.hotline.json("calls", "list", "--since", since.isoformat())
    told = str(rows) + " ".join(file.name for file in (county.hotline.home / "recordings").rglob("*"))
    for foreign in ("SHELL", "touch", "DROP", "System", "Evil", "PJSIP", "99999"):
        assert foreign not in told
    assert county.hotline.run("calls", "show", FORGED_ID).returncode == 1
