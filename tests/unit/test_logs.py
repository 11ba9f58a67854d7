"""Logs: one line an event, numbers masked above DEBUG, ids readable."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.logs import Line, mask, to_file


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("caller=13800000001", "caller=138****01"),
        ("+8613800000001 rang", "+86****01 rang"),
        ("087112345678", "087****78"),
        ("from 1234567.", "from 123****67."),
        ("8001 took it on 12345", "8001 took it on 12345"),
        ("ticket 260706000001", "ticket 260706000001"),
        ("call hotline-1795382366.2", "call hotline-1795382366.2"),
    ],
)
def test_numbers_are_masked_and_ids_are_not(text: str, shown: str) -> None:
    assert mask(text) == shown


SENTENCES = ["{}", "a {} b", "caller={}", "({})", "{}, x", "{}.", "a-{}"]


@given(st.from_regex(r"1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8}", fullmatch=True), st.sampled_from(SENTENCES))
def test_no_mobile_number_survives(number: str, sentence: str) -> None:
    assert number not in mask(sentence.format(number))


def record(message: str, level: int = logging.INFO, **extra: str) -> logging.LogRecord:
    made = logging.LogRecord("hotline.x", level, "file", 1, message, (), None)
    made.__dict__.update(extra)
    return made


def test_a_line_has_time_level_logger_and_facts() -> None:
    line = Line().format(record("played 13800000001", call_id="hotline-1.2", ticket_no="260706000001"))
    assert line[10] == "T" and "+08:00 info hotline.x played 138****01" in line
    assert line.endswith(" call_id=hotline-1.2 ticket_no=260706000001")
    assert "13800000001" in Line().format(record("played 13800000001", logging.DEBUG))


def test_what_a_caller_sends_makes_no_line_of_its_own() -> None:
    line = Line().format(record("name=a\nfake line\r\nanother"))
    assert "\n" not in line and "\r" not in line


def test_a_traceback_follows_indented() -> None:
    made = record("failed")
    try:
        raise ValueError("13800000001 is not a key")
    except ValueError:
        made.exc_info = sys.exc_info()
    first, *more = Line().format(made).split("\n")
    assert first.endswith(" failed") and more
    assert all(line.startswith(" ") for line in more)
    assert "13800000001" not in "".join(more)


def test_the_file_is_the_owners_alone_and_is_rotated(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        to_file(tmp_path / "service.log")
        handler = root.handlers[0]
        assert isinstance(handler, logging.handlers.RotatingFileHandler)
        root.info("first")
        handler.doRollover()
        root.info("second")
        handler.close()
    finally:
        root.handlers[:], root.level = before, level
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["service.log", "service.log.1"]
    assert [path.stat().st_mode & 0o077 for path in tmp_path.iterdir()] == [0, 0]
    assert (tmp_path / "service.log").read_text().endswith("second\n")
