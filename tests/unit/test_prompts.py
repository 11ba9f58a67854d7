"""The catalogue of prompts, and values spoken as lists of prompts."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.catalogue import (
    asterisk_names,
    load,
    spell,
    spoken_date,
    spoken_digits,
    spoken_hours,
    spoken_minutes,
    spoken_number,
    spoken_quantity,
    spoken_service,
    spoken_state,
    spoken_time,
    spoken_topic,
)
from speech.errors import SpeechError
from tickets.terms import RequestType, State

UNITS = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10**4, "亿": 10**8}
ONES = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}


def words(prompts: list[str]) -> str:
    """What a caller hears: a prompt that is not in the catalogue is a KeyError."""
    return "".join(load()[prompt].text for prompt in prompts)


def value(spoken: str) -> int:
    """A Chinese numeral read back, by its grammar alone."""
    total = group = digit = 0
    for sign in spoken:
        if sign in ONES:
            digit = ONES[sign]
        elif sign in UNITS:
            group, digit = group + (digit or 1) * UNITS[sign], 0
        else:
            total, group, digit = total + (group + digit) * LARGE[sign], 0, 0
    return total + group + digit


# -- the catalogue --------------------------------------------------------------------------------


def test_every_prompt_has_a_meaning_and_either_words_or_a_tone() -> None:
    for prompt in load().values():
        assert prompt.meaning
        assert bool(prompt.reading) != bool(prompt.seconds), prompt.id
        assert bool(prompt.text) == bool(prompt.reading), prompt.id
        assert prompt.pace > 0


def test_no_reading_leaves_a_voice_to_guess_at_digits_or_letters() -> None:
    for prompt in load().values():
        assert re.fullmatch(r"[一-鿿，。、：？]*", prompt.reading), prompt.id


def test_an_id_is_safe_as_a_dialplan_argument_and_a_file_name() -> None:
    for name in [*load(), *asterisk_names()]:
        assert re.fullmatch(r"[a-z0-9_-]+(/[a-z0-9-]+)?", name), name


def test_spell_reads_digits_one_by_one() -> None:
    assert spell("武定县12345，请按0") == "武定县一二三四五，请按零"


@pytest.mark.parametrize(
    ("pieces", "heard"),
    [
        (["queue_position_before", *spoken_number(2), "queue_position_after"], "话务员正忙，您排在第二位。"),
        (["queue_wait_before", *spoken_quantity(12), "queue_wait_after"], "预计等待十二分钟。"),
        (["agent_number_before", *spoken_digits("8001"), "agent_number_after"], "工号八零零一为您服务。"),
        (
            ["emergency_failed_before", *spoken_service("119"), "emergency_failed_after"],
            "转接未成功，请立即直接拨打119话务员正在接听。",
        ),
        (
            ["survey_consent_before", *spoken_date(date(2026, 7, 3), date(2026, 8, 1)), "survey_consent_topic",
             *spoken_topic("complaint"), "survey_consent_after"],
            "您七月三日反映的投诉事项，现在方便请按1，稍后再打请按2，不再回访请按3。",
        ),
        (
            ["progress_state", *spoken_state("signed"), "progress_unit", "unit",
             "progress_due", *spoken_date(date(2026, 12, 31))],
            "工单已签收承办单位承办单位期限二零二六年十二月三十一日",
        ),
        (
            ["closed_before", *spoken_hours(time(8, 30), time(17, 30))],
            "现在是非人工服务时间，服务时间为八点三十分至十七点三十分",
        ),
        (["voicemail_done_before", *spoken_digits("260703000012"), "voicemail_done_after"],
         "已提交，编号二六零七零三零零零零一二下一工作日联系您。"),
        (["conference_before", "unit", "conference_after"], "正在连接承办单位进行三方通话。"),
        (["refuse_organ_before", "organ_court", "refuse_organ_after"], "此事不属12345受理范围，请向法院反映。"),
    ],
)  # fmt: skip
def test_prompts_around_a_value_make_the_wording(pieces: list[str], heard: str) -> None:
    assert words(pieces) == heard


# -- what Asterisk itself says in zh (main/say.c, app_queue) ---------------------------------------


def test_asterisk_finds_every_sound_of_its_chinese_numbers_and_dates() -> None:
    names = ["0", *"123456789", *(f"{ten}0" for ten in range(1, 10)), "hundred", "thousand", "wan", "yi", "minus"]
    names += [f"mon-{month}" for month in range(12)] + [f"day-{day}" for day in range(7)]
    names += ["year", "day", "today", "yesterday", "a-m", "p-m", "oclock", "minute", "second"]
    assert {f"digits/{name}" for name in names} <= set(load())


def test_asterisks_months_and_weekdays_begin_at_nought() -> None:
    assert load()["digits/mon-0"].text == "一月"
    assert load()["digits/mon-11"].text == "十二月"
    assert load()["digits/day-0"].text == "星期日"


def test_what_app_queue_announces_makes_sentences() -> None:
    said = {name: load()[prompt].text for name, prompt in asterisk_names().items()}
    assert said["queue-youarenext"] == "话务员正忙，您是下一位。"
    assert said["queue-thereare"] + "三" + said["queue-callswaiting"] == "话务员正忙，您排在第三位。"
    assert said["queue-holdtime"] + "五" + said["queue-minutes"] == "预计等待五分钟。"
    assert not set(asterisk_names()) & set(load())


# -- numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "heard"),
    [
        (0, "零"), (2, "二"), (10, "十"), (12, "十二"), (20, "二十"), (22, "二十二"), (100, "一百"),
        (101, "一百零一"), (110, "一百一十"), (112, "一百一十二"), (200, "两百"), (222, "两百二十二"),
        (1000, "一千"), (1001, "一千零一"), (1010, "一千零一十"), (1100, "一千一百"), (2000, "两千"),
        (2002, "两千零二"), (2200, "两千两百"), (9999, "九千九百九十九"), (10000, "一万"), (20000, "两万"),
        (10001, "一万零一"), (12345, "一万两千三百四十五"), (100000, "十万"), (120000, "十二万"),
        (1000000, "一百万"), (2 * 10**8, "两亿"), (10**8 + 5, "一亿零五"), (10**8 + 5000, "一亿零五千"),
        (10**8 + 120000, "一亿零一十二万"), (20 * 10**8, "二十亿"),
    ],
)  # fmt: skip
def test_numbers_are_said_as_people_say_them(number: int, heard: str) -> None:
    assert words(spoken_number(number)) == heard


def test_every_number_to_9999_is_spoken_and_means_itself() -> None:
    for number in range(10_000):
        heard = words(spoken_number(number))
        assert value(heard) == number
        assert not re.search(r"二[百千]|零零|零$|^一十", heard) or number == 0


@given(st.integers(0, 10**12 - 1))
def test_larger_numbers_mean_themselves(number: int) -> None:
    heard = words(spoken_number(number))
    assert value(heard) == number
    assert "零零" not in heard
    assert number == 0 or not heard.endswith("零")


@pytest.mark.parametrize("number", [-1, 10**12])
def test_a_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(SpeechError, match="out of range"):
        spoken_number(number)


def test_two_of_something_is_liang() -> None:
    assert words(spoken_minutes(2)) == "两分钟"
    assert words(spoken_minutes(12)) == "十二分钟"
    assert words(spoken_minutes(102)) == "一百零二分钟"


@given(st.text("0123456789", max_size=20))
def test_digits_are_said_one_by_one(digits: str) -> None:
    assert words(spoken_digits(digits)) == spell(digits)


@pytest.mark.parametrize("digits", ["12a", "-1", "1 2", "１２", "*9", "../1"])
def test_only_digits_are_digits(digits: str) -> None:
    with pytest.raises(SpeechError, match="not digits"):
        spoken_digits(digits)


# -- dates and times -------------------------------------------------------------------------------


def test_every_day_of_a_leap_year_is_spoken() -> None:
    days = [date(2028, 1, 1) + timedelta(days) for days in range(366)]
    for day in days:
        heard = re.fullmatch(r"二零二八年(.+)月(.+)日", words(spoken_date(day)))
        assert heard and (value(heard[1]), value(heard[2])) == (day.month, day.day)
    assert len({words(spoken_date(day)) for day in days}) == 366


def test_the_year_is_left_out_when_it_is_this_year() -> None:
    assert words(spoken_date(date(2026, 2, 13), today=date(2026, 1, 1))) == "二月十三日"
    assert words(spoken_date(date(2027, 2, 13), today=date(2026, 1, 1))) == "二零二七年二月十三日"


def test_every_minute_of_a_day_is_spoken() -> None:
    for minute in range(24 * 60):
        moment = time(minute // 60, minute % 60)
        heard = re.fullmatch(r"(.+)点(?:(.+)分)?", words(spoken_time(moment)))
        assert heard and value(heard[1]) == moment.hour
        assert value(heard[2] or "零") == moment.minute
    assert words(spoken_time(time(2, 5))) == "两点零五分"


# -- tickets (R4, R6, R12) -------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(State))
def test_r12_every_state_of_a_ticket_is_spoken_as_it_is_written(state: State) -> None:
    assert words(spoken_state(state.value)).replace("，", "") == state.label


@pytest.mark.parametrize("kind", [kind for kind in RequestType if kind])
def test_r4_every_request_type_is_spoken(kind: RequestType) -> None:
    assert words(spoken_topic(kind.value)) == kind.label


@pytest.mark.parametrize(
    ("service", "heard"), [("110", "幺幺零"), ("119", "幺幺九"), ("120", "幺二零"), ("122", "幺二二")]
)
def test_r6_every_emergency_service_is_named_by_its_digits(service: str, heard: str) -> None:
    (named,) = spoken_service(service)
    assert (load()[named].text, load()[named].reading) == (service, heard)
    assert heard in load()[f"emergency_{service}"].reading


@pytest.mark.parametrize("unknown", [spoken_state, spoken_topic, spoken_service])
def test_what_has_no_prompt_is_an_error(unknown: object) -> None:
    assert callable(unknown)
    with pytest.raises(SpeechError, match="no such prompt"):
        unknown("nothing")
