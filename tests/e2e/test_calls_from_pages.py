"""Calls that the office places from its pages: a callback by hand (R37) and a check of what a unit said (R34)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, update

from callback_survey import schedule
from callback_survey.hand_tables import CheckRow, DrawRow
from callback_survey.sampling import draw
from callback_survey.schedule_tables import CallbackRow
from store.base import now
from store.engine import Store
from tests.e2e import scenes, window
from tests.e2e.county import County, new_number
from tests.e2e.window import Windows
from tests.hotline_fixture import Hotline, eventually
from tests.phones import Phone
from tests.reviewed import reviewed
from tickets.access import Action, Actor, Role
from tickets.records import TICKETS
from tickets.service import act
from tickets.tables import TicketUnitRow
from tickets.terms import Part, State

browser = window.browser
UNIT = Actor("swj-handler", Role.UNIT_HANDLER, "swj")


@pytest.fixture
def store(quick_hotline: Hotline) -> Iterator[Store]:
    """The hotline's database, with accounts, and a machine that calls nobody meanwhile."""
    window.people(quick_hotline)
    made = Store(quick_hotline.settings.database)
    with made.begin() as session:
        schedule.pause(session, "trunk", "test", now())
    yield made
    with made.begin() as session:
        session.execute(delete(CallbackRow))
        session.execute(delete(CheckRow))
        session.execute(delete(DrawRow))
        schedule.resume(session, "trunk")
    made.close()


@pytest.fixture
def office(browser: Browser, county: County, store: Store) -> Iterator[Page]:
    windows = Windows(browser, county.hotline)
    yield windows.window("office")
    assert windows.close() == []


@pytest.fixture
def seat(browser: Browser, county: County, store: Store) -> Iterator[Page]:
    """The page of the agent who sits at 8001."""
    county._agents["8001"] = county._agents.get("8001") or county.phone("8001")
    windows = Windows(browser, county.hotline)
    page = windows.window("agent")
    page.goto("/agent")
    if page.get_by_text("登录话机").count():
        page.get_by_label(re.compile("^8001")).check()
        page.get_by_role("button", name="登录").click()
    yield page
    assert windows.close() == []


def to_be_called(store: Store, phone: str) -> str:
    """A ticket whose citizen waits for a person's call."""
    number = reviewed(store, phone)
    with store.begin() as session:
        waits = {"stage": "people", "why": "unreached", "due_at": now()}
        session.execute(update(CallbackRow).where(CallbackRow.ticket == number).values(**waits))
    return number


def to_be_checked(store: Store, phone: str) -> tuple[str, int]:
    """A ticket whose unit says that it has called the citizen, and its check in the office's sample."""
    number = reviewed(store, phone)
    with store.begin() as session:
        session.execute(delete(CallbackRow).where(CallbackRow.ticket == number))
        signed = {"lead_unit": "swj", "state": State.SIGNED, "resolved_at": None}
        session.execute(update(TICKETS).where(TICKETS.c.number == number).values(**signed))
        session.add(TicketUnitRow(number=number, unit="swj", part=Part.LEAD))
        act(session, number, Action.CONTACT, by=UNIT)
        draw(session, now().date(), 100, now())
        found = session.query(CheckRow).where(CheckRow.ticket == number).one()
        return number, found.id


def placed(county: County, page: Page, phone: str) -> None:
    """The office has 8001 call the citizen."""
    agent = county.phone("8001") if "8001" not in county._agents else county._agents["8001"]
    county._agents["8001"] = agent
    county.trunk  # noqa: B018 - the carrier must be there before it is called
    page.get_by_label("坐席").select_option("8001")
    page.get_by_role("button", name="呼叫群众").click()
    expect(page.get_by_role("status")).to_contain_text("正在呼叫坐席话机 8001")
    spoken(county, agent, phone)


def spoken(county: County, agent: Phone, phone: str) -> None:
    """8001 rings, then the citizen, who sees 12345; the two speak; the citizen hangs up."""
    talking = agent.wait_call(15)
    assert talking.remote.user == phone
    talking.answer()
    ringing = county.trunk.wait_call(15, number=phone)
    assert ringing.remote.user == "12345"
    ringing.answer()
    county.meet(ringing, talking)
    ringing.hangup()
    talking.wait("disconnected", 10)


def row_of(county: County, ticket: str) -> dict[str, Any]:
    """The ledger's row of the call about a ticket."""

    def found() -> dict[str, Any] | None:
        rows = county.hotline.json("calls", "list", "--caller", "8001")
        return next((row for row in rows if row["ticket_no"] == ticket), None)

    return county.hotline.json("calls", "show", (eventually(found, 30, f"a call about {ticket}") or {})["call_id"])


def test_the_office_calls_citizens_and_the_ledger_knows_about_which_ticket(
    county: County, store: Store, office: Page
) -> None:
    """R34, R37: recorded, and heard on the ticket's page; the office's own call is none of the unit's."""
    phones = [new_number(), new_number()]
    ticket = to_be_called(store, phones[0])
    office.goto(f"/people/{ticket}")
    placed(county, office, phones[0])
    called = row_of(county, ticket)
    assert (called["direction"], called["disposition"], called["dialled"]) == ("outbound", "answered", phones[0])
    (made,) = called["recordings"]
    scenes.recording(county.hotline, made["file"])
    office.goto(f"/tickets/{ticket}")
    assert made["file"].rpartition("/")[2] in office.content()

    checked, check = to_be_checked(store, phones[1])
    office.goto(f"/checks/{check}")
    placed(county, office, phones[1])
    assert row_of(county, checked)["dialled"] == phones[1]
    office.goto(f"/tickets/{checked}")
    expect(office.locator("main")).to_contain_text("群众尚未回答")


def test_an_agent_calls_from_a_ticket_and_the_call_is_in_its_history(
    county: County, store: Store, seat: Page
) -> None:
    """R11: with its recording, as an inbound call's; a call from no ticket stays without one."""
    county.trunk  # noqa: B018 - the carrier must be there before it is called
    agent, phone, other = county._agents["8001"], new_number(), new_number()
    ticket = reviewed(store, phone)
    seat.goto(f"/tickets/{ticket}")
    seat.get_by_role("button", name=f"呼叫群众 {phone}").click()
    expect(seat.locator("main > .notice")).to_contain_text("正在呼叫您的话机")
    spoken(county, agent, phone)
    called = row_of(county, ticket)
    assert (called["direction"], called["disposition"], called["dialled"]) == ("outbound", "answered", phone)
    (made,) = called["recordings"]
    scenes.recording(county.hotline, made["file"])
    seat.goto(f"/tickets/{ticket}")
    expect(seat.locator("#history + .timeline")).to_contain_text("坐席 8001 去电群众，通话")
    expect(seat.get_by_label("通话录音 1")).to_have_attribute("src", re.compile(made["file"].rpartition("/")[2]))
    seat.goto("/agent")
    expect(seat.get_by_role("heading", name=f"去电 {phone}")).to_be_visible()
    expect(seat.locator("#work")).to_contain_text(ticket)

    seat.get_by_label("电话号码", exact=True).fill(other)
    seat.get_by_role("button", name="拨打", exact=True).click()
    spoken(county, agent, other)
    assert county.row("8001", dialled=other)["ticket_no"] == ""
