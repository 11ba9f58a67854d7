"""A citizen who calls back the missed call of 12345 is asked there and then, and not called any more (R36)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import update

from callback_survey import attempts, schedule
from callback_survey.schedule_tables import CallbackRow
from store.base import now
from store.engine import Store
from tests.e2e import scenes
from tests.e2e.county import County, new_number
from tests.e2e.test_survey import answer, through, values
from tests.hotline_fixture import eventually
from tests.reviewed import reviewed

nothing_left = scenes.nothing_left
pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture
def missed(county: County) -> Iterator[tuple[str, str]]:
    """A ticket and the number of its citizen, who did not hear the telephone a moment ago."""
    county.hotline.json("callbacks", "pause")
    store = Store(county.hotline.settings.database)
    phone = new_number()
    ticket = reviewed(store, phone)
    with store.begin() as session:
        (made,) = (one for one in schedule.claim(session, now(), 100) if one.ticket == ticket)
        attempts.begin_dialling(session, made.channel, now())
        attempts.close_attempt(session, made.channel, "no-answer", now())
        session.execute(update(CallbackRow).where(CallbackRow.ticket == ticket).values(stage="people", why="unreached"))
    store.close()
    yield ticket, phone
    county.hotline.json("callbacks", "resume")


def test_r36_a_missed_callback_called_back_is_answered_on_that_call(county: County, missed: tuple[str, str]) -> None:
    ticket, phone = missed
    call = county.citizen(caller=phone)
    offered = call.hears(county.sound("callback_offer"), 20)
    call.dtmf("1")
    answer(county, call, through("1", "1", "1", "1", "1", "2"), after=offered.offset)
    call.hears(county.sound("survey_end"), 8)
    call.wait("disconnected", 8)
    row = county.row(phone, disposition="surveyed")
    assert (row["direction"], row["ticket_no"]) == ("inbound", ticket)
    hotline = county.hotline
    shown = eventually(lambda: _done(hotline.json("callbacks", "show", ticket)), 15, "the callback settled")
    assert shown and [one["outcome"] for one in shown["attempts"]] == ["no-answer", "surveyed"]
    assert values(shown["attempts"][1])["satisfied"] == "2"
    assert hotline.json("ticket", "show", ticket)["state"] == "closed"


def _done(found: dict[str, Any]) -> dict[str, Any] | None:
    return found if found["stage"] == "done" else None
