"""What a unit applied to give back (R26, R27) stays in its list, with the ruling, when the ticket is another's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from store.base import LOCAL
from store.engine import Store
from tests.integration.test_people_rest import Client, header, json_of, talk
from tests.integration.test_tickets_cli import Run, run
from tests.stores import store
from tickets.access import Action, Actor, Role
from tickets.duties import start_catalogue
from tickets.errors import Invalid
from tickets.intake import Submission, receive
from tickets.masking import HIDDEN
from tickets.returns import Ruling, Sought, returns
from tickets.service import act
from tickets.terms import Channel, RequestType

__all__ = ["run", "store"]

AT = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)
OFFICE, AGENT = Actor("office", Role.COUNTY_ADMIN), Actor("8001", Role.AGENT)
WHY = "该路段由供电局负责，不属我单位，欧阳修远所说有误"


@dataclass
class County:
    """Tickets that the water bureau gave back: rightly, wrongly, and not ruled on yet; one that another gave back."""

    store: Store
    upheld: str
    refused: str
    pending: str
    other: str


@pytest.fixture
def county(store: Store) -> County:
    with store.begin() as session:
        start_catalogue(session)
    numbers = []
    for n, unit in enumerate(("swj", "swj", "swj", "gaj")):
        at = AT + timedelta(days=n // 2)
        given = Submission(Channel.WEB, at, phone=f"1380000000{n}", request_type=RequestType.HELP, matter="0301",
                           subject=f"第{n}件", citizen_name="欧阳修远", territory="532329-01")  # fmt: skip
        with store.begin() as session:
            number = receive(session, given, AGENT).number
            act(session, number, Action.ACCEPT, by=AGENT, at=at)
            act(session, number, Action.DISPATCH, by=OFFICE, at=at, unit=unit)
            act(session, number, Action.RETURN, by=Actor("clerk", Role.UNIT_HANDLER, unit), at=at, reason=WHY)
        numbers.append(number)
    with store.begin() as session:
        act(session, numbers[0], Action.RULE, by=OFFICE, at=AT, upheld=True, unit="zfj", reason="改派执法局")
        act(session, numbers[1], Action.RULE, by=OFFICE, at=AT, upheld=False, reason="属水务局职责")
    return County(store, *numbers)


def found(store: Store, sought: Sought, size: int = 50) -> list[str]:
    """The numbers of the list, page by page."""
    numbers: list[str] = []
    after: int | None = 0
    while after is not None:
        with store.reading() as session:
            page, after = returns(session, sought, size, after)
        numbers += [row["number"] for row in page]
    return numbers


def test_each_filter_and_either_order_in_whole_pages(county: County) -> None:
    upheld, refused, pending, other = county.upheld, county.refused, county.pending, county.other
    second = (AT + timedelta(days=1)).date()
    for sought, expected in (
        (Sought(), [other, pending, refused, upheld]),
        (Sought("swj"), [pending, refused, upheld]),
        (Sought("zfj"), []),
        (Sought("swj", Ruling.PENDING), [pending]),
        (Sought(ruling=Ruling.UPHELD), [upheld]),
        (Sought(ruling=Ruling.REFUSED), [refused]),
        (Sought(since=second), [other, pending]),
        (Sought(until=AT.date()), [refused, upheld]),
        (Sought("swj", oldest=True), [upheld, refused, pending]),
    ):
        for size in (1, 2, 50):
            assert found(county.store, sought, size) == expected, sought
    with county.store.reading() as session, pytest.raises(Invalid):
        returns(session, Sought(), 201)


def test_r26_the_unit_reads_what_was_ruled_and_nothing_of_the_citizen(county: County) -> None:
    with county.store.reading() as session:
        rows, _ = returns(session, Sought("swj", oldest=True))
    told = [(row["number"], row["ruling"], row["ruling_reason"], row["holds"]) for row in rows]
    assert told == [
        (county.upheld, Ruling.UPHELD, "改派执法局", False), (county.refused, Ruling.REFUSED, "属水务局职责", True),
        (county.pending, Ruling.PENDING, "", True),
    ]  # fmt: skip
    assert {row["reason"] for row in rows} == {WHY.replace("欧阳修远", HIDDEN)}
    assert "欧阳" not in str(rows) and "1380000" not in str(rows)


def test_over_rest_a_unit_sees_its_own_alone(county: County, tmp_path: Path) -> None:
    water, office = header(county.store, "w", Role.UNIT_HANDLER, "swj"), header(county.store, "o", Role.COUNTY_ADMIN)
    admin = header(county.store, "a", Role.ADMIN)

    async def said(client: Client) -> None:
        mine = await json_of(client, "/tickets/returns?size=2", water)
        rest = await json_of(client, f"/tickets/returns?size=2&after={mine['next']}", water)
        assert [one["number"] for one in (*mine["items"], *rest["items"])] == [
            county.pending, county.refused, county.upheld]  # fmt: skip
        await json_of(client, "/tickets/returns?unit=gaj", water, 403)
        await json_of(client, "/tickets/returns", admin, 403)
        whole = await json_of(client, "/tickets/returns?ruling=pending", office)
        assert [one["number"] for one in whole["items"]] == [county.other, county.pending]

    talk(county.store, tmp_path, said)


def test_by_command(county: County, run: Run) -> None:
    told = run("ticket", "returns", "--unit", "swj", "--ruling", "upheld")
    assert [row["number"] for row in told["returns"]] == [county.upheld] and told["after"] is None
    assert len(run("ticket", "returns", "--size", "1")["returns"]) == 1
    run("ticket", "returns", "--since", "2026-02-30", code=1)
    run("ticket", "returns", "--size", "0", code=1)
