"""The emergency record (R6): each moment of a call to 110, 119, 120 or 122."""

from __future__ import annotations

from datetime import datetime

import pytest

from callqueue.calls import Call, Outcome
from callqueue.disposition import Disposition
from tests.unit.cel_trace import INBOUND, call

PRESSED = (
    INBOUND
    + """
1.000 c danger step=pressed&by=caller
2.000 c path at=danger&key=1
"""
)
CALLING = (
    PRESSED
    + """
2.000 c danger step=service&service=110&by=caller
2.010 x1/desk CHAN_START 110
2.010 x2/desk CHAN_START 110
2.020 x2/desk danger step=calling&service=110&call=1800000000.0
2.030 d/desk CHAN_START s
2.040 c BRIDGE_ENTER room
"""
)
DESK_ANSWERS = """
6.000 d/desk ANSWER
6.010 d/desk danger step=answered&service=110&call=1800000000.0
6.020 d/desk BRIDGE_ENTER leg
6.020 x2/desk BRIDGE_ENTER leg
6.020 x1/desk BRIDGE_ENTER room
"""
AGENT_JOINS = """
7.000 y1/agent CHAN_START s
7.000 y2/agent CHAN_START s
7.010 a/agent CHAN_START s
9.000 a/agent ANSWER
9.010 a/agent danger step=agent&agent=8001&call=1800000000.0
9.020 a/agent BRIDGE_ENTER ear
9.020 y2/agent BRIDGE_ENTER ear
9.020 y1/agent BRIDGE_ENTER room
"""
DESK_ENDS = """
30.02 d/desk HANGUP
30.02 x2/desk danger step=ended&service=110&call=1800000000.0
30.03 x1/desk HANGUP
30.03 x2/desk danger step=rang&ms=370&service=110&call=1800000000.0
30.03 x2/desk HANGUP
"""
ALL_END = """
40.02 c HANGUP
40.10 a/agent HANGUP
40.10 y1/agent HANGUP
40.10 y2/agent HANGUP
"""


def since(one: Call, moment: datetime | None) -> float | None:
    return None if moment is None else (moment - one.started_at).total_seconds()


def moments(one: Call, number: int = 0) -> list[float | None]:
    """Pressed, calling, ringing, answered, agent joined, ended: seconds after the call began."""
    record = one.emergencies[number]
    return [
        since(one, record.pressed_at),
        since(one, record.calling_at),
        since(one, record.ringing_at),
        since(one, record.answered_at),
        since(one, record.agent_joined_at),
        since(one, record.ended_at),
    ]


def test_the_desk_answers_and_an_agent_stays_as_a_third_party() -> None:
    one = call(CALLING + DESK_ANSWERS + AGENT_JOINS + "3.0 c recording file=2027/1.wav" + DESK_ENDS + ALL_END)
    assert (one.disposition, one.emergency, one.agent) == (Disposition.EMERGENCY, "110", "8001")
    record = one.emergencies[0]
    assert (record.service, record.by, record.caller) == ("110", "caller", "13800000001")
    assert (record.outcome, record.agent, record.recording) == (Outcome.ANSWERED, "8001", "2027/1.wav")
    assert moments(one) == [1.0, 2.02, 2.4, 6.01, 9.01, 30.02]
    assert (one.talk_s, [(part.agent, part.talk_s) for part in one.agents]) == (34.0, [("8001", 31.0)])


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("BUSY", Outcome.BUSY), ("NOANSWER", Outcome.NO_ANSWER), ("CHANUNAVAIL", Outcome.FAILED), ("", Outcome.FAILED)],
)
def test_the_desk_does_not_answer_and_the_caller_gets_an_agent(status: str, outcome: Outcome) -> None:
    fails = f"5.0 d/desk HANGUP 17\n5.0 x2/desk danger step=failed&service=110&status={status}&call=1800000000.0"
    ends = "\n5.1 x2/desk HANGUP\n5.1 x1/desk HANGUP"
    one = call(CALLING + fails + ends + AGENT_JOINS + ALL_END)
    assert (one.disposition, one.emergency, one.agent) == (Disposition.ANSWERED, "110", "8001")
    assert one.emergencies[0].outcome is outcome
    assert moments(one) == [1.0, 2.02, None, None, 9.01, 5.0]


def test_when_a_desk_rang_is_known_even_when_another_attempt_has_begun() -> None:
    fails = "5.0 d/desk HANGUP 19\n5.0 x2/desk danger step=failed&service=110&status=NOANSWER&call=1800000000.0"
    again = "\n5.0 c danger step=pressed&by=caller\n5.1 x2/desk danger step=rang&ms=1250&service=110&call=1800000000.0"
    one = call(CALLING + fails + again + "\n9.0 c HANGUP")
    assert [moments(one, number)[2] for number in (0, 1)] == [3.28, None]


def test_no_desk_is_set() -> None:
    fails = "2.02 x2/desk danger step=failed&service=110&status=&call=1800000000.0\n2.03 x2/desk HANGUP"
    one = call(PRESSED + "2.0 c danger step=service&service=110\n" + fails + "\n20.0 c HANGUP")
    assert (one.disposition, one.emergencies[0].outcome) == (Disposition.EMERGENCY_MISSED, Outcome.FAILED)
    assert moments(one)[1:4] == [None, None, None]


def test_without_the_dialplans_word_the_desks_own_leg_tells() -> None:
    one = call(CALLING + "5.0 d/desk HANGUP 17\n5.1 x1/desk HANGUP\n5.1 x2/desk HANGUP\n9.0 c HANGUP")
    assert (one.emergencies[0].outcome, moments(one)[5]) == (Outcome.BUSY, 5.0)


def test_the_caller_leaves_before_the_desk_answers() -> None:
    leaves = "3.0 c HANGUP\n3.1 d/desk HANGUP 127\n3.1 x1/desk HANGUP\n3.1 x2/desk HANGUP"
    one = call(CALLING + leaves)
    assert (one.disposition, one.emergencies[0].outcome) == (Disposition.EMERGENCY_MISSED, Outcome.ABANDONED)


def test_the_caller_leaves_before_choosing() -> None:
    one = call(PRESSED + "3.0 c HANGUP")
    assert (one.disposition, one.emergency) == (Disposition.EMERGENCY_MISSED, "danger")
    assert (one.emergencies[0].outcome, one.emergencies[0].service) == (Outcome.ABANDONED, "")


def test_no_service_chosen_goes_to_the_next_agent() -> None:
    agent = """
    5.0 c queue queue=danger
    5.0 c APP_START Queue danger,ct
    6.0 a CHAN_START s
    8.0 a ANSWER
    8.0 a BRIDGE_ENTER one
    8.0 c BRIDGE_ENTER one
    18.0 a HANGUP
    """
    one = call(PRESSED + agent + "18.0 c HANGUP")
    assert (one.disposition, one.queue, one.wait_s) == (Disposition.ANSWERED, "danger", 3.0)
    assert (one.emergencies[0].outcome, moments(one)[4]) == (Outcome.AGENT, 8.0)


def test_under_way_is_open() -> None:
    one = call(CALLING)
    assert (one.disposition, one.emergencies[0].outcome, one.ended_at) == (Disposition.OPEN, Outcome.OPEN, None)


def test_an_agents_key_makes_a_call_of_three() -> None:
    """The agent is there from the beginning; the desk comes in; when it leaves, the two go on."""
    talk = """
    1.000 c queue queue=consult
    1.000 c APP_START Queue consult,ct
    2.000 a CHAN_START s
    4.000 a ANSWER
    4.000 a BRIDGE_ENTER one
    4.000 c BRIDGE_ENTER one
    14.00 a danger step=pressed&by=agent&service=120&call=1800000000.0
    14.01 a danger step=agent&agent=8001&call=1800000000.0
    14.20 c BRIDGE_EXIT one
    14.20 c APP_END Queue consult
    14.20 a BRIDGE_EXIT one
    14.20 c danger step=service&service=120&by=agent
    14.20 x1/desk CHAN_START 120
    14.20 x2/desk CHAN_START 120
    14.20 x2/desk danger step=calling&service=120&call=1800000000.0
    14.20 d/desk CHAN_START s
    14.20 c BRIDGE_ENTER room
    14.20 a BRIDGE_ENTER room
    17.00 d/desk ANSWER
    17.00 d/desk danger step=answered&service=120&call=1800000000.0
    17.00 d/desk BRIDGE_ENTER leg
    17.00 x2/desk BRIDGE_ENTER leg
    17.00 x1/desk BRIDGE_ENTER room
    27.00 d/desk HANGUP
    27.00 x1/desk HANGUP
    27.00 x2/desk HANGUP
    44.00 c BRIDGE_EXIT room
    44.00 c HANGUP
    44.00 a HANGUP
    """
    one = call(INBOUND + talk)
    assert (one.disposition, one.emergency, len(one.emergencies)) == (Disposition.EMERGENCY, "120", 1)
    assert (one.emergencies[0].by, moments(one)) == ("agent", [14.0, 14.2, None, 17.0, 14.01, 27.0])
    assert (one.agent, one.talk_s, one.hold_s, one.wait_s) == ("8001", 40.0, 0.0, 3.0)


def test_a_second_service_is_a_second_record() -> None:
    again = """
    5.000 d/desk HANGUP 17
    5.000 x2/desk danger step=failed&service=110&status=BUSY&call=1800000000.0
    5.010 x1/desk HANGUP
    5.010 x2/desk HANGUP
    9.000 c danger step=pressed&by=caller
    10.00 c danger step=service&service=119&by=caller
    10.01 y2/more CHAN_START 119
    10.01 y2/more danger step=calling&service=119&call=1800000000.0
    12.00 y2/more danger step=answered&service=119&call=1800000000.0
    20.00 y2/more HANGUP
    20.00 c HANGUP
    """
    one = call(CALLING + again)
    assert [(record.number, record.service, record.outcome) for record in one.emergencies] == [
        (1, "110", Outcome.BUSY),
        (2, "119", Outcome.ANSWERED),
    ]
    assert (one.emergency, moments(one)[0], moments(one, 1)[0]) == ("119", 1.0, 9.0)


def test_the_same_service_wanted_again_after_it_failed_is_a_second_record() -> None:
    """An agent's key while the caller's own wish had failed: no `pressed` comes between."""
    again = """
    5.000 d/desk HANGUP 17
    5.000 x2/desk danger step=failed&service=110&status=BUSY&call=1800000000.0
    5.010 x1/desk HANGUP
    5.010 x2/desk HANGUP
    9.000 c danger step=service&service=110&by=agent
    9.100 c HANGUP
    """
    one = call(CALLING + again)
    assert [(record.by, record.outcome) for record in one.emergencies] == [
        ("caller", Outcome.BUSY),
        ("agent", Outcome.ABANDONED),
    ]


def test_a_citizen_whom_an_agent_has_called_is_the_one_in_danger() -> None:
    found = call("""
        0.0 a CHAN_START 13800000009
        0.1 a visit direction=outbound&line=13800000009&caller=8001&dialled=13800000009
        0.2 t CHAN_START s
        3.0 t ANSWER
        5.0 a danger step=pressed&by=agent&service=110&call=1800000000.1
        5.1 a danger step=agent&agent=8001&call=1800000000.1
    """)
    (record,) = found.emergencies
    assert (record.caller, record.by, found.caller) == ("13800000009", "agent", "8001")
