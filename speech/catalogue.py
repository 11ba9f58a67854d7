"""The prompts, and how values become lists of prompt ids. Pure: no sound is touched here.

Ids under `digits/` are Asterisk's own (main/say.c, language zh), so that its SayNumber, SayDigits and queue
announcements find the same files.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from speech.errors import SpeechError

HAN_DIGITS = "零一二三四五六七八九"
_LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sound: its wording as printed, what it is for, how a voice reads it ("" for tones) and how fast.

    A tone has `hertz` (0 is silence) and `seconds`; `seconds` is 0 for speech. `pace` 1 is the voice's own.
    """

    id: str
    text: str
    meaning: str
    reading: str
    pace: float = 1.0
    hertz: float = 0.0
    seconds: float = 0.0


@cache
def load() -> Mapping[str, Prompt]:
    """Every prompt of prompts.toml by id, in the file's order."""
    return MappingProxyType({key: _prompt(key, entry) for key, entry in _data()["prompts"].items()})


@cache
def asterisk_names() -> Mapping[str, str]:
    """Sound names that Asterisk's applications ask for, each with the prompt that answers (queues.conf.sample)."""
    return MappingProxyType(dict(_data()["asterisk"]))


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("speech").joinpath("prompts.toml").read_text(encoding="utf-8"))


def _prompt(key: str, entry: Mapping[str, Any]) -> Prompt:
    given = {name: entry[name] for name in ("pace", "hertz", "seconds") if name in entry}
    return Prompt(key, entry["text"], entry["meaning"], entry.get("spoken") or spell(entry["text"]), **given)


UNITS = "unit/"
"""Ids of units' names begin so; they are no part of the catalogue, because a county has units of its own."""


def unit_prompt(name: str) -> str:
    """The prompt that speaks a unit's name. It follows the name alone, so no old sound speaks for a renamed unit."""
    return UNITS + hashlib.sha256(name.encode()).hexdigest()[:12]


WORDINGS = "wording/"
"""Ids of sentences that only a county's own questionnaire says begin so; they are no part of the catalogue either."""


def wording_prompt(words: str) -> str:
    """The prompt that speaks a sentence of a county's own. It follows the words alone, as a unit's follows its name."""
    return WORDINGS + hashlib.sha256(words.encode()).hexdigest()[:12]


def spell(text: str) -> str:
    """The text with each Arabic digit as its Chinese character: voices read 12345 as a quantity otherwise."""
    return re.sub(r"[0-9]", lambda found: HAN_DIGITS[int(found[0])], text)


def spoken_digits(digits: str) -> list[str]:
    """Prompts for digits one by one, for agent numbers, ticket numbers and telephone numbers.

    Raises SpeechError for anything but the ASCII digits.
    """
    if not re.fullmatch(r"[0-9]*", digits):
        raise SpeechError(f"not digits: {digits!r}")
    return [f"digits/{digit}" for digit in digits]


def spoken_number(number: int) -> list[str]:
    """Prompts for a cardinal from 0 to 10**12 - 1 (二 alone, but 两百, 两千, 两万). Raises SpeechError outside.

    For an ordinal or a position (第二位) take this, before a measure word (两分钟) `spoken_quantity`.
    """
    if not 0 <= number < _LARGEST:
        raise SpeechError(f"number out of range: {number}")
    if number == 0:
        return ["digits/0"]
    spoken = _spoken_groups(number)
    # 10 to 19 lead with 十, not 一十; inside a number (一百一十) the 一 stays.
    return spoken[1:] if spoken[:2] == ["digits/1", "digits/10"] else spoken


def _spoken_groups(number: int) -> list[str]:
    spoken: list[str] = []
    gap = False
    for unit, name in ((10**8, "digits/yi"), (10**4, "digits/wan"), (1, "")):
        group, number = divmod(number, unit)
        if not group:
            gap = bool(spoken)
            continue
        spoken += ["digits/0"] if gap or (spoken and group < 1000) else []
        spoken += ["digits/2-liang", name] if group == 2 and name else [*_spoken_group(group), name]
        gap = False
    return [prompt for prompt in spoken if prompt]


def _spoken_group(group: int) -> list[str]:
    """A group of four digits, 1 to 9,999: thousands, hundreds, tens, ones, with one 零 for zeros inside."""
    spoken: list[str] = []
    gap = False
    for unit, name in ((1000, "digits/thousand"), (100, "digits/hundred"), (10, ""), (1, "")):
        digit, group = divmod(group, unit)
        if not digit:
            gap = bool(spoken)
            continue
        spoken += ["digits/0"] if gap else []
        spoken += _spoken_place(digit, unit, name)
        gap = False
    return spoken


def _spoken_place(digit: int, unit: int, name: str) -> list[str]:
    if unit == 10:
        return ["digits/1", "digits/10"] if digit == 1 else [f"digits/{digit}0"]
    if name:
        return ["digits/2-liang" if digit == 2 else f"digits/{digit}", name]
    return [f"digits/{digit}"]


def spoken_quantity(number: int) -> list[str]:
    """Prompts for a number before a measure word: as `spoken_number`, but 2 is 两 (两分钟)."""
    return ["digits/2-liang"] if number == 2 else spoken_number(number)


def spoken_minutes(minutes: int) -> list[str]:
    """Prompts for a length of time in whole minutes: 两分钟."""
    return [*spoken_quantity(minutes), "minutes"]


def spoken_date(day: date, today: date | None = None) -> list[str]:
    """Prompts for a date, 二零二六年 七月 三日; the year is left out when it is `today`'s."""
    year = [] if today and today.year == day.year else [*spoken_digits(str(day.year)), "digits/year"]
    return [*year, f"digits/mon-{day.month - 1}", f"day/{day.day}"]


def spoken_time(moment: time) -> list[str]:
    """Prompts for a time of day on the 24-hour clock: 十七点三十分, 八点零五分, 八点."""
    hour = [*spoken_quantity(moment.hour), "digits/oclock"]
    if not moment.minute:
        return hour
    zero = ["digits/0"] if moment.minute < 10 else []
    return [*hour, *zero, *spoken_number(moment.minute), "digits/minute"]


def spoken_hours(opens: time, closes: time) -> list[str]:
    """Prompts for opening hours: 八点三十分 至 十七点三十分."""
    return [*spoken_time(opens), "hours_to", *spoken_time(closes)]


def spoken_state(state: str) -> list[str]:
    """The prompt for a ticket's state (draft, accepted, ...). Raises SpeechError when there is none."""
    return [_known(f"state_{state}")]


def spoken_topic(request_type: str) -> list[str]:
    """The prompt for a request type (R4: consult, help, complaint, report, suggestion). Raises SpeechError."""
    return [_known(f"topic_{request_type}")]


def spoken_service(service: str) -> list[str]:
    """The prompt for an emergency service's number (R6: 110, 119, 120, 122). Raises SpeechError."""
    return [_known(f"service_{service}")]


def _known(prompt: str) -> str:
    if prompt not in load():
        raise SpeechError(f"no such prompt: {prompt}")
    return prompt
