"""Who sits at which telephone, which calls are whose, and an agent's own day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from callqueue.tables import CallRow
from console import accounts, agent_calls, notes, of_agent, seats, sessions
from console.route import Asked, Means
from store.base import Base, now
from store.engine import Store
from tickets.access import Actor, Role
from tickets.deadlines import DEFAULT
from tickets.errors import Conflict, Impossible, Invalid, NotFound

IDLE = timedelta(minutes=30)
NAMES = ("li", "wang")


class PlayedDesk:
    """Two telephones without a call."""

    numbers = ("8001", "8002")

    def __init__(self) -> None:
        self.done: list[tuple[str, str, Mapping[str, Any]]] = []
        self.last: dict[str, Any] | None = None

    def elderly(self, _number: str) -> bool:
        return False

    def look(self, number: str) -> dict[str, Any]:
        return {"number": number, "call": None, "last": self.last}

    def phones(self) -> list[tuple[str, bool]]:
        return [(number, True) for number in self.numbers]

    def do(self, what: str, number: str, body: Mapping[str, Any]) -> None:
        self.done.append((what, number, body))


@pytest.fixture
def session() -> Iterator[Session]:
    store = Store("sqlite://")
    Base.metadata.create_all(store.engine)
    with store.begin() as made:
        for name in NAMES:
            accounts.add(made, name, [Role.AGENT], "a long enough password")
        yield made
    store.close()


def call(session: Session, name: str, agent: str, began: datetime, **more: Any) -> None:
    share = {"agent": agent, "joined_at": began.isoformat(), "talk_s": 60.0, "hold_s": 0.0}
    values: dict[str, Any] = {
        "direction": "inbound", "caller": "13900000001", "dialled": "12345", "disposition": "answered", "rating": 2,
        **more,
    }
    session.add(CallRow(
        call_id=name, line="12345", started_at=began, answered_at=began, ended_at=began, queue="consult", agent=agent,
        wait_s=1.0, talk_s=60.0, hold_s=0.0, ring_s=1.0, queued_at=began, agent_at=began, pickup_s=1.0, transfers=0,
        ticket_no="", attempt="", emergency="", callback="", path=[{"at": "main", "key": "1"}], agents=[share],
        recordings=[], answers=[], handed_over=True, **values,
    ))  # fmt: skip
    session.flush()


def test_one_agent_a_phone_and_one_phone_an_agent(session: Session) -> None:
    at = now()
    seats.take(session, 1, "8001", at, IDLE)
    seats.take(session, 1, "8001", at, IDLE)
    sessions.open_session(session, 1, "127.0.0.1")
    with pytest.raises(Conflict, match="li"):
        seats.take(session, 2, "8001", at, IDLE)
    seats.take(session, 1, "8002", at + timedelta(seconds=1), IDLE)
    assert seats.taken(session) == {"8002": "li"}
    seats.take(session, 2, "8001", at + timedelta(seconds=2), IDLE)
    seats.leave(session, 1, at + timedelta(seconds=3))
    assert (seats.number_of(session, 1), seats.number_of(session, 2)) == ("", "8001")


def test_a_phone_is_free_again_when_nobody_was_seen_for_long(session: Session) -> None:
    seats.take(session, 1, "8001", now(), IDLE)
    sessions.open_session(session, 1, "127.0.0.1")
    seats.take(session, 2, "8001", now() + timedelta(minutes=31), IDLE)
    assert seats.taken(session) == {"8001": "wang"}


def test_a_call_is_that_of_who_sat_there_when_it_was_taken(session: Session) -> None:
    at, desk = now(), PlayedDesk()
    seats.take(session, 1, "8001", at - timedelta(minutes=9), IDLE)
    call(session, "c1", "8001", at - timedelta(minutes=5))
    seats.leave(session, 1, at - timedelta(minutes=3))
    seats.take(session, 2, "8001", at - timedelta(minutes=2), IDLE)
    call(session, "c2", "8001", at - timedelta(minutes=1), rating=5)
    call(session, "c3", "8001", at - timedelta(seconds=30), direction="outbound", dialled="13900000009", rating=None)
    seats.take(session, 1, "8002", at, IDLE)
    mine = agent_calls.own(session, desk, 1, "8002", "c1")
    assert (mine.number, mine.agent, mine.path) == ("13900000001", "8001", "主菜单按 1")
    for account, number, other in ((1, "8002", "c2"), (2, "8001", "c1"), (2, "8001", "nothing")):
        with pytest.raises(NotFound):
            agent_calls.own(session, desk, account, number, other)
    desk.last = {"call": "live", "number": "13900000002", "direction": "inbound", "queue": "", "path": "",
                 "since": (at - timedelta(minutes=6)).timestamp(), "began": 0.0}  # fmt: skip
    assert [one.id for one in agent_calls.present(session, desk, 1, "8001")] == ["live"]
    assert agent_calls.present(session, desk, 2, "8001") == []


def test_the_day_is_the_agents_own(session: Session) -> None:
    at = now()
    seats.take(session, 1, "8001", at - timedelta(seconds=2), IDLE)
    for name, rating in (("c1", 1), ("c2", 2), ("c3", None)):
        call(session, name, "8001", at, rating=rating)
    call(session, "c4", "8001", at, direction="outbound", rating=None)
    call(session, "c5", "8002", at)
    day = agent_calls.today(session, 1)
    assert (day.answered, day.talk, day.rated, day.rating, day.made) == (3, 60.0, 2, 1.5, 1)
    assert agent_calls.today(session, 2).calls == ()


def test_software_beside_the_pages_does_the_same(session: Session) -> None:
    desk = PlayedDesk()

    def asked(**more: Any) -> Asked:
        by = Actor("li", Role.AGENT)
        return Asked(session, accounts.Account(1, "li", (Role.AGENT,)), by, None, DEFAULT,  # type: ignore[arg-type]
                     means=Means(desk=desk), **more)

    assert of_agent.look(asked()).body == {"number": ""}
    with pytest.raises(Impossible):
        of_agent.doer("ready")(asked())
    with pytest.raises(NotFound):
        of_agent.take(asked(body={"number": "8009"}))
    of_agent.take(asked(body={"number": "8001"}))
    of_agent.doer("dial")(asked(body={"phone": "13900000001"}))
    assert desk.done == [("dial", "8001", {"phone": "13900000001"})]
    call(session, "c1", "8001", now())
    number = of_agent.ticket(asked(path={"call_id": "c1"})).body["number"]
    assert of_agent.ticket(asked(path={"call_id": "c1"})).body["number"] == number
    call(session, "c2", "8001", now(), direction="outbound")
    with pytest.raises(NotFound):
        of_agent.ticket(asked(path={"call_id": "c2"}))
    of_agent.leave(asked())
    assert of_agent.look(asked()).body == {"number": ""}


def test_a_note_is_written_changed_and_taken_away(session: Session) -> None:
    for words in ("听力不好，请慢说", "请讲彝语"):
        notes.write(session, "13900000001", words, "li", now())
    found = notes.note_on(session, "13900000001")
    assert found is not None and (found.note, found.author) == ("请讲彝语", "li")
    notes.write(session, "13900000001", " ", "li", now())
    assert notes.note_on(session, "13900000001") is None
    with pytest.raises(Invalid):
        notes.write(session, "", "谁", "li", now())
