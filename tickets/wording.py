"""What people type, made safe to keep: text is kept as it is written, but for what no database can hold."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from tickets.errors import Invalid

_HOMELAND = re.compile(r"^(?:00|\+)?86(?=1\d{10}$|0\d{9,11}$)")
_DATE = re.compile(r"^(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?$")


def clean_text(field: str, value: object, longest: int, shortest: int = 0) -> str:
    """The text without surrounding blanks. Raises Invalid when it is no text, too long, too short or has controls.

    Markup and quotes are kept: what is written is evidence; pages escape it, statements bind it.
    """
    if not isinstance(value, str):
        raise Invalid(field, "应为文字")
    text = value.strip()
    for character in text:
        kind = unicodedata.category(character)
        if (kind == "Cc" and character not in "\n\t\r") or kind == "Cs":
            raise Invalid(field, "含有不可见的控制字符")
    if len(text) > longest:
        raise Invalid(field, f"超过{longest}字")
    if len(text) < shortest:
        raise Invalid(field, f"至少{shortest}字" if shortest > 1 else "不能为空")
    return text


def printable(text: str) -> str:
    """What somebody typed, without control characters; line ends are newlines alone."""
    return "".join(letter for letter in text if letter in "\n\t" or letter.isprintable() or letter == "\u3000")


def phone_digits(number: str) -> str:
    """The digits of a telephone number without the country's code, "" when it is hidden or not a number."""
    compact = re.sub(r"[\s\-()（）]", "", unicodedata.normalize("NFKC", number))
    digits = _HOMELAND.sub("", compact).removeprefix("+")
    return digits if digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 15 else ""


def clean_phone(field: str, number: str) -> str:
    """The digits of a number somebody typed; "" stays "". Raises Invalid when it is not a number."""
    digits = phone_digits(number)
    if number.strip() and not digits:
        raise Invalid(field, "不是电话号码")
    return digits


def clean_date(field: str, value: object) -> date:
    """The date of an ISO or Chinese date, or of a spreadsheet's cell. Raises Invalid."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = _DATE.match(str(value).strip())
    try:
        found = date(*map(int, match.groups())) if match else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2100:
        raise Invalid(field, f"“{str(value)[:40]}”不是日期，应如 2027-01-01")
    return found
