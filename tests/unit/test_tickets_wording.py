"""What people type, numbers and dates; and what is hidden of a confidential ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tickets_support import AGENT, OFFICE, TOWN, WATER, dispatched
from tickets.access import Action, Actor, Role
from tickets.errors import Invalid
from tickets.masking import HIDDEN, is_masked, masked_events, masked_phone, masked_row, masked_ticket
from tickets.present import MOVES
from tickets.search_index import grams
from tickets.wording import clean_date, clean_phone, clean_text, phone_digits


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("13800000001", "13800000001"),
        ("+86 138-0000-0001", "13800000001"),
        ("008613800000001", "13800000001"),
        ("８６13800000001", "13800000001"),
        ("0878-8710000", "08788710000"),
        ("110", "110"),
        ("anonymous", ""),
        ("", ""),
        ("12", ""),
        ("1" * 16, ""),
        ("١٣٨", ""),
        ("138,Goto(x)", ""),
    ],
)
def test_a_number_is_digits_or_nothing(typed: str, digits: str) -> None:
    assert phone_digits(typed) == digits


def test_a_number_somebody_typed_wrong_is_told() -> None:
    assert clean_phone("联系电话", "") == ""
    with pytest.raises(Invalid, match="不是电话号码"):
        clean_phone("联系电话", "call me")


@pytest.mark.parametrize(
    "typed", ["2027-01-04", "2027/1/4", "2027.1.4", "2027年1月4日", " 2027-1-4 ", date(2027, 1, 4)]
)
def test_dates_as_people_write_them(typed: object) -> None:
    assert clean_date("日期", typed) == date(2027, 1, 4)
    assert clean_date("日期", datetime(2027, 1, 4, 12)) == date(2027, 1, 4)


@pytest.mark.parametrize("typed", ["2027-02-30", "0027-01-01", "27-1-1", "tomorrow", "", None, 20270104, "2027-13-01"])
def test_wrong_dates_are_told(typed: object) -> None:
    with pytest.raises(Invalid, match="不是日期"):
        clean_date("日期", typed)


@given(st.text(max_size=60))
def test_text_is_kept_as_written_or_refused(typed: str) -> None:
    try:
        kept = clean_text("内容", typed, 50)
    except Invalid as error:
        assert str(error)
    else:
        assert kept.encode().decode() == typed.strip()


@given(st.text(max_size=60), st.text(max_size=60))
def test_grams_find_what_is_contained(before: str, after: str) -> None:
    """Every gram of a phrase between blanks is a gram of the text around it."""
    for phrase in ("自来水停水", "12345", "wifi", "水"):
        assert set(grams(phrase)) <= set(grams(f"{before} {phrase} {after}"))


def test_grams_are_pairs_of_neighbours_and_whole_words() -> None:
    assert grams("停水，Wi-Fi 3天") == ["3", "fi", "wi", "停水", "天"]
    assert grams("'; DROP -- \" * : ^") == ["drop"]
    assert grams("！？") == []


CITIZEN = "李小明"
SECRET = replace(
    dispatched(),
    confidential=True,
    complained_unit="swj",
    citizen_name=CITIZEN,
    body="李小明（13800000001）反映水务局态度差",
    recordings=("a.wav",),
    call_id="1.2",
    source_key="phone:1.2",
)
EVENT = {
    "reason": "李小明来电催办",
    "detail": {"phone": "13800000001", "was": {"citizen_name": CITIZEN}, "unit": "swj", "texts": ["13800000001"]},
}


class TestConfidential:
    """The unit complained of does not learn who complained."""

    def test_who_sees_the_citizen(self) -> None:
        handling = replace(SECRET, complained_unit="town01")
        assert is_masked(SECRET, WATER) and not is_masked(handling, WATER)
        assert is_masked(SECRET, TOWN) and is_masked(handling, TOWN)
        for role in (Role.AUDITOR, Role.ADMIN):
            assert is_masked(SECRET, Actor("x", role))
        assert not is_masked(SECRET, OFFICE) and not is_masked(SECRET, AGENT)
        assert not is_masked(replace(SECRET, confidential=False), WATER)

    def test_nothing_of_the_citizen_is_left(self) -> None:
        seen = repr(masked_ticket(SECRET, WATER)) + repr(masked_events(SECRET, [EVENT], WATER))
        assert CITIZEN not in seen and "13800000001" not in seen and "a.wav" not in seen and "1.2" not in seen
        assert HIDDEN in seen and "态度差" in seen and "催办" in seen and "swj" in seen

    def test_others_see_it_whole(self) -> None:
        assert masked_ticket(SECRET, OFFICE) is SECRET
        assert masked_events(SECRET, [EVENT], OFFICE) == [EVENT]

    def test_rows_of_lists(self) -> None:
        row = {
            "confidential": True,
            "complained_unit": "swj",
            "lead_unit": "swj",
            "citizen_name": CITIZEN,
            "phone": "13800000001",
            "subject": "李小明投诉",
        }
        seen = masked_row(row, WATER)
        assert (seen["citizen_name"], seen["phone"], seen["subject"]) == (HIDDEN, HIDDEN, f"{HIDDEN}投诉")
        assert masked_row(row, OFFICE) == row
        assert masked_row(row | {"complained_unit": None}, WATER)["phone"] == "13800000001"
        assert masked_row(row | {"complained_unit": None}, TOWN)["phone"] == HIDDEN

    @pytest.mark.parametrize(("phone", "shown"), [("13800000001", "*******0001"), ("110", "***"), ("", "")])
    def test_numbers_for_logs(self, phone: str, shown: str) -> None:
        assert masked_phone(phone) == shown


def test_everything_that_is_on_record_has_a_chinese_name() -> None:
    assert {action.value for action in Action} <= set(MOVES)
    assert all("\u4e00" <= name[0] <= "\u9fff" for name in MOVES.values())
