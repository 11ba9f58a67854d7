"""Which terms of a ticket a county may set."""

from __future__ import annotations

from pathlib import Path

from hotline.rules import rules
from hotline.settings import load
from tickets.deadlines import DEFAULT
from tickets.terms import RequestType


def test_a_county_that_sets_nothing_has_the_defaults(tmp_path: Path) -> None:
    assert rules(load({"HOTLINE_HOME": str(tmp_path)})) == DEFAULT


def test_what_the_notice_leaves_open_is_a_setting(tmp_path: Path) -> None:
    """R41: what counts as a repeated complaint; R21, R29: fast track and extension; the notice's own terms stay."""
    given = {"HOTLINE_REPEAT_COUNT": "5", "HOTLINE_REPEAT_DAYS": "30", "HOTLINE_EXTENSION_MOST": "10"}
    found = rules(load({"HOTLINE_HOME": str(tmp_path), "HOTLINE_FAST_RESOLVE": "3", **given}))
    assert (found.repeat_count, found.repeat_days, found.extension_most) == (5, 30, 10)
    assert found.resolve_days(RequestType.COMPLAINT, fast=True) == 3
    assert (found.contact, found.resolve_days(RequestType.CONSULT), found.resolve_other) == (2, 5, 15)
