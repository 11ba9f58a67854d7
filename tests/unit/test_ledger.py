"""Calls written by hand, and what the ledger must say of them (issue 2 "Ledger", R11: complete)."""

from __future__ import annotations

import pytest

from callqueue import ledger
from callqueue.calls import Direction
from callqueue.disposition import Disposition
from tests.unit.cel_trace import INBOUND, at, call, events

QUEUED = (
    INBOUND
    + """
1.000 c path at=main&key=1
1.010 c queue queue=consult
1.010 c APP_START Queue consult,ct,,,300
"""
)
TALKING = (
    QUEUED
    + """
2.000 a CHAN_START s
5.000 a ANSWER
5.010 a agent agent=8001&call=1800000000.0
5.020 a BRIDGE_ENTER one
5.020 c BRIDGE_ENTER one
"""
)
LEAVING = """
90.0 c HANGUP
90.0 c CHAN_END
90.0 c LINKEDID_END
"""
SURVEY = """
0.000 t CHAN_START s
4.000 t ANSWER
4.010 t visit direction=callback&line=12345&caller=13800000002&dialled=13800000002
4.020 t survey ticket=270115000001&attempt=2
"""
SURVEY_ENDS = """
60.0 t HANGUP
60.0 t CHAN_END
"""


def test_a_call_that_is_answered() -> None:
    ends = """
    65.02 a BRIDGE_EXIT one
    65.02 a HANGUP
    65.03 c BRIDGE_EXIT one
    65.03 c APP_END Queue consult
    65.03 c queue-end status=CONTINUE
    66.00 c path at=rating&key=5
    66.00 c rating value=5
    70.00 c HANGUP
    """
    one = call(TALKING + ends)
    assert (one.call_id, one.direction, one.line) == ("1800000000.0", Direction.INBOUND, "12345")
    assert (one.caller, one.dialled, one.disposition) == ("13800000001", "12345", Disposition.ANSWERED)
    assert (one.queue, one.agent, one.rating) == ("consult", "8001", 5)
    assert (one.wait_s, one.talk_s, one.hold_s, one.ring_s) == (4.01, 60.0, 0.0, 3.0)
    assert one.started_at.isoformat() == "2027-01-15T16:00:00+08:00"
    assert one.answered_at and one.ended_at
    assert ((one.answered_at - one.started_at).total_seconds(), (one.ended_at - one.started_at).seconds) == (0.02, 70)
    assert [(step.at, step.key) for step in one.path] == [("main", "1"), ("rating", "5")]
    assert [(answer.question, answer.value) for answer in one.answers] == [("rating", "5")]


def test_r36_an_answer_has_its_questionnaire_words_sound_and_ticket() -> None:
    """As the flow notes it; a rating in a note of its own is how earlier versions wrote it."""
    fact = "answer question=rating&value=4&by=speech&confidence=0.910&heard=%E4%B8%8D%E6%BB%A1%E6%84%8F&file=a.wav"
    notes = f"""
    66.00 c {fact}&start=1.50&questionnaire=rating&version=1.2
    67.00 c answer question=rating-reason&value=&by=voice&file=b.wav&questionnaire=rating&version=1.2
    70.00 c HANGUP
    """
    one = call(TALKING + "65.02 a HANGUP" + notes)
    first, second = one.answers
    assert (first.by, first.heard, first.confidence) == ("speech", "不满意", 0.91)
    assert (first.file, first.start) == ("a.wav", 1.5)
    assert (first.questionnaire, first.version) == ("rating", "1.2")
    assert (second.by, second.confidence, second.start) == ("voice", None, None)
    assert one.rating == 4
    assert [(made.kind, made.file) for made in one.recordings] == [("answer", "a.wav"), ("reason", "b.wav")]


def test_a_caller_still_here_is_open_and_talk_is_counted_so_far() -> None:
    one = call(TALKING + "35.02 c path at=queue&key=2")
    assert (one.disposition, one.ended_at, one.talk_s) == (Disposition.OPEN, None, 30.0)


def test_hanging_up_in_the_menu() -> None:
    assert call(INBOUND + LEAVING).disposition is Disposition.ABANDONED_MENU


def test_hanging_up_before_the_hotline_answers() -> None:
    one = call("0.000 c CHAN_START 12345\n0.500 c HANGUP 127")
    assert (one.direction, one.disposition, one.answered_at) == (Direction.INBOUND, Disposition.NO_ANSWER, None)


def test_hanging_up_while_waiting() -> None:
    one = call(QUEUED + "2.0 a CHAN_START s\n8.0 a HANGUP 26\n9.01 c APP_END Queue consult\n9.01 c HANGUP")
    assert (one.disposition, one.queue, one.agent) == (Disposition.ABANDONED_QUEUE, "consult", "")
    assert (one.wait_s, one.talk_s, one.ring_s) == (8.0, 0.0, 6.0)


def test_the_agent_who_does_not_answer_is_not_the_one_who_did() -> None:
    rings = """
    2.000 a CHAN_START s
    17.00 a HANGUP 0
    18.00 b CHAN_START s
    20.00 b ANSWER
    20.01 b agent agent=8002&call=1800000000.0
    20.01 b BRIDGE_ENTER one
    20.01 c BRIDGE_ENTER one
    50.01 b BRIDGE_EXIT one
    50.01 b HANGUP
    50.01 c BRIDGE_EXIT one
    """
    one = call(QUEUED + rings + LEAVING)
    assert (one.disposition, one.agent, [part.agent for part in one.agents]) == (
        Disposition.ANSWERED,
        "8002",
        ["8002"],
    )
    assert (one.wait_s, one.talk_s, one.ring_s) == (19.0, 30.0, 17.0)


def test_an_answered_phone_without_a_word_is_no_talk() -> None:
    """The caller hangs up while the agent's phone is being connected: abandoned, not answered (rivals, 3)."""
    answered = "2.0 a CHAN_START s\n5.0 a ANSWER\n"
    one = call(QUEUED + answered + "5.1 c APP_END Queue consult\n5.1 c HANGUP\n5.2 a HANGUP")
    assert (one.disposition, one.talk_s, one.agent) == (Disposition.ABANDONED_QUEUE, 0.0, "")


def test_blind_transfer() -> None:
    transfer = """
    25.02 a BLINDTRANSFER
    25.02 a BRIDGE_EXIT one
    25.02 c BRIDGE_EXIT one
    25.02 c APP_END Queue consult
    25.03 a HANGUP
    25.05 b CHAN_START s
    35.02 b ANSWER
    35.02 b BRIDGE_ENTER two
    35.02 c BRIDGE_ENTER two
    75.02 b BRIDGE_EXIT two
    75.02 b HANGUP
    75.02 c BRIDGE_EXIT two
    """
    one = call(TALKING + transfer + LEAVING)
    assert (one.disposition, one.agent, one.talk_s, one.hold_s, one.wait_s) == (
        Disposition.ANSWERED,
        "8001",
        60.0,
        10.0,
        4.01,
    )
    assert [(part.agent, part.talk_s) for part in one.agents] == [("8001", 20.0), ("8002", 40.0)]


def test_attended_transfer_by_the_agents_phone() -> None:
    """The consultation is a call of its own until the transfer makes the two one (linkedids merge)."""
    transfer = """
    20.02 c STREAM_BEGIN MOH_STREAM_BEGIN
    21.00 k/own CHAN_START 8002
    21.01 k/own visit direction=internal&line=8002&caller=8001&dialled=8002
    21.10 b/own CHAN_START s
    23.00 b/own ANSWER
    23.00 k/own ANSWER
    23.02 k/own BRIDGE_ENTER two
    23.02 b/own BRIDGE_ENTER two
    40.01 c STREAM_END MOH_STREAM_END
    40.02 b/own BRIDGE_EXIT two
    40.02 a BRIDGE_EXIT one
    40.02 b BRIDGE_ENTER one
    40.03 k/own BRIDGE_EXIT two
    40.04 a HANGUP
    40.04 k/own HANGUP
    40.04 k/own LINKEDID_END
    80.02 b BRIDGE_EXIT one
    80.03 c BRIDGE_EXIT one
    80.03 b HANGUP
    """
    one = call(TALKING + transfer + LEAVING)
    assert (one.call_id, one.direction, one.caller) == ("1800000000.0", Direction.INBOUND, "13800000001")
    assert [(part.agent, part.talk_s) for part in one.agents] == [("8001", 15.01), ("8002", 40.0)]
    assert (one.talk_s, one.hold_s) == (55.01, 19.99)


def test_a_call_put_on_hold_by_the_agents_phone() -> None:
    """Music that the caller hears beside the agent is hold; where Asterisk logs no music, it counts as talk."""
    music = "15.02 c STREAM_BEGIN MOH_STREAM_BEGIN\n35.02 c STREAM_END MOH_STREAM_END\n"
    ends = "65.02 a BRIDGE_EXIT one\n65.02 a HANGUP\n65.02 c BRIDGE_EXIT one"
    held, plain = call(TALKING + music + ends + LEAVING), call(TALKING + ends + LEAVING)
    assert (held.talk_s, held.hold_s) == (40.0, 20.0)
    assert (plain.talk_s, plain.hold_s) == (60.0, 0.0)


def test_attended_transfer_by_feature_code_leaves_the_caller_on_hold() -> None:
    """*2: the agent leaves the bridge for one with a Local channel, whose other end rings the colleague."""
    transfer = """
    15.00 x1 CHAN_START 8002
    15.00 x2 CHAN_START 8002
    15.02 a BRIDGE_EXIT one
    15.02 a BRIDGE_ENTER two
    15.02 x1 BRIDGE_ENTER two
    15.03 b CHAN_START s
    20.00 b ANSWER
    20.00 b BRIDGE_ENTER three
    20.00 x2 BRIDGE_ENTER three
    35.02 a BRIDGE_EXIT two
    35.02 x1 BRIDGE_EXIT two
    35.02 x1 BRIDGE_ENTER one
    35.03 a HANGUP
    36.00 x1 BRIDGE_EXIT one
    36.00 b BRIDGE_EXIT three
    36.00 b BRIDGE_ENTER one
    36.01 x2 BRIDGE_EXIT three
    36.01 x1 HANGUP
    36.01 x2 HANGUP
    55.02 b BRIDGE_EXIT one
    55.02 c BRIDGE_EXIT one
    55.02 b HANGUP
    """
    one = call(TALKING + transfer + LEAVING)
    assert [(part.agent, part.talk_s) for part in one.agents] == [("8001", 10.0), ("8002", 20.0)]
    assert (one.talk_s, one.hold_s) == (30.0, 20.0)


def test_a_consultation_that_ends_without_transfer_is_hold_and_then_talk_again() -> None:
    back = """
    15.02 a BRIDGE_EXIT one
    15.02 a BRIDGE_ENTER two
    25.02 a BRIDGE_EXIT two
    25.02 a BRIDGE_ENTER one
    45.02 a BRIDGE_EXIT one
    45.02 a HANGUP
    45.02 c BRIDGE_EXIT one
    """
    one = call(TALKING + back + LEAVING)
    assert (one.talk_s, one.hold_s, len(one.agents)) == (30.0, 10.0, 1)


def test_a_spy_is_nobodys_company() -> None:
    """ChanSpy has a visit of its own, in no bridge, and adds no talk (rivals, 4)."""
    spied = call(TALKING + "65.02 a BRIDGE_EXIT one\n65.02 a HANGUP\n65.02 c BRIDGE_EXIT one" + LEAVING)
    spying = "30.0 s/spy CHAN_START *7\n30.1 s/spy ANSWER\n30.2 s/spy APP_START ChanSpy PJSIP/8001"
    spy = call(spying + "\n50.0 s/spy HANGUP")
    assert (spied.talk_s, [part.agent for part in spied.agents]) == (60.0, ["8001"])
    assert (spy.direction, spy.disposition, spy.talk_s) == (Direction.INTERNAL, Disposition.SELF_SERVED, 0.0)


@pytest.mark.parametrize("seconds", ["", "7.5"])
def test_voicemail(seconds: str) -> None:
    """A message is one even when the caller hung up before it was measured."""
    one = call(INBOUND + f"9.0 c voicemail file=voicemail/1.wav&seconds={seconds}&ticket=" + LEAVING)
    assert (one.disposition, one.ticket_no) == (Disposition.VOICEMAIL, "")
    assert [(made.kind, made.file) for made in one.recordings] == [("voicemail", "voicemail/1.wav")]


def test_a_voicemail_without_a_word_is_none() -> None:
    empty = "8.0 c voicemail file=1.wav&seconds=\n9.0 c voicemail file=1.wav&seconds=0.3"
    assert call(INBOUND + empty + LEAVING).disposition is Disposition.ABANDONED_MENU


def test_a_voicemail_has_the_ticket_it_was_given() -> None:
    said = "8.0 c voicemail file=1.wav&seconds=\n9.0 c voicemail file=1.wav&seconds=9.0&ticket=270115000007"
    assert call(INBOUND + said + LEAVING).ticket_no == "270115000007"


def test_the_queue_overflows() -> None:
    one = call(QUEUED + "31.01 c APP_END Queue consult\n31.02 c queue-end status=TIMEOUT" + LEAVING)
    assert (one.disposition, one.wait_s) == (Disposition.OVERFLOWED, 30.0)


def test_asking_to_be_called_back() -> None:
    wish = "11.01 c APP_END Queue consult\n11.02 c path at=queue&key=1\n11.03 c callback-request number=13800000001"
    one = call(QUEUED + wish + LEAVING)
    assert (one.disposition, one.callback, one.wait_s) == (
        Disposition.CALLBACK_REQUESTED,
        "13800000001",
        10.0,
    )


def test_progress_by_phone_needs_nobody() -> None:
    told = "20.0 c progress ticket=270101000001&result=ok\n21.0 c disposition value=self-served"
    one = call(INBOUND + told + LEAVING)
    assert (one.disposition, one.ticket_no) == (Disposition.SELF_SERVED, "")


def test_what_a_verified_caller_says_about_a_ticket_is_kept() -> None:
    told = """20.0 c progress ticket=270101000001&result=mismatch
21.0 c progress ticket=270101000002&result=ok
22.0 c progress ticket=270101000002&action=urge
23.0 c progress ticket=270101000002&action=add&file=addition-1.wav"""
    one = call(INBOUND + told + LEAVING)
    assert [(asked.ticket, asked.action, asked.file) for asked in one.inquiries] == [
        ("270101000002", "", ""),
        ("270101000002", "urge", ""),
        ("270101000002", "add", "addition-1.wav"),
    ]
    assert [(made.kind, made.file) for made in one.recordings] == [("addition", "addition-1.wav")]


def test_closed_is_what_the_flow_says() -> None:
    assert call(INBOUND + "2.0 c disposition value=closed" + LEAVING).disposition is Disposition.CLOSED


def test_a_note_cannot_claim_what_did_not_happen() -> None:
    assert call(INBOUND + "2.0 c disposition value=answered" + LEAVING).disposition is Disposition.ABANDONED_MENU
    assert call(QUEUED + "3.0 c disposition value=self-served" + LEAVING).disposition is Disposition.ABANDONED_QUEUE


def test_the_fallback_is_a_step_of_the_way_and_the_agent_answers() -> None:
    """With every Python process dead the call is in the ledger all the same."""
    way = """
    0.030 c fallback why=heartbeat
    2.000 c queue queue=consult
    2.000 c APP_START Queue consult,ct
    3.000 a CHAN_START s
    4.000 a ANSWER
    4.000 a BRIDGE_ENTER one
    4.000 c BRIDGE_ENTER one
    14.00 a BRIDGE_EXIT one
    14.00 a HANGUP
    14.00 c BRIDGE_EXIT one
    """
    one = call(INBOUND + way + LEAVING)
    assert (one.disposition, one.agent, one.wait_s, one.talk_s) == (Disposition.ANSWERED, "8001", 2.0, 10.0)
    assert [(step.at, step.key) for step in one.path] == [("fallback", "heartbeat")]


def test_without_any_note_queue_and_direction_are_known_from_asterisk_itself() -> None:
    """What the notes would say is read from channels, the event log's Queue(), or queue_log."""
    bare = """
    0.000 c CHAN_START 12345
    0.020 c ANSWER
    2.000 a CHAN_START s
    5.010 a ANSWER
    5.010 a BRIDGE_ENTER one
    5.010 c BRIDGE_ENTER one
    9.010 a HANGUP
    """
    logged = "1|c|consult|NONE|ENTERQUEUE||13800000001|1 5|c|consult|PJSIP/8001|CONNECT|4|1.1|3"
    one = call(bare + LEAVING, logged)
    assert (one.direction, one.caller, one.dialled) == (Direction.INBOUND, "13800000001", "12345")
    assert (one.queue, one.agent, one.disposition, one.wait_s) == ("consult", "8001", Disposition.ANSWERED, 4.0)
    waiting = call(bare.replace("2.000 a CHAN_START s", "1.000 c APP_START Queue yi,ct") + LEAVING)
    assert (waiting.queue, waiting.wait_s) == ("yi", 4.01)


def test_abandoned_is_known_from_queue_log_alone() -> None:
    logged = "1|c|consult|NONE|ENTERQUEUE||13800000001|1 6|c|consult|NONE|ABANDON|1|1|5"
    one = call("0.0 c CHAN_START 12345\n0.1 c ANSWER\n6.2 c HANGUP", logged)
    assert (one.disposition, one.queue, one.wait_s) == (Disposition.ABANDONED_QUEUE, "consult", 5.0)


def test_an_internal_call() -> None:
    own = "0.0 k CHAN_START 8002\n0.1 k visit direction=internal&line=8002&caller=8001&dialled=8002"
    own += "\n0.2 b CHAN_START s"
    talk = "3.0 b ANSWER\n3.0 k ANSWER\n3.0 b BRIDGE_ENTER one\n3.0 k BRIDGE_ENTER one"
    talk += "\n13.0 k HANGUP\n13.0 b HANGUP"
    one = call(f"{own}\n{talk}")
    assert (one.direction, one.caller, one.dialled) == (Direction.INTERNAL, "8001", "8002")
    assert (one.disposition, one.agent, one.talk_s, one.ring_s) == (Disposition.ANSWERED, "8001", 10.0, 2.8)
    assert one.answered_at and (one.answered_at - one.started_at).total_seconds() == 3.0
    assert call(f"{own}\n3.0 b HANGUP 17\n3.0 k HANGUP 17").disposition is Disposition.BUSY


@pytest.mark.parametrize(
    ("cause", "disposition"),
    [(17, "busy"), (21, "busy"), (19, "no-answer"), (127, "no-answer"), (1, "failed"), (38, "failed")],
)
def test_an_outbound_call_that_nobody_took(cause: int, disposition: str) -> None:
    own = "0.0 a CHAN_START 13800000009\n0.1 a visit direction=outbound&line=x&caller=8001&dialled=13800000009"
    one = call(f"{own}\n0.2 t CHAN_START s\n9.2 t HANGUP {cause}\n9.2 a HANGUP {cause}")
    assert (one.direction, one.caller, one.dialled) == (Direction.OUTBOUND, "8001", "13800000009")
    assert (one.disposition, one.agent, one.ring_s, one.answered_at) == (disposition, "8001", 9.0, None)


@pytest.mark.parametrize(("said", "ticket"), [("&ticket=270115000001", "270115000001"), ("&ticket=", ""), ("", "")])
def test_r11_an_outbound_call_is_about_the_ticket_that_it_was_placed_from(said: str, ticket: str) -> None:
    own = f"0.0 a CHAN_START 13800000009\n0.1 a visit direction=outbound&caller=8001&dialled=13800000009{said}"
    one = call(f"{own}\n0.2 t CHAN_START s\n9.2 t HANGUP 19\n9.2 a HANGUP 19")
    assert (one.ticket_no, one.disposition) == (ticket, "no-answer")


def test_an_outbound_call_goes_on_when_the_agent_has_handed_it_over() -> None:
    own = "0.0 a CHAN_START 13800000009\n0.1 a visit direction=outbound&caller=8001&dialled=13800000009"
    own += "\n0.2 t CHAN_START s"
    talk = "5.0 t ANSWER\n5.0 a ANSWER\n5.0 t BRIDGE_ENTER one\n5.0 a BRIDGE_ENTER one"
    transfer = """
    15.0 a BLINDTRANSFER
    15.0 a BRIDGE_EXIT one
    15.0 t BRIDGE_EXIT one
    15.0 a HANGUP
    16.0 b CHAN_START s
    19.0 b ANSWER
    19.0 t BRIDGE_ENTER two
    19.0 b BRIDGE_ENTER two
    49.0 t BRIDGE_EXIT two
    49.0 t HANGUP
    49.0 b BRIDGE_EXIT two
    49.1 b HANGUP
    """
    one = call(f"{own}\n{talk}{transfer}")
    assert (one.disposition, one.agent, one.talk_s, one.hold_s) == (Disposition.ANSWERED, "8001", 40.0, 4.0)
    assert [(part.agent, part.talk_s) for part in one.agents] == [("8001", 10.0), ("8002", 30.0)]
    assert one.ended_at and (one.ended_at - one.started_at).total_seconds() == 49.0


def test_a_feature_code_needs_nobody() -> None:
    one = call("0.0 a CHAN_START *11\n0.1 a ANSWER\n2.0 a HANGUP")
    assert (one.direction, one.dialled, one.disposition) == (
        Direction.INTERNAL,
        "*11",
        Disposition.SELF_SERVED,
    )


def test_a_callback_that_is_answered_to_the_end() -> None:
    """R36, R38: every answer is on the call with its ticket."""
    answers = """
    10.0 t answer question=identity&value=yes&by=key&version=1
    15.0 t answer question=consent&value=now&by=key&version=1
    30.0 t answer question=satisfied&value=4&by=key&version=1
    31.0 t disposition value=surveyed
    """
    one = call(SURVEY + answers + SURVEY_ENDS)
    assert (one.direction, one.caller, one.disposition) == (
        Direction.CALLBACK,
        "13800000002",
        Disposition.SURVEYED,
    )
    assert (one.ticket_no, one.attempt, one.ring_s) == ("270115000001", "2", 4.0)
    assert [(given.question, given.value, given.ticket) for given in one.answers] == [
        ("identity", "yes", "270115000001"),
        ("consent", "now", "270115000001"),
        ("satisfied", "4", "270115000001"),
    ]


@pytest.mark.parametrize(
    ("notes", "disposition"),
    [
        ("", "survey-partial"),
        ("10.0 t answer question=identity&value=yes", "survey-partial"),
        ("10.0 t answer question=identity&value=no", "wrong-person"),
        ("10.0 t answer question=consent&value=never", "survey-refused"),
        ("10.0 t disposition value=survey-refused", "survey-refused"),
    ],
)
def test_a_callback_that_ends_early(notes: str, disposition: str) -> None:
    assert call(SURVEY + notes + SURVEY_ENDS).disposition == disposition


@pytest.mark.parametrize(("cause", "disposition"), [(17, "busy"), (19, "no-answer"), (3, "failed")])
def test_a_callback_that_is_not_picked_up(cause: int, disposition: str) -> None:
    """No dialplan has run, so there is no note: that the trunk was called is enough."""
    one = call(f"0.0 t CHAN_START s\n8.0 t HANGUP {cause}")
    assert (one.direction, one.disposition, one.answered_at) == (Direction.CALLBACK, disposition, None)


def test_a_callback_that_could_not_be_dialled_is_a_call_that_failed() -> None:
    one = call("0.0 x2 CHAN_START 1\n0.1 x2 visit direction=callback&caller=13800000002\n0.2 x2 HANGUP 0")
    assert (one.direction, one.caller, one.disposition) == (
        Direction.CALLBACK,
        "13800000002",
        Disposition.FAILED,
    )


def test_asterisk_dies_in_the_middle_of_a_call() -> None:
    """A visit that never ended is closed by the next start, and says that the caller was cut off."""
    trace = TALKING + "25.02 c path at=talk&key="
    assert call(trace, stopped=20).disposition is Disposition.OPEN
    one = call(trace, stopped=400)
    assert (one.disposition, one.talk_s, one.agent) == (Disposition.INTERRUPTED, 20.0, "8001")
    assert one.ended_at and (one.ended_at - one.started_at).total_seconds() == 25.02


def test_a_call_that_was_over_is_not_interrupted() -> None:
    assert call(INBOUND + LEAVING, stopped=400).disposition is Disposition.ABANDONED_MENU


def test_a_lost_end_of_a_channel_does_not_keep_a_visit_open() -> None:
    trace = QUEUED + "2.0 a CHAN_START s\n" + LEAVING
    assert call(trace).disposition is Disposition.ABANDONED_QUEUE


def test_what_asterisk_says_in_an_agents_ear_is_no_call() -> None:
    ear = "5.0 x1/ear CHAN_START 8001\n5.0 x2/ear CHAN_START 8001\n5.1 x1/ear APP_START ChanSpy c"
    assert ledger.visit(events(ear), []) is None
    assert ledger.visit(events("5.0 a/own CHAN_START s\n9.0 a/own HANGUP 0"), []) is None


def test_times_are_those_of_asterisk_to_the_microsecond() -> None:
    one = call("0.123456 c CHAN_START 12345\n0.200001 c ANSWER\n9.9 c HANGUP")
    assert one.started_at.microsecond == 123456
    assert one.started_at.timestamp() * 1_000_000 == at(0.123456)
