"""A fax that was really sent becomes a ticket with its pages (R3): by T.38, and by tones in G.711."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.fax import pages
from store.engine import Store
from tests.fax_machine import FaxMachine, page_of
from tests.hotline_fixture import Hotline, eventually
from tickets.attachments import attachment_path, attachments_of
from tickets.queries import Wanted, list_tickets
from tickets.service import get
from tickets.terms import Channel, State

pytestmark = pytest.mark.asterisk
NUMBER = "8712345"


@pytest.fixture(scope="module")
def hotline() -> Iterator[Hotline]:
    made = Hotline(fax_number=NUMBER)
    try:
        made.start()
        yield made
    finally:
        made.close()


def session_of(said: str) -> str:
    """How the fax that is on the line comes: T.38 or G.711, "" when there is none, or it is not settled yet."""
    lines = [line.split() for line in said.splitlines() if "receive" in line]
    known = [word for line in lines for word in line if word in ("T.38", "G.711")]
    return known[-1] if lines and "Active" in lines[-1] and known else ""


@pytest.mark.parametrize("t38", [False, True], ids=["g711", "t38"])
def test_a_fax_becomes_a_draft_with_its_pages(hotline: Hotline, tmp_path: Path, t38: bool) -> None:
    file = tmp_path / "letter.tiff"
    file.write_bytes(page_of(2))
    store = Store(hotline.settings.database)
    with store.begin() as session:
        before = {row["number"] for row in list_tickets(session, Wanted(channel=Channel.FAX)).rows}

    def fresh() -> str:
        with store.begin() as session:
            rows = list_tickets(session, Wanted(channel=Channel.FAX)).rows
            return next((row["number"] for row in rows if row["number"] not in before), "")

    with FaxMachine(hotline.settings, t38) as machine:
        machine.start()
        eventually(lambda: "citizen" in hotline.cli("pjsip show contacts"), 20, "the line is registered")
        machine.send(NUMBER, file)
        way = eventually(lambda: session_of(hotline.cli("fax show sessions")), 60, "the fax is on the line")
        number = eventually(fresh, 120, "a ticket of the fax")
    assert way == ("T.38" if t38 else "G.711")
    with store.begin() as session:
        ticket = get(session, number)
        (kept,) = attachments_of(session, ticket.id)
        assert (ticket.state, ticket.subject, kept.media_type) == (State.DRAFT, "传真（2页）", "image/tiff")
        data = attachment_path(hotline.settings.home / "attachments", kept).read_bytes()
    assert pages(data) == 2
    call = next(one for one in hotline.json("calls", "list") if one["ticket_no"] == number)
    assert call["disposition"] == "self-served" and call["line"] == NUMBER
    assert call["recordings"][0]["kind"] == "fax"
    store.close()
