"""Voicemail: whatever the caller does after speaking, the message is kept."""

from __future__ import annotations

import pytest

from telephony.call import CallerHungUp, Danger, Next, Outcome
from telephony.scripted import HANG_UP, Press, ScriptedCall, hang_up_during
from tests.unit.flow_support import CALL_ID, TICKET, FakeDesk, caller, message

NAME = "voicemail-1700000000.1-1700000123"
FILE = f"{NAME}.wav"
ASKED = ["voicemail_privacy", "voicemail"]
DONE = ["voicemail_done_before", *(f"digits/{digit}" for digit in TICKET), "voicemail_done_after"]
SUBMITTED = {"file": FILE, "seconds": "3.0", "ticket": TICKET, "submitted": "1"}


def leave(call: ScriptedCall, desk: FakeDesk | None = None) -> Outcome:
    return call.run(message(desk)(call))


def test_a_message_becomes_a_ticket_whose_number_is_read_back() -> None:
    call, desk = caller("#", "3"), FakeDesk()
    assert leave(call, desk) == Outcome(Next.HANGUP, ticket=TICKET, disposition="voicemail")
    assert call.played == [*ASKED, "voicemail_confirm", *DONE]
    assert desk.messages == [(CALL_ID, "13800000001", FILE, 3.0)]
    assert call.recordings == [f"recordings/{NAME}"]
    assert call.noted("voicemail")[-1] == SUBMITTED


def test_the_draft_is_noted_before_and_after_the_words() -> None:
    call = caller("#", "3")
    leave(call)
    draft = {"file": FILE, "ticket": "", "submitted": "0"}
    assert call.noted("voicemail")[:2] == [{**draft, "seconds": ""}, {**draft, "seconds": "3.0"}]
    first = next(i for i, line in enumerate(call.lines) if "voicemail" in line and "CELGen" in line)
    assert call.lines[first + 1].startswith("RECORD FILE"), "nothing comes between the note and the words"


def test_two_minutes_are_recorded_at_most() -> None:
    call = caller("", "3")
    leave(call)
    assert '"120000"' in next(line for line in call.lines if line.startswith("RECORD"))
    assert call.noted("voicemail")[-1]["seconds"] == "120.0"


@pytest.mark.parametrize("presses", [(HANG_UP,), ("#", HANG_UP), ("#", hang_up_during("voicemail_confirm"))])
def test_a_hang_up_after_speaking_loses_nothing(presses: tuple[str | Press, ...]) -> None:
    call, desk = caller(*presses), FakeDesk()
    with pytest.raises(CallerHungUp):
        leave(call, desk)
    assert call.noted("voicemail")[-1]["file"] == FILE
    # Asterisk shows some hang-ups as silence first, and silence submits; it must not do so twice.
    assert len(desk.messages) <= 1


def test_one_plays_the_message_back() -> None:
    call = caller("#", "1", "3")
    leave(call)
    again = ["voicemail_confirm", f"recordings/{NAME}", "voicemail_confirm"]
    assert call.played == [*ASKED, *again, *DONE]


def test_two_records_anew_and_the_last_take_counts() -> None:
    call, desk = caller("#", "2", "#", "3"), FakeDesk()
    leave(call, desk)
    assert len(call.recordings) == 2
    assert len(desk.messages) == 1
    assert call.played == [*ASKED, "voicemail_confirm", "voicemail", "voicemail_confirm", *DONE]


@pytest.mark.parametrize("presses", [("#",), ("#", "7", "8"), ("#", "7", ""), ("#", "1", "1", "1")])
def test_who_does_not_choose_has_submitted(presses: tuple[str, ...]) -> None:
    call, desk = caller(*presses), FakeDesk()
    assert leave(call, desk).ticket == TICKET
    assert len(desk.messages) == 1


@pytest.mark.parametrize("presses", [("9",), ("#", "9"), ("#", "1", "9"), ("#", "2", "9")])
def test_r6_nine_is_danger_and_what_was_said_is_kept(presses: tuple[str, ...]) -> None:
    call, desk = caller(*presses), FakeDesk()
    with pytest.raises(Danger):
        leave(call, desk)
    kept = {"file": FILE, "seconds": "3.0", "ticket": "", "submitted": "0"}
    assert call.noted("voicemail")[-1] == kept
    assert call.noted("path")[-1] == {"at": "voicemail", "key": "9"}


def test_star_ends_the_recording_like_hash() -> None:
    call = caller("*", "3")
    assert leave(call).ticket == TICKET


def test_tickets_away_leave_the_ticket_to_the_ledger() -> None:
    call = caller("#", "3")
    assert leave(call, FakeDesk(away=True)) == Outcome(Next.HANGUP, disposition="voicemail")
    assert call.played == [*ASKED, "voicemail_confirm", "voicemail_done"]
    assert call.noted("voicemail")[-1] == {**SUBMITTED, "ticket": ""}


def test_nothing_said_is_asked_again_once_and_makes_no_ticket() -> None:
    call, desk = caller("#", "#", "#", recorded=0.9), FakeDesk()
    assert leave(call, desk) == Outcome(Next.HANGUP)
    assert call.played == [*ASKED, "voicemail_empty", "goodbye"]
    assert desk.messages == []
    assert [fact["submitted"] for fact in call.noted("voicemail")] == ["0"] * 4


def test_a_good_take_stands_when_later_ones_are_empty() -> None:
    lengths = iter([5.0, 0.2, 0.2])
    call = caller("#", "2", "#", "#")
    call._on_record = lambda _path: setattr(call, "_recorded", next(lengths))
    desk = FakeDesk()
    assert leave(call, desk).ticket == TICKET
    assert [seconds for *_, seconds in desk.messages] == [5.0]


def test_takes_are_bounded_and_the_last_is_submitted() -> None:
    call, desk = caller(*("#", "2") * 20), FakeDesk()
    assert leave(call, desk).ticket == TICKET
    assert len(call.recordings) == 5


def test_the_hash_key_reads_the_number_again() -> None:
    call = caller("#", "3", Press("#", "voicemail_done_after"), Press("#", "digits/6"))
    leave(call)
    assert call.played.count("voicemail_done_before") == 3
