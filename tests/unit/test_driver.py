"""What all drivers share: the dead-man's timer, the end of a flow, the facts of an environment."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.agi import AGIInvalid, Reply
from telephony.call import Call, CallerHungUp, Danger, Next, Outcome
from telephony.driver import GRACE, DeadMan, run, run_flow, settled
from telephony.facts import digits, facts_of, masked
from telephony.scripted import ScriptedCall


class Asterisk:
    """A channel with a clock and an absolute timeout, on which each command takes its time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.deadline = 0.0
        self.lines: list[str] = []
        self.takes = 0.0

    async def __call__(self, line: str, blocks: float = 0.0) -> Reply:
        self.lines.append(line)
        if line.startswith("SET AUTOHANGUP"):
            self.deadline = self.now + float(line.split('"')[1])
        else:
            spare = self.deadline - (self.now + blocks)
            assert spare >= GRACE / 2 - 1e-6, "the timeout would cut a command that keeps its time"
            self.now += min(self.takes, blocks)
        return Reply(200, "0")


def test_the_timeout_is_set_before_a_command_and_covers_it() -> None:
    asterisk = Asterisk()
    dead_man = DeadMan(asterisk, lambda: asterisk.now)
    run(dead_man("STREAM FILE", 7.3))
    assert asterisk.lines == ['SET AUTOHANGUP "11"', "STREAM FILE"]


def test_a_timeout_that_still_covers_costs_no_line() -> None:
    asterisk = Asterisk()
    dead_man = DeadMan(asterisk, lambda: asterisk.now)
    for blocks in (30.0, 5.0, 0.0, 0.0, 20.0):
        run(dead_man("X", blocks))
    assert len([line for line in asterisk.lines if line != "X"]) == 1


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0, 60), st.floats(0, 3)), max_size=30))
def test_the_timeout_is_always_ahead_and_never_far(steps: list[tuple[float, float, float]]) -> None:
    asterisk = Asterisk()
    dead_man = DeadMan(asterisk, lambda: asterisk.now)
    longest = 0.0
    for blocks, takes, pause in steps:
        asterisk.takes = takes
        began = asterisk.now
        run(dead_man("X", blocks))
        longest = max(longest, began + blocks)
        assert asterisk.deadline <= longest + GRACE + 1
        asterisk.now += pause


def test_replies_that_mean_a_hang_up() -> None:
    for text in ("HANGUP", "511 Command Not Permitted on a dead channel", "200 result=-1 (hangup) endpos=0"):
        with pytest.raises(CallerHungUp):
            settled(text)
    assert settled("200 result=-1 endpos=0").result == "-1"  # a prompt that is missing is no hang-up
    assert settled("200 result=1 (hangup)").data == "hangup"  # nor is a variable with that value
    with pytest.raises(AGIInvalid):
        settled("510 Invalid or unknown command")


def test_the_danger_key_becomes_an_outcome() -> None:
    async def flow(call: Call) -> Outcome:
        raise Danger

    call = ScriptedCall()
    assert call.run(run_flow(call, flow)) == Outcome(Next.DANGER)
    assert call.variables["HOTLINE_NEXT"] == "danger"


def test_a_flow_that_fails_is_logged_with_its_call_and_sets_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def flow(call: Call) -> Outcome:
        raise KeyError("spoilt")

    call = ScriptedCall()
    with pytest.raises(KeyError):
        call.run(run_flow(call, flow))
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.__dict__["call_id"] == call.facts.call_id
    assert record.exc_info
    assert call.variables == {}


def test_what_asterisk_refuses_is_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async def flow(call: Call) -> Outcome:
        raise AGIInvalid("510 Invalid or unknown command")

    call = ScriptedCall()
    with pytest.raises(AGIInvalid):
        call.run(run_flow(call, flow))
    (record,) = caplog.records
    assert "510" in record.getMessage()
    assert not record.exc_info


def test_facts_come_from_arguments_before_asterisks_own() -> None:
    facts = facts_of(
        {
            "agi_network_script": "inbound?date=2026-01-02&call=0.0",
            "agi_uniqueid": "1700000000.7",
            "agi_channel": "PJSIP/trunk-00000001",
            "agi_callerid": "13800000002",
            "agi_dnid": "12345",
            "agi_arg_1": "call=1700000000.1",
            "agi_arg_2": "line=96128",
            "agi_arg_3": "caller=13800000001",
            "agi_arg_4": "topic=a=b",
            "agi_arg_5": "no value",
        }
    )
    assert facts.call_id == "1700000000.1"
    assert facts.channel == "PJSIP/trunk-00000001"
    assert (facts.caller, facts.dialled, facts.line) == ("13800000001", "12345", "96128")
    assert facts.arguments["topic"] == "a=b"
    assert facts.arguments["date"] == "2026-01-02"


def test_facts_without_arguments() -> None:
    facts = facts_of({"agi_uniqueid": "1700000000.7", "agi_callerid": "unknown", "agi_dnid": "unknown"})
    assert (facts.call_id, facts.caller, facts.dialled, facts.line) == ("1700000000.7", "", "", "12345")


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("13800000001", "13800000001"),
        ("+8613800000001", "8613800000001"),
        ("anonymous", ""),
        ("1380000'--", ""),
        ("１３８", ""),
        ("++86", ""),
        ("1" * 21, ""),
        ("", ""),
    ],
)
def test_a_caller_is_digits_or_nobody(number: str, kept: str) -> None:
    assert digits(number) == kept


def test_numbers_are_masked() -> None:
    assert masked("13800000001") == "138****01"
    assert masked("8001") == "8001"
