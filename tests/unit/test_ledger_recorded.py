"""The ledger on what a real Asterisk (22.10.1) wrote of real SIP calls: see tests/data/cel/README.md for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from callqueue import cel, queuelog
from callqueue.calls import Call, Outcome
from tests.unit.cel_trace import visits

FOLDER = Path(__file__).parents[1] / "data" / "cel"

# Scenario: direction, disposition, agents with seconds of talk, wait, hold, ring.
EXPECTED: dict[str, tuple[str, str, list[tuple[str, float]], float, float, float]] = {
    "answered": ("inbound", "answered", [("8001", 3.007)], 0.008, 0.0, 0.004),
    "abandoned-menu": ("inbound", "abandoned-menu", [], 0.0, 0.0, 0.0),
    "abandoned-queue": ("inbound", "abandoned-queue", [], 1.516, 0.0, 1.515),
    "ring-no-answer": ("inbound", "answered", [("8002", 2.001)], 5.045, 0.0, 4.028),
    "blind-feature": ("inbound", "answered", [("8001", 2.556), ("8003", 3.022)], 0.008, 3.081, 1.021),
    "blind-refer": ("inbound", "answered", [("8001", 2.016), ("8003", 2.014)], 0.014, 1.018, 1.02),
    "attended-feature": ("inbound", "answered", [("8001", 2.554), ("8003", 3.019)], 0.012, 5.098, 1.024),
    "attended-refer": ("inbound", "answered", [("8001", 2.02), ("8003", 3.012)], 0.009, 3.546, 1.016),
    "redirected": ("inbound", "answered", [("8001", 2.027), ("8003", 2.017)], 0.007, 0.0, 1.018),
    "hold": ("inbound", "answered", [("8001", 4.023)], 0.028, 3.019, 0.023),
    "emergency-by-caller": ("inbound", "emergency", [("8001", 3.029)], 0.0, 0.007, 1.043),
    "emergency-busy": ("inbound", "answered", [("8001", 2.015)], 0.0, 0.0, 0.009),
    "emergency-unanswered": ("inbound", "answered", [("8001", 7.012)], 0.0, 0.0, 6.005),
    "three-party": ("inbound", "emergency", [("8001", 7.311)], 0.009, 1.023, 1.013),
    "voicemail": ("inbound", "voicemail", [], 0.0, 0.0, 0.0),
    "overflow": ("inbound", "voicemail", [], 15.01, 0.0, 12.005),
    "killed": ("inbound", "interrupted", [], 0.03, 0.0, 0.026),
    "internal": ("internal", "answered", [("8002", 2.0)], 0.0, 0.0, 0.006),
    "internal-busy": ("internal", "busy", [], 0.0, 0.0, 0.003),
    "feature-code": ("internal", "self-served", [], 0.0, 0.0, 0.0),
    "outbound": ("outbound", "answered", [("8001", 2.021)], 0.0, 0.0, 0.003),
    "outbound-cancelled": ("outbound", "no-answer", [], 0.0, 0.0, 1.013),
    "outbound-no-such": ("outbound", "failed", [], 0.0, 0.0, 0.003),
    "survey-answered": ("callback", "survey-partial", [], 0.0, 0.0, 0.005),
    "survey-busy": ("callback", "busy", [], 0.0, 0.0, 0.003),
    "survey-no-answer": ("callback", "no-answer", [], 0.0, 0.0, 8.011),
}


def recorded(name: str) -> list[Call]:
    events = [cel.parse(line) for line in (FOLDER / f"{name}.csv").read_text().splitlines()]
    rows = [queuelog.parse(line) for line in (FOLDER / f"{name}.queue_log").read_text().splitlines()]
    return visits([event for event in events if cel.of_use(event)], rows)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_call_is_one_row_with_the_right_times(name: str) -> None:
    (call,) = recorded(name)
    parts = [(part.agent, part.talk_s) for part in call.agents]
    assert (
        call.direction, call.disposition, parts, call.wait_s, call.hold_s, call.ring_s
    ) == EXPECTED[name]  # fmt: skip
    assert call.ended_at and call.started_at < call.ended_at


# Scenario: seconds ring → answer, queue → agent, the agent's phone ringing; transfers; hold by agent.
MEASURED: dict[str, tuple[float, float | None, float | None, int, list[float]]] = {
    "ring-no-answer": (0.001, 5.045, 0.024, 0, [0.0]),
    "blind-feature": (0.001, 0.008, 0.003, 1, [2.06, 0.0]),
    "blind-refer": (0.0, 0.014, 0.004, 1, [0.0, 0.0]),
    "attended-feature": (0.001, 0.012, 0.004, 1, [5.098, 0.0]),
    "attended-refer": (0.002, 0.009, 0.004, 1, [3.546, 0.0]),
    "redirected": (0.0, 0.007, 0.004, 0, [0.0, 0.0]),
    "hold": (0.0, 0.028, 0.023, 0, [3.019]),
    "three-party": (0.002, 0.009, 0.005, 0, [1.023]),
    "emergency-by-caller": (0.0, None, 1.043, 0, [0.007]),
    "abandoned-queue": (0.0, None, None, 0, []),
}


@pytest.mark.parametrize("name", MEASURED)
def test_ring_to_answer_and_queue_to_agent_are_measured_apart(name: str) -> None:
    """R15: the hotline answers at once; how long the caller then waits for an agent is another figure."""
    (call,) = recorded(name)
    assert call.answered_at is not None
    answer = round((call.answered_at - call.started_at).total_seconds(), 3)
    reached = call.agent_at - call.queued_at if call.agent_at and call.queued_at else None
    agent = None if reached is None else round(reached.total_seconds(), 3)
    found = (answer, agent, call.pickup_s, call.transfers, [part.hold_s for part in call.agents])
    assert found == MEASURED[name]


def test_every_recording_has_its_expectation() -> None:
    assert {path.stem for path in FOLDER.glob("*.csv")} == {*EXPECTED, "spied", "hotline"}


def test_a_day_of_the_hotlines_own_dialplan() -> None:
    """Eight calls through the real flows and dialplan: what was done, and the row there is of it."""
    found = [
        (call.direction, call.caller, call.disposition, call.emergency, call.talk_s, call.rating)
        for call in recorded("hotline")
    ]
    assert found == [
        ("internal", "8001", "self-served", "", 0.0, None),
        ("inbound", "13800000001", "answered", "", 4.016, 5),
        ("internal", "8001", "self-served", "", 0.0, None),
        ("inbound", "13800000003", "emergency", "120", 10.505, None),
        ("inbound", "13800000004", "emergency", "120", 5.04, None),
        ("inbound", "13800000005", "abandoned-queue", "", 0.0, None),
        ("inbound", "13800000006", "answered", "", 9.636, None),
        ("outbound", "8001", "answered", "", 2.021, None),
    ]


def test_only_a_call_that_was_joined_with_somebody_has_a_recording() -> None:
    calls = [call for call in recorded("hotline") if call.direction == "inbound"]
    made = {call.caller: [one.kind for one in call.recordings] for call in calls}
    assert made["13800000001"] == ["call"] and made["13800000005"] == []


def test_three_parties_and_an_attended_transfer_in_the_hotlines_own_dialplan() -> None:
    by_agent, by_key = [call.emergencies[0] for call in recorded("hotline") if call.emergency]
    assert (by_agent.by, by_agent.outcome, by_agent.agent) == ("agent", Outcome.ANSWERED, "8001")
    assert (by_key.by, by_key.outcome, by_key.agent) == ("caller", Outcome.ANSWERED, "8001")
    (transferred,) = [call for call in recorded("hotline") if call.caller == "13800000006"]
    assert [(part.agent, part.talk_s) for part in transferred.agents] == [("8001", 6.616), ("8002", 3.02)]
    assert transferred.hold_s == 2.015


def test_a_spied_call_and_its_spy_are_two_and_the_talk_is_not_longer() -> None:
    call, spy = recorded("spied")
    assert (call.disposition, call.talk_s, [part.agent for part in call.agents]) == ("answered", 5.073, ["8001"])
    assert (spy.direction, spy.caller, spy.disposition, spy.talk_s) == ("internal", "8003", "self-served", 0.0)


def test_queue_and_rating_of_a_recorded_call() -> None:
    (call,) = recorded("answered")
    assert (call.queue, call.agent, call.rating, call.caller) == ("consult", "8001", 5, "13800000001")
    assert [(step.at, step.key) for step in call.path] == [("main", "1")]


@pytest.mark.parametrize(
    ("name", "by", "outcome", "answered", "joined"),
    [
        ("emergency-by-caller", "caller", Outcome.ANSWERED, 2.043, 2.065),
        ("emergency-busy", "caller", Outcome.BUSY, None, 1.029),
        ("emergency-unanswered", "caller", Outcome.NO_ANSWER, None, 1.035),
        ("three-party", "agent", Outcome.ANSWERED, 1.038, 0.0),
    ],
)
def test_the_emergency_record_of_a_recorded_call(
    name: str, by: str, outcome: Outcome, answered: float | None, joined: float
) -> None:
    """R6. Seconds after the key: the caller waits one second before choosing the service in these recordings."""
    (call,) = recorded(name)
    (record,) = call.emergencies
    since = [
        None if moment is None else (moment - record.pressed_at).total_seconds()
        for moment in (record.answered_at, record.agent_joined_at)
    ]
    assert (record.service, record.by, record.outcome, record.agent) == ("110", by, outcome, "8001")
    assert since == [pytest.approx(answered, abs=0.001), pytest.approx(joined, abs=0.001)]
