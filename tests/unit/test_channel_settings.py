"""The settings of the channels: what cannot be is refused, passwords are not shown; any message is taken or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from channels import sms_in
from channels.fax import pages
from hotline.cli import main
from hotline.settings import SettingsError, load
from tests.fax_machine import page_of
from tickets.errors import Invalid


def settings(tmp_path: Path, **more: str) -> object:
    return load({"HOTLINE_HOME": str(tmp_path), **{f"HOTLINE_{name.upper()}": value for name, value in more.items()}})


@pytest.mark.parametrize(
    "more",
    [{"mail_imap": "imap://mail.example", "mail_address": "a@b.example"}, {"mail_imap": "mail.example"},
     {"mail_smtp": "http://mail.example", "mail_address": "a@b.example"}, {"mail_smtp": "smtps://mail.example"},
     {"mail_address": "nobody"}, {"mail_imap": "imaps://user:pw@mail.example", "mail_address": "a@b.example"},
     {"fax_number": "12345"}, {"fax_number": "12a"}, {"fax_number": "1,Hangup()"}, {"sms_in_folder": "a b"},
     {"mail_imap": "imaps://mail.example:99999", "mail_address": "a@b.example"}],
)
def test_what_cannot_be_is_refused(tmp_path: Path, more: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        settings(tmp_path, **more)


def test_what_can_be_is_taken(tmp_path: Path) -> None:
    settings(
        tmp_path, mail_imap="imaps://mail.example/INBOX", mail_smtp="smtp://mail.example:587",
        mail_address="12345@county.example", fax_number="08715555555", sms_in_folder="sms-in",
    )
    settings(tmp_path, mail_imap="imap://127.0.0.1:1143", mail_address="12345@county.example")


def test_passwords_and_tokens_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLINE_MAIL_PASSWORD", "hidden-one")
    monkeypatch.setenv("HOTLINE_SMS_TOKEN", "hidden-two")
    assert main(["settings", "--json"]) == 0
    said = capsys.readouterr().out
    assert "hidden" not in said and json.loads(said)["settings"]

ANY_SPEED = trying(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@ANY_SPEED
@given(st.dictionaries(st.sampled_from(["from", "text", "id", "at"]), st.text() | st.integers() | st.none()))
def test_any_object_is_a_message_or_refused(found: dict[str, object]) -> None:
    try:
        message = sms_in.message_of({"from": "13800000001", "text": "路灯", "id": "1", **found})
    except Invalid:
        return
    assert message.phone.isdigit() and message.text and message.key and message.at.tzinfo


@ANY_SPEED
@given(st.binary(max_size=200))
def test_no_bytes_are_too_broken_to_count_pages(data: bytes) -> None:
    assert pages(data) >= 0 and pages(b"II*\0" + data) >= 0 and pages(b"MM\0*" + data) >= 0


def test_the_pages_of_a_fax_are_counted() -> None:
    assert [pages(page_of(count)) for count in (1, 2, 7)] == [1, 2, 7]
    assert pages(page_of(3)[:60]) == 0  # breaks off before the first directory
