"""The proof of a day after real calls: every call of every test before this one is accounted for.

The tests that send what breaks a line of the event log, which the proof tells, as it must, have a hotline of their own.
"""

from __future__ import annotations

import pytest

from tests.e2e import scenes
from tests.e2e.county import County, new_number
from tests.e2e.scenes import answered, ask_for, no_channels
from tests.hotline_fixture import eventually

nothing_left = scenes.nothing_left


@pytest.mark.usefixtures("nothing_left")
def test_every_call_so_far_is_accounted_for(county: County) -> None:
    """One caller is served and one gives up, so that there is something to account for."""
    agent = county.agent("8001")
    call, talking = answered(county, agent, new_number())
    county.town.rest(2)
    talking.hangup()
    call.hangup()
    agent.auto_ignore()
    given_up = new_number()
    waiting = ask_for(county, "1", given_up)
    agent.wait_call(20)
    waiting.hangup()
    county.row(given_up, disposition="abandoned-queue")
    eventually(lambda: no_channels(county.hotline), 10, "no channels")
    county.town.rest(6)  # what was written in the last five seconds is left for the next time
    proof = county.hotline.json("ledger", "check")
    assert (proof["findings"], proof["holds"]) == ([], True)
    assert proof["dispositions"]["answered"] >= 1
    assert proof["dispositions"]["abandoned-queue"] >= 1
    assert all(count["of_left"] > 0 for count in proof["counts"])
