"""Questions answered by key or by voice in one step, over AudioSocket, on real calls (R36-R38).

The telephone's words are tones, known to a recogniser of the tests' own; what voices are taken for is tested elsewhere.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e import scenes
from tests.e2e.county import County, new_number
from tests.e2e.listening import FIRST_HZ, SECOND_HZ, UNSURE_HZ, WORD_AGENT_HZ, WORD_DANGER_HZ
from tests.e2e.scenes import HUNG_UP, Logs, answered, no_channels
from tests.e2e.test_survey import QUESTIONS, Callback, cut_intro, values
from tests.hotline_fixture import ROOT, Hotline, eventually, free_port
from tests.phones import Call, audio

nothing_left = scenes.nothing_left
VOICE = ROOT / "tests/sounds/answers"


def take_calls(hotline: Hotline, port: int) -> None:
    """The flows of calls from now on are those of the service at the port."""
    hotline.cli(f"dialplan set global AGI_BEFORE agi://127.0.0.1:{port}/")


class Listener:
    """The service with the recogniser of tones, or `shipped`, the project's; calls go to it from now on."""

    def __init__(self, hotline: Hotline, *recogniser: str) -> None:
        self.port = free_port()
        sounds = str(hotline.home / "share/sounds/zh")
        command = [sys.executable, "-m", "tests.e2e.listening", str(self.port), sounds, *recogniser]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout and self._process.stdout.readline() == "listening\n"
        take_calls(hotline, self.port)

    def signal(self, number: int) -> None:
        os.kill(self._process.pid, number)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def listening(hotline: Hotline, count: int = 1, *recogniser: str) -> Iterator[list[Listener]]:
    """Services that listen; the last one takes the next calls, the hotline's own does so again afterwards."""
    made: list[Listener] = []
    try:
        for _ in range(count):
            made.append(Listener(hotline, *recogniser))
        yield made
    finally:
        for one in made:
            one.close()
        take_calls(hotline, hotline.settings.agi_port)


def at_identity(county: County, callback: Callback) -> tuple[Call, float]:
    """The call at its first question, and where in the recording that began."""
    call = callback.picked_up()
    cut_intro(county, [call])
    return call, call.hears(county.sound("survey_identity"), 10).offset


def say(county: County, call: Call, hertz: int) -> None:
    """A word of half a second."""
    call.play(county.tone(hertz, 0.5))


def length(sound: Path) -> float:
    return len(audio.load(sound)) / audio.RATE


@pytest.mark.usefixtures("nothing_left")
def test_r36_a_question_is_answered_by_key_or_voice_in_one_step(county: County) -> None:
    """Speech stops the prompt, so does a key; what is not understood is asked again; everything is kept."""
    with listening(county.hotline):
        callback = Callback(county)
        call, begun = at_identity(county, callback)
        say(county, call, FIRST_HZ)
        consent = call.hears(county.sound("survey_consent_before"), 8, after=begun).offset
        assert consent - begun < length(county.sound("survey_identity")), "the prompt went on to its end"
        topic = call.hears(county.sound("survey_consent_topic"), 10, after=consent).offset
        call.dtmf("1")
        contacted = call.hears(county.sound("survey_contacted"), 8, after=topic).offset
        say(county, call, UNSURE_HZ)
        retry = call.hears(county.sound("survey_retry"), 8, after=contacted).offset
        again = call.hears(county.sound("survey_contacted"), 8, after=retry).offset
        say(county, call, SECOND_HZ)
        solved = call.hears(county.sound("survey_solved"), 8, after=again).offset
        assert solved - again < length(county.sound("survey_contacted"))
        call.dtmf("3")
        call.hears(county.sound("survey_truthful"), 8, after=solved, seconds=0.6)
        call.hangup()
        attempt = callback.ended()
    assert values(attempt) == {"identity": "yes", "consent": "now", "contacted": "no", "solved": "no"}
    kept = {answer["question"]: answer for answer in attempt["answers"]}
    assert [kept[name]["by"] for name in values(attempt)] == ["speech", "key", "speech", "key"]
    assert (kept["identity"]["heard"], kept["identity"]["confidence"]) == ("是", 0.9)
    row = callback.row("survey-partial")
    assert [step["key"] for step in row["path"]] == ["1", "yes", "1", "?", "no", "3"]
    for name, hertz in (("identity", FIRST_HZ), ("contacted", SECOND_HZ)):
        sound = audio.load(scenes.recording(county.hotline, kept[name]["file"]))
        onset = audio.tone_onset(sound, hertz)
        assert onset is not None and onset - 0.4 < kept[name]["start"] <= onset + 0.05


@pytest.mark.usefixtures("nothing_left")
def test_r6_words_for_danger_and_for_a_person(county: County) -> None:
    """Said while the question plays: the emergency question, and an agent."""
    agent = county.agent("8001")
    with listening(county.hotline):
        endangered, asking = Callback(county), Callback(county)
        first, second = endangered.picked_up(), asking.picked_up()
        cut_intro(county, [first, second])
        begun = [call.hears(county.sound("survey_identity"), 10).offset for call in (first, second)]
        say(county, first, WORD_DANGER_HZ)
        say(county, second, WORD_AGENT_HZ)
        first.hears(county.sound("emergency_which"), 8, after=begun[0])
        first.hangup()
        talking = agent.wait_call(15)
        assert talking.remote.user == asking.number
        talking.answer()
        talking.wait("confirmed")
        second.hangup()
        assert (values(endangered.ended()), values(asking.ended())) == ({}, {})
    assert ("survey", "danger") in scenes.steps(endangered.row("survey-partial"))
    assert asking.row("answered")["agent"] == "8001"


def test_a_service_that_dies_or_hangs_in_the_middle_of_a_question(county: County) -> None:
    """The citizen is not left in silence: Asterisk takes both calls back, and nothing is assumed."""
    with listening(county.hotline, 2) as (stopped, killed):
        killed_callback = Callback(county)
        in_killed, _ = at_identity(county, killed_callback)
        take_calls(county.hotline, stopped.port)
        stopped_callback = Callback(county)
        in_stopped, _ = at_identity(county, stopped_callback)
        stopped.signal(signal.SIGSTOP)
        killed.signal(signal.SIGKILL)
        in_killed.wait("disconnected", 5)
        in_stopped.wait("disconnected", 40)
        rows = {}
        for name, callback in (("killed", killed_callback), ("stopped", stopped_callback)):
            assert values(callback.ended()) == {}
            rows[name] = callback.row("survey-partial")
        stopped.signal(signal.SIGCONT)
    assert [rows[name]["path"][-1]["key"] for name in ("killed", "stopped")] == ["agi", "timeout"]
    assert {row["path"][-1]["at"] for row in rows.values()} == {"fallback"}


SPOKEN = {
    "identity": "就是我", "consent": "现在方便", "contacted": "没有联系", "solved": "还没解决", "truthful": "不属实",
    "satisfied": "非常不满意",
}


@pytest.mark.usefixtures("nothing_left")
def test_r36_a_citizen_speaks_the_whole_way_and_the_shipped_model_hears(county: County) -> None:
    """A synthetic voice that the model never heard in training; what is no answer is asked again."""
    with listening(county.hotline, 1, "shipped"):
        callback = Callback(county)
        call, place = at_identity(county, callback)
        call.play(VOICE / "今天下雨了.wav")
        place = call.hears(county.sound("survey_retry"), 10, after=place).offset
        for question, words in SPOKEN.items():
            place = call.hears(county.sound(QUESTIONS[question]), 15, after=place).offset + 0.3
            call.play(VOICE / f"{words}.wav")
        call.hears(county.sound("survey_reason"), 10, after=place)
        call.hangup()
        attempt = callback.ended()
    kept = {answer["question"]: answer for answer in attempt["answers"]}
    assert {name: kept[name]["heard"] for name in SPOKEN} == SPOKEN
    assert [kept[name]["value"] for name in SPOKEN] == ["yes", "now", "no", "no", "no", "5"]
    assert {kept[name]["by"] for name in SPOKEN} == {"speech"}


@pytest.mark.usefixtures("nothing_left")
def test_a_hang_up_leaves_no_error_in_the_log(county: County) -> None:
    """Nothing while the reason of a rating is spoken; while a question is asked, the one warning of Asterisk's own."""
    agent = county.agent("8001")
    found = []
    with listening(county.hotline):
        for question in ("rating_reason", "rating"):
            logs = Logs(county.hotline)
            citizen, talking = answered(county, agent, new_number())
            talking.hangup()
            citizen.hears(county.sound("rating"), 20)
            if question == "rating_reason":
                citizen.dtmf("5")
                citizen.hears(county.sound("rating_reason"), 10)
                citizen.hears(county.sound("beep"), 10)
                say(county, citizen, FIRST_HZ)
                county.town.rest(1)
            citizen.hangup()
            eventually(lambda: no_channels(county.hotline), 10, "no channels")
            county.town.rest(1)
            found.append([line for line in logs.lines() if " WARNING[" in line or " ERROR[" in line])
    assert found[0] == []
    (warning,) = found[1]
    assert HUNG_UP in warning and " WARNING[" in warning
