"""Lists, search, dashboard and the phone's progress query: right answers, whole pages, the indexes meant for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from store.base import LOCAL
from store.engine import Store
from tickets.access import Action, Actor, Role
from tickets.dashboard import dashboard
from tickets.deadlines import Rules
from tickets.duties import start_catalogue
from tickets.errors import Invalid
from tickets.intake import Submission, receive
from tickets.progress import progress_for_phone
from tickets.queries import Wanted, count_tickets, list_tickets, search_tickets
from tickets.service import act, get
from tickets.sweep import sweep
from tickets.terms import Channel, Light, RequestType, State, Supervision
from tickets.units import unit_names

OFFICE = Actor("office", Role.COUNTY_ADMIN)
AGENT = Actor("8001", Role.AGENT)
WATER = Actor("water clerk", Role.UNIT_HANDLER, "swj")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)
PLAN = {"plan": "联合勘查", "leader": "某副县长"}


@pytest.fixture
def county(store: Store) -> Store:
    """Twenty-four tickets over twelve days: two towns, two matters, two lead units, some further on than others."""
    with store.begin() as session:
        start_catalogue(session)
    for n in range(24):
        at = AT + timedelta(days=n // 2)
        given = Submission(
            Channel.WEB if n % 3 else Channel.PHONE,
            at,
            phone=f"1380000{n % 6:04d}",
            request_type=RequestType.CONSULT if n % 4 == 0 else RequestType.HELP,
            subject=f"第{n}件 自来水停水" if n % 2 else f"第{n}件 路灯不亮",
            body="狮山镇城关路" if n % 5 else "高桥镇中山街",
            matter="0301" if n % 2 else "0204",
            territory="532329-01" if n % 5 else "532329-02",
        )
        with store.begin() as session:
            number = receive(session, given, AGENT).number
            if n % 6 == 5:
                continue
            act(session, number, Action.ACCEPT, by=AGENT, at=at, rules=Rules(repeat_count=99))
            lead, helper = ("swj", "zfj") if n % 2 else ("zfj", "swj")
            act(session, number, Action.DISPATCH, by=OFFICE, at=at, unit=lead, co_units=[helper], **PLAN)
            if n % 4 == 1:
                act(session, number, Action.SIGN, by=replace(WATER, unit=lead), at=at)
    return store


def everything(store: Store, size: int = 7, **kwargs: Any) -> list[dict[str, Any]]:
    """All rows of a list, page by page."""
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        with store.begin() as session:
            page = list_tickets(session, size=size, after=after, **kwargs)
        rows += page.rows
        assert len(page.rows) == size or page.after is None
        if page.after is None:
            return rows
        after = page.after


def all_rows(store: Store) -> list[dict[str, Any]]:
    with store.begin() as session:
        return list(list_tickets(session, size=200).rows)


def parts(store: Store, unit: str) -> set[str]:
    numbers = [row["number"] for row in all_rows(store)]
    with store.begin() as session:
        return {number for number in numbers if get(session, number).part(unit)}


WANTED: list[tuple[Wanted, Any]] = [
    (Wanted(), lambda row: True),
    (Wanted(state=State.SIGNED), lambda row: row["state"] == State.SIGNED),
    (Wanted(request_type=RequestType.CONSULT), lambda row: row["request_type"] == RequestType.CONSULT),
    (Wanted(channel=Channel.WEB), lambda row: row["channel"] == Channel.WEB),
    (Wanted(matter="0301"), lambda row: row["matter"] == "0301"),
    (Wanted(matter="02"), lambda row: row["matter"] == "0204"),
    (Wanted(territory="532329-02"), lambda row: row["territory"] == "532329-02"),
    (Wanted(territory="532329"), lambda row: True),
    (Wanted(phone="13800000003"), lambda row: row["phone"] == "13800000003"),
    (Wanted(supervision=Supervision.NONE), lambda row: row["supervision"] == Supervision.NONE),
    (Wanted(open_only=True), lambda row: row["closed_at"] is None),
    (
        Wanted(since=date(2026, 3, 4), until=date(2026, 3, 6)),
        lambda row: "260304" <= row["number"][:6] <= "260306",
    ),
    (Wanted(state=State.DISPATCHED, matter="03"), lambda r: r["state"] == "dispatched" and r["matter"] == "0301"),
]


@pytest.fixture
def statements(store: Store) -> Iterator[list[str]]:
    """What is sent to the database."""
    sent: list[str] = []

    def note(*args: Any) -> None:
        sent.append(args[2])

    event.listen(store.engine, "before_cursor_execute", note)
    yield sent
    event.remove(store.engine, "before_cursor_execute", note)


def test_every_filter_gives_what_it_says_in_whole_pages(county: Store) -> None:
    """Each page follows the last: nothing twice, nothing left out, newest first."""
    rows = all_rows(county)
    assert len(rows) == 24
    for wanted, holds in WANTED:
        expected = [row["number"] for row in rows if holds(row)]
        assert expected == sorted(expected, reverse=True) and expected
        assert [row["number"] for row in everything(county, wanted=wanted)] == expected
        assert [row["number"] for row in everything(county, wanted=wanted, oldest=True)] == expected[::-1]
        with county.begin() as session:
            assert count_tickets(session, wanted) == (len(expected), True)


def test_a_unit_finds_what_it_leads_and_what_it_helps_with(county: Store) -> None:
    wanted = parts(county, "swj")
    for size, by_due in itertools.product((1, 4, 50), (False, True)):
        rows = everything(county, size, wanted=Wanted(unit="swj"), by_due=by_due)
        assert {row["number"] for row in rows} == wanted and len(rows) == len(wanted) == 20
        assert {row["lead_unit"] for row in rows} == {"swj", "zfj"}


def test_by_due_date_the_nearest_first(county: Store) -> None:
    rows = everything(county, by_due=True)
    keys = [(row["due_resolve"], row["number"]) for row in rows]
    assert keys == sorted(keys) and len(set(keys)) == len(keys) == 20


def test_red_ones(county: Store) -> None:
    sweep(county, AT + timedelta(days=6))
    red = {row["number"] for row in everything(county, wanted=Wanted(light=Light.RED))}
    assert red == {row["number"] for row in all_rows(county) if row["light"] == Light.RED} != set()


def test_counting_stops_at_its_bound(county: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.queries.COUNT_BOUND", 10)
    with county.begin() as session:
        assert count_tickets(session) == (10, False)
        assert count_tickets(session, Wanted(phone="13800000003")) == (4, True)


def test_a_key_that_is_none_is_told(store: Store) -> None:
    with store.begin() as session:
        for after in ("x", "1.5", "'; DROP TABLE tickets", "-1", "²", "9" * 40):
            for by_due in (False, True):
                with pytest.raises(Invalid):
                    list_tickets(session, after=after, by_due=by_due)
            with pytest.raises(Invalid):
                search_tickets(session, "停水", after=after)


def test_a_page_has_its_bounds(store: Store) -> None:
    with store.begin() as session:
        for size in (0, -1, 201):
            with pytest.raises(Invalid):
                list_tickets(session, size=size)


class TestSearch:
    """By number, by telephone number, by words."""

    def found(self, store: Store, words: str, **kwargs: Any) -> list[str]:
        with store.begin() as session:
            return [row["number"] for row in search_tickets(session, words, **kwargs).rows]

    def test_by_number_and_by_telephone_number(self, county: Store) -> None:
        assert self.found(county, " 260302000001 ") == ["260302000001"]
        assert len(self.found(county, "13800000003")) == 4
        assert self.found(county, "087187100001") == []

    def test_by_words(self, county: Store) -> None:
        rows = all_rows(county)
        assert self.found(county, "停水") == [row["number"] for row in rows if "停水" in row["subject"]]
        assert len(self.found(county, "路灯 高桥镇")) == 3
        assert self.found(county, "独角兽") == []

    def test_page_by_page(self, county: Store) -> None:
        whole, pieces, after = self.found(county, "停水"), [], ""
        for _ in itertools.count():
            with county.begin() as session:
                page = search_tickets(session, "停水", size=5, after=after)
            pieces += [row["number"] for row in page.rows]
            if page.after is None:
                break
            after = page.after
        assert pieces == whole and len(whole) == 12

    def test_of_a_unit(self, county: Store) -> None:
        mine = parts(county, "swj")
        assert set(self.found(county, "停水", unit="swj")) == set(self.found(county, "停水")) & mine
        assert self.found(county, "停水", unit="tax") == []
        assert self.found(county, "260302000001", unit="tax") == []

    def test_common_words_are_looked_for_newest_first(self, county: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """PostgreSQL walks, or fetches and sorts, by how common the words are: the same page either way."""
        words = ("停水", "路灯", "狮山镇")
        expected = [(self.found(county, word), self.found(county, word, unit="swj")) for word in words]
        for rare, near, far in ((2, 3, 3), (1_000, 3, 3), (2, 3, 1_000), (1_000, 2, 100), (2, 1_000, 1_000)):
            monkeypatch.setattr("tickets.search_index.RARE", rare)
            monkeypatch.setattr("tickets.search_index.NEAR", near)
            monkeypatch.setattr("tickets.search_index.FAR", far)
            assert [(self.found(county, word), self.found(county, word, unit="swj")) for word in words] == expected
            assert self.found(county, "停水", size=2) == expected[0][0][:2]

    def test_changed_text_is_found_and_old_text_is_not(self, county: Store) -> None:
        with county.begin() as session:
            act(session, "260302000001", Action.EDIT, by=AGENT, at=AT, subject="井盖丢失", body="北街")
        assert self.found(county, "井盖") == ["260302000001"]
        assert "260302000001" not in self.found(county, "路灯")

    def test_names_and_numbers_of_citizens_are_not_in_the_text(self, county: Store) -> None:
        with county.begin() as session:
            act(session, "260302000001", Action.EDIT, by=AGENT, at=AT, citizen_name="欧阳修远")
        assert self.found(county, "欧阳修远") == []

    def test_operators_are_only_text(self, county: Store) -> None:
        for words in ('停水" OR 1=1 --', "停水' | '路灯", "停水*", "NEAR(停水 路灯)", "grams:停水"):
            assert set(self.found(county, words)) <= set(self.found(county, "停水"))

    def test_nothing_to_look_for_is_told(self, store: Store) -> None:
        for words in ("", "  ", "！？", "'\""):
            with pytest.raises(Invalid, match="字词"):
                self.found(store, words)


class TestDashboard:
    def test_its_figures_are_the_lists_figures(self, county: Store) -> None:
        sweep(county, AT + timedelta(days=6))
        rows = all_rows(county)
        for unit in ("", "swj"):
            mine = [row for row in rows if not unit or row["lead_unit"] == unit]
            with county.begin() as session:
                board = dashboard(session, AT + timedelta(days=11), unit)
            assert board.open == len(mine) == sum(board.by_state.values()) == sum(board.by_light.values())
            assert board.by_state["signed"] == sum(row["state"] == State.SIGNED for row in mine)
            assert board.by_light["red"] == sum(row["light"] == Light.RED for row in mine) > 0
            assert board.by_supervision["tracked"] == board.by_light["red"]
            assert board.received == sum(row["number"].startswith("260313") for row in mine)
            assert board.closed == 0

    def test_what_is_closed_is_counted_today_alone(self, county: Store) -> None:
        with county.begin() as session:
            act(session, "260304000002", Action.REFUSE, by=AGENT, at=AT + timedelta(days=3), scope="N2")
            assert dashboard(session, AT + timedelta(days=3)).closed == 1
            assert dashboard(session, AT + timedelta(days=4)).closed == 0


class TestProgress:
    """The phone tells state, unit and date only when number and last four digits match."""

    def test_match(self, county: Store) -> None:
        with county.begin() as session:
            told = progress_for_phone(session, "260302000002", "0001")
            assert told and (told.state, told.unit) == (State.SIGNED, "县水务局")
            assert told.deadline == get(session, "260302000002").due_resolve

    def test_no_match(self, county: Store) -> None:
        right = "260302000002"
        wrong = ((right, "0002"), (right, ""), (right, "１"), ("999999999999", "0001"), ("", "0001"))
        with county.begin() as session:
            assert [progress_for_phone(session, number, last4) for number, last4 in wrong] == [None] * 5

    def test_a_ticket_without_a_number_never_matches(self, county: Store) -> None:
        with county.begin() as session:
            number = receive(session, Submission(Channel.PHONE, AT)).number
            assert progress_for_phone(session, number, "") is None

    def test_before_dispatch_and_after_the_end_there_is_no_date(self, county: Store) -> None:
        with county.begin() as session:
            told = progress_for_phone(session, "260304000002", "0005")
            assert told and (told.state, told.unit, told.deadline) == (State.DRAFT, "", None)

    def test_a_merged_ticket_answers_with_the_one_it_is_under(self, county: Store) -> None:
        with county.begin() as session:
            act(session, "260305000001", Action.MERGE, by=OFFICE, at=AT, into="260302000001")
            told = progress_for_phone(session, "260305000001", "0000")
            assert told and told.number == "260305000001" and told.state == State.DISPATCHED
            assert told.deadline == get(session, "260302000001").due_resolve


def test_pages_cost_a_fixed_number_of_statements(county: Store, statements: list[str]) -> None:
    """No list asks again for each row."""
    for size in (2, 20):
        del statements[:]
        with county.begin() as session:
            list_tickets(session, Wanted(unit="swj"), size=size)
        assert len([statement for statement in statements if "FROM tickets" in statement]) == 2


def test_units_by_name(county: Store) -> None:
    with county.begin() as session:
        assert unit_names(session)["swj"] == "县水务局"
