"""Whether a unit contacted the citizen: its word, the citizen's, and the ledger of calls (R23, R38)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from callback_survey import contact, listing
from callback_survey.contact import Made, Verdict
from callback_survey.hand_tables import HandCallRow
from callback_survey.tables import AnswerRow
from callqueue.tables import CallRow
from store.base import now
from store.engine import Store
from tests.reviewed import reviewed
from tickets.duties import start_catalogue
from tickets.service import get

CALL = Made(now(), "8001", 30.0)
SILENT = Made(now(), "8001", 0.0)


@pytest.mark.parametrize(
    ("claimed", "citizen", "made", "found"),
    [
        (True, "yes", (), Verdict.AGREED),
        (True, "no", (), Verdict.DENIED),
        (True, "no", (SILENT,), Verdict.DENIED),
        (True, "no", (SILENT, CALL), Verdict.DISPUTED),
        (True, "", (CALL,), Verdict.OPEN),
        (False, "", (), Verdict.UNCLAIMED),
        (False, "no", (), Verdict.DENIED),
    ],
)
def test_r23_the_three_make_a_verdict(claimed: bool, citizen: str, made: tuple[Made, ...], found: Verdict) -> None:
    assert contact.verdict(claimed, citizen, made) is found


def call(phone: str, direction: str, minutes: int, talk: float, call_id: str = "") -> CallRow:
    at = now() + timedelta(minutes=minutes)
    return CallRow(
        call_id=call_id or f"{phone}{direction}{minutes}", direction=direction, line="12345", caller="8001",
        dialled=phone,
        started_at=at, answered_at=at, ended_at=at, disposition="answered", queue="", agent="8001", wait_s=0.0,
        talk_s=talk, hold_s=0.0, ring_s=0.0, ticket_no="", attempt="", rating=None, emergency="", callback="", path=[],
        agents=[], recordings=[], answers=[], handed_over=True,
    )  # fmt: skip


def test_r23_only_calls_of_people_to_the_citizen_while_the_unit_had_the_ticket_count(store: Store) -> None:
    with store.begin() as session:
        start_catalogue(session)
    phone = "13900000001"
    number = reviewed(store, phone)
    with store.begin() as session:
        session.add_all([
            call(f"0{phone}", "outbound", 0, 12.0),  # dialled with the 0 of another prefecture
            call(phone, "callback", 0, 40.0),
            call(phone, "outbound", -600, 20.0),  # before the ticket was the unit's
            call("13900000002", "outbound", 0, 20.0),
            call(phone, "outbound", 0, 20.0, f"hand-{number}-1"),  # the office's own
            call(phone, "outbound", 0, 20.0, "check-1-093000"),
        ])  # fmt: skip
        session.add(
            AnswerRow(call_id="c", ticket=number, question="contacted", attempt="c", questionnaire="callback",
                      version="1", value="no", by="key", heard="", file="", at=now())
        )  # fmt: skip
    with store.reading() as session:
        ticket = get(session, number)
        # The calls were made within the second in which the ticket was resolved.
        made = contact.calls_to(session, phone, ticket.created_at - timedelta(seconds=5), now())
        assert [(one.agent, one.talk_s) for one in made] == [("8001", 12.0)]
        assert contact.calls_to(session, "", ticket.created_at, now()) == ()
        assert contact.compared(session, ticket).citizen == "no"


def test_r23_a_callback_is_shown_with_tries_by_hand_and_the_comparison(store: Store) -> None:
    number = reviewed(store, "13900000001")
    with store.begin() as session:
        session.add(HandCallRow(ticket=number, means="person", by="office", at=now(), result="no-answer", answers={}))
        session.flush()
        found = listing.shown(session, number)
    assert found["contact"] == {"unit": None, "citizen": "", "ledger": [], "verdict": "unclaimed"}
    assert [one["result"] for one in json.loads(json.dumps(found))["hands"]] == ["no-answer"]
