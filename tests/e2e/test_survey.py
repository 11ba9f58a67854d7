"""The callback (回访) as a citizen hears it: shown as 12345, every answer kept as it is given (R36-R38)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from speech.catalogue import spoken_date
from store.base import now
from tests.e2e import scenes
from tests.e2e.county import CITIZEN_HZ, County, new_number
from tests.e2e.scenes import hears_all, speak
from tests.hotline_fixture import ROOT
from tests.phones import Call, audio

nothing_left = scenes.nothing_left
QUESTIONS = {
    "identity": "survey_identity",
    "consent": "survey_consent_after",
    "contacted": "survey_contacted",
    "solved": "survey_solved",
    "truthful": "survey_truthful",
    "satisfied": "survey_satisfied",
}


class Callback:
    """A ticket of a new number and `hotline survey run` about it, under way."""

    def __init__(self, county: County, kind: str = "complaint") -> None:
        self.county = county
        self.number = new_number()
        hotline = county.hotline
        made = hotline.json("ticket", "new", "--phone", self.number, "--type", kind, "--subject", "占道经营")
        self.ticket = made["number"]
        county.trunk  # noqa: B018 - the carrier must be there before the call
        command = [sys.executable, "-m", "hotline.cli", "survey", "run", self.ticket, "--json"]
        self._process = subprocess.Popen(
            command, env=hotline.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def picked_up(self) -> Call:
        """The citizen's end, after answering."""
        ringing = self.county.trunk.wait_call(10, number=self.number)
        assert ringing.remote.user == "12345"
        ringing.answer()
        ringing.wait("confirmed")
        return ringing

    def ended(self) -> dict[str, Any]:
        """The attempt as the command shows it when the call is over."""
        said, complaint = self._process.communicate(timeout=30)
        assert said, complaint
        shown = json.loads(said)
        assert shown == self.county.hotline.json("survey", "show", self.ticket)
        [attempt] = shown["attempts"]
        found: dict[str, Any] = attempt
        assert found["phone"] == self.number
        return found

    def row(self, disposition: str) -> scenes.Row:
        row = self.county.row(self.number, disposition=disposition)
        assert (row["direction"], row["dialled"], row["ticket_no"]) == ("callback", self.number, self.ticket)
        return row


def values(attempt: dict[str, Any]) -> dict[str, str]:
    return {answer["question"]: answer["value"] for answer in attempt["answers"]}


def answer(county: County, call: Call, keys: dict[str, str], after: float = 0.0) -> None:
    """Presses a key at each question, as soon as the question is recognised."""
    answer_all(county, {call: keys}, after)


def answer_all(county: County, keys: dict[Call, dict[str, str]], after: float = 0.0) -> None:
    """The same in calls that are all at the same question: nobody is kept waiting for the others' answers."""
    last = dict.fromkeys(keys, after)
    for question, prompt in QUESTIONS.items():
        for call in [call for call in keys if question in keys[call]]:
            last[call] = call.hears(county.sound(prompt), 15, after=last[call]).offset + 0.3
            call.dtmf(keys[call][question])


def through(*keys: str) -> dict[str, str]:
    """The keys for the first questions."""
    return dict(zip(QUESTIONS, keys, strict=False))


@pytest.mark.usefixtures("nothing_left")
def test_r36_r38_a_satisfied_citizen_goes_the_whole_way(county: County) -> None:
    """Intro, identity, the matter by day and kind, contacted, solved, truthful, satisfied, thanks."""
    callback = Callback(county)
    call = callback.picked_up()
    hears_all(county, call, "survey_intro", "survey_agent")
    answer(county, call, through("1"))
    said = call.hears(county.sound("survey_consent_topic"), 15)
    answer(county, call, dict(list(through("1", "1", "1", "1", "1", "1").items())[1:]), after=said.offset)
    call.hears(county.sound("survey_end"), 8)
    call.wait("disconnected", 8)
    assert_matter_said(county, call, "topic_complaint")
    attempt = callback.ended()
    assert attempt["outcome"] == "surveyed"
    assert values(attempt) == {
        "identity": "yes", "consent": "now", "contacted": "yes", "solved": "yes", "truthful": "yes", "satisfied": "1",
    }
    assert {(one["by"], one["version"]) for one in attempt["answers"]} == {("key", "3")}
    row = callback.row("surveyed")
    assert [step["key"] for step in row["path"]] == ["1"] * 6
    assert row["recordings"] == []


def assert_matter_said(county: County, call: Call, topic: str) -> None:
    """Who is asked for consent hears of which day, and of which kind, the ticket is."""
    begin = call.hears(county.sound("survey_consent_before"), 5).offset
    said = ["survey_consent_before", *spoken_date(now().date()), "survey_consent_topic", topic]
    scenes.says(call, begin, [county.sound(prompt) for prompt in said])


@pytest.mark.usefixtures("nothing_left")
def test_r37_who_is_not_satisfied_says_why_and_what_is_not_said_is_not_assumed(county: County) -> None:
    """Four citizens at once: unsatisfied, unsolved, gone in the middle, silent."""
    names = ("unsatisfied", "unsolved", "gone", "silent")
    callbacks = {name: Callback(county) for name in names}
    calls = {name: callback.picked_up() for name, callback in callbacks.items()}
    cut_intro(county, list(calls.values()))
    keys = {
        "unsatisfied": through("1", "1", "1", "1", "1", "5"), "unsolved": through("1", "1", "1", "3", "1", "3"),
        "gone": through("1", "1", "2"), "silent": through("1", "1"),
    }
    answer_all(county, {calls[name]: keys[name] for name in names})
    calls["gone"].hangup()
    give_reasons(county, calls["unsatisfied"], calls["unsolved"])
    calls["silent"].hears(county.sound("survey_manual"), 30)
    ended = {name: callback.ended() for name, callback in callbacks.items()}
    assert values(ended["unsatisfied"])["satisfied"] == "5"
    assert (values(ended["unsolved"])["solved"], values(ended["unsolved"])["satisfied"]) == ("no", "3")
    for name in ("unsatisfied", "unsolved"):
        assert ended[name]["outcome"] == "surveyed"
        assert_reason_kept(county, callbacks[name], ended[name])
    assert values(ended["gone"]) == {"identity": "yes", "consent": "now", "contacted": "no"}
    assert values(ended["silent"]) == {"identity": "yes", "consent": "now"}
    for name, outcome in (("gone", "survey-partial"), ("silent", "survey-unheard")):
        assert ended[name]["outcome"] == outcome
        callbacks[name].row(outcome)


def cut_intro(county: County, calls: Sequence[Call]) -> None:
    """A key during the introduction only cuts it short: who presses it has not said who they are."""
    for call in calls:
        call.hears(county.sound("survey_intro"), 10)
        call.dtmf("1")


def give_reasons(county: County, *calls: Call) -> None:
    """Each says why, after the tone."""
    for call in calls:
        hears_all(county, call, "survey_reason", "beep")
        call.play(county.tone(CITIZEN_HZ), repeat=True)
    county.town.rest(1.5)
    for call in calls:
        call.stop()
        call.dtmf("#")
    for call in calls:
        hears_all(county, call, "survey_manual", "survey_end")
        call.wait("disconnected", 8)


def assert_reason_kept(county: County, callback: Callback, attempt: dict[str, Any]) -> None:
    [reason] = [one for one in attempt["answers"] if one["question"] == "reason"]
    assert (reason["value"], reason["by"]) == ("", "voice")
    file = scenes.recording(county.hotline, reason["file"])
    assert audio.tone_seconds(audio.load(file), CITIZEN_HZ) > 0.8
    row = callback.row("surveyed")
    assert reason["file"] in [made["file"] for made in row["recordings"]]


@pytest.mark.usefixtures("nothing_left")
def test_who_is_not_to_be_asked_is_not_asked(county: County) -> None:
    """Somebody else, later, never, busy: nothing of the kind counts as an answer about the matter."""
    callbacks = {name: Callback(county) for name in ("other", "later", "never", "busy")}
    county.trunk.wait_call(10, number=callbacks["busy"].number).reject(486)
    calls = {name: callbacks[name].picked_up() for name in ("other", "later", "never")}
    cut_intro(county, list(calls.values()))
    keys = {"other": through("2"), "later": through("1", "2"), "never": through("1", "3")}
    answer_all(county, {calls[name]: keys[name] for name in calls})
    calls["later"].hears(county.sound("survey_when"), 8)
    calls["later"].dtmf("3")
    for name, said in (("other", "survey_wrong_person"), ("later", "survey_later"), ("never", "survey_never")):
        calls[name].hears(county.sound(said), 8)
        calls[name].wait("disconnected", 8)
    ended = {name: callback.ended() for name, callback in callbacks.items()}
    assert {name: values(attempt) for name, attempt in ended.items()} == {
        "other": {"identity": "no"},
        "later": {"identity": "yes", "consent": "later", "when": "evening"},
        "never": {"identity": "yes", "consent": "never"},
        "busy": {},
    }
    dispositions = {"other": "wrong-person", "later": "survey-partial", "never": "survey-refused", "busy": "busy"}
    for name, disposition in dispositions.items():
        assert ended[name]["outcome"] == disposition
        callbacks[name].row(disposition)
    assert_nothing_of_the_ticket(county, calls["other"])


def assert_nothing_of_the_ticket(county: County, call: Call) -> None:
    """Who is not the person hears neither day nor matter."""
    for prompt in ("survey_consent_topic", "survey_consent_after", "survey_contacted"):
        assert audio.find(call.heard(), county.sound(prompt)).correlation < 0.9


@pytest.mark.usefixtures("nothing_left")
def test_0_brings_an_agent(county: County) -> None:
    """The agent sees the citizen's number; the callback is then an answered call."""
    agent = county.agent("8001")
    callback = Callback(county, kind="help")
    call = callback.picked_up()
    call.hears(county.sound("survey_intro"), 10)
    call.dtmf("0")
    talking = agent.wait_call(15)
    assert talking.remote.user == callback.number
    talking.answer()
    speak(county, talking, 1100, call)
    call.hangup()
    assert values(callback.ended()) == {}
    assert callback.row("answered")["agent"] == "8001"
