"""The callback survey (R36-R38): what is asked, kept and never assumed."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callback_survey.flow import callback_of, subjects_of
from callback_survey.questionnaire import Question, shipped
from telephony.call import CallerHungUp, Danger, Facts, Next, Outcome
from telephony.scripted import HANG_UP, Press, ScriptedCall
from tests.unit.flow_support import SUBJECT, TICKET, call_back, caller

INTRO = ["survey_intro", "survey_agent"]
DAY = [*(f"digits/{digit}" for digit in "2026"), "digits/year", "digits/mon-6", "day/3"]
CONSENT = ["survey_consent_before", *DAY, "survey_consent_topic", "topic_complaint", "survey_consent_after"]
ASKED = ["survey_contacted", "survey_solved", "survey_truthful", "survey_satisfied"]
AGREED = ("1", "1")
CALLBACK = shipped("callback")
# Those asked of everybody, in order.
QUESTIONS = [question for question in CALLBACK.questions if question.choices and not question.aside]
OF = {"questionnaire": "callback", "version": "3", "ticket": TICKET}


def end(disposition: str) -> Outcome:
    return Outcome(Next.HANGUP, ticket=TICKET, disposition=disposition)


def hold(call: ScriptedCall) -> Outcome:
    return call.run(call_back(call))


def answers(call: ScriptedCall) -> dict[str, str]:
    return {fact["question"]: fact["value"] for fact in call.noted("answer")}


def test_r36_a_satisfied_citizen_answers_everything() -> None:
    call = caller(*AGREED, "1", "1", "1", "1")
    assert hold(call) == end("surveyed")
    assert call.played == [*INTRO, "survey_identity", *CONSENT, *ASKED, "survey_end"]
    assert call.noted("disposition") == [{"value": "surveyed"}]
    assert answers(call) == {
        "identity": "yes",
        "consent": "now",
        "contacted": "yes",
        "solved": "yes",
        "truthful": "yes",
        "satisfied": "1",
    }


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_r38_every_key_of_every_question_is_kept_the_moment_it_is_pressed(question: Question) -> None:
    before = ["1"] * QUESTIONS.index(question)
    for key, choice in question.keys.items():
        call = caller(*before, key, HANG_UP)
        with suppress(CallerHungUp):
            hold(call)
        kept = {"question": question.name, "value": choice.value, "by": "key", **OF}
        assert call.noted("answer")[len(before)] == kept


def test_somebody_else_hears_nothing_of_the_ticket() -> None:
    call = caller("2", "1", "1")
    assert hold(call) == end("wrong-person")
    assert call.played == [*INTRO, "survey_identity", "survey_wrong_person"]
    assert answers(call) == {"identity": "no"}


@pytest.mark.parametrize(
    ("key", "value", "said", "disposition"),
    [("2", "later", "survey_later", "survey-partial"), ("3", "never", "survey_never", "survey-refused")],
)
def test_later_and_never_end_the_call(key: str, value: str, said: str, disposition: str) -> None:
    call = caller("1", key, "1", "1")
    assert hold(call) == end(disposition)
    assert call.played[-1] == said
    assert answers(call)["consent"] == value
    assert call.noted("disposition") == [{"value": disposition}]


@pytest.mark.parametrize("keys", ["1114", "1115", "1311", "1121", "2325"])
def test_r37_unhappy_citizens_say_why_and_are_promised_a_person(keys: str) -> None:
    call = caller(*AGREED, *keys, "#")
    assert hold(call) == end("surveyed")
    assert call.played[-3:] == ["survey_reason", "survey_manual", "survey_end"]
    name = "survey-1700000000.1-1700000123"
    assert call.recordings == [f"recordings/{name}"]
    reason = {"question": "reason", "value": "", "by": "voice", "file": f"{name}.wav", **OF}
    assert call.noted("answer")[-1] == reason
    assert '"60000"' in next(line for line in call.lines if line.startswith("RECORD"))


@pytest.mark.parametrize("keys", ["1111", "2213", "1212"])
def test_others_are_not_asked_why(keys: str) -> None:
    call = caller(*AGREED, *keys)
    assert hold(call) == end("surveyed")
    assert call.recordings == []


def test_a_hang_up_while_saying_why_is_a_survey_answered_and_the_words_are_kept() -> None:
    call = caller(*AGREED, "1", "3", "2", "5", HANG_UP)
    with pytest.raises(CallerHungUp):
        hold(call)
    assert call.noted("disposition") == [{"value": "surveyed"}]
    assert call.noted("answer")[-1]["question"] == "reason"


@pytest.mark.parametrize("asked", range(6))
@pytest.mark.parametrize("wrong", [("", ""), ("7", "8"), ("7", ""), ("", "8")])
def test_no_answer_is_asked_for_twice_and_never_assumed(asked: int, wrong: tuple[str, str]) -> None:
    call = caller(*["1"] * asked, *wrong, "1", "1")
    # Whoever has agreed to answer is called by a person, and told so.
    disposition = "survey-partial" if asked < 2 else "survey-unheard"
    assert hold(call) == end(disposition)
    assert call.played.count("survey_retry") == 1
    assert len(call.noted("answer")) == asked
    assert "satisfied" not in answers(call)
    assert call.noted("disposition") == [{"value": disposition}]
    assert call.played[-1] == ("survey_end" if asked < 2 else "survey_manual")


def test_a_second_hearing_may_be_answered() -> None:
    call = caller("", *AGREED, "7", "1", "1", "1", "1")
    assert hold(call) == end("surveyed")


@pytest.mark.parametrize("key", "*#")
def test_star_and_hash_repeat_the_question(key: str) -> None:
    call = caller(key, *AGREED, "1", "1", "1", "1")
    assert hold(call) == end("surveyed")
    assert call.played[:4] == [*INTRO, "survey_identity", "survey_identity"]


@pytest.mark.parametrize("asked", range(6))
def test_zero_is_an_agent_at_every_question(asked: int) -> None:
    call = caller(*["1"] * asked, "0")
    assert hold(call) == Outcome(Next.QUEUE, queue="request", ticket=TICKET)
    assert call.played[-1] == "to_agent"
    assert len(call.noted("answer")) == asked


@pytest.mark.parametrize("asked", range(6))
def test_r6_nine_is_danger_at_every_question(asked: int) -> None:
    call = caller(*["1"] * asked, "9")
    with pytest.raises(Danger):
        hold(call)
    assert len(call.noted("answer")) == asked


def test_a_key_pressed_before_the_first_question_is_no_answer_but_zero_is_an_agent() -> None:
    early = caller(Press("1", "survey_intro"), "2")
    assert hold(early) == end("wrong-person")
    assert early.played == ["survey_intro", "survey_identity", "survey_wrong_person"]
    assert hold(caller(Press("0", "survey_intro"))).queue == "request"


@given(st.lists(st.sampled_from(["", *"12345678*#"]), max_size=25))
def test_r38_only_what_was_keyed_is_kept_and_only_whole_surveys_are_surveyed(keys: list[str]) -> None:
    call = caller(*keys)
    outcome = hold(call)
    names = [question.name for question in QUESTIONS]
    kept = [fact["question"] for fact in call.noted("answer") if fact["question"] not in ("reason", "when")]
    assert kept == names[: len(kept)]
    assert (outcome.disposition == "surveyed") == (kept == names)
    assert (len(call.recordings) == 1) == (kept == names and CALLBACK.unhappy(answers(call)))
    assert call.noted("disposition") == [{"value": outcome.disposition}]


def test_the_subject_comes_from_arguments() -> None:
    arguments = {
        "ticket": TICKET,
        "date": "2026-07-03",
        "topic": "complaint",
        "folder": "recordings",
    }
    assert subjects_of(arguments) == [SUBJECT]
    call = ScriptedCall("2", facts=Facts("1700000000.1", arguments=arguments))
    assert call.run(callback_of(call, shipped)) == end("wrong-person")


def test_a_subject_without_a_date_is_refused() -> None:
    with pytest.raises(KeyError):
        subjects_of({"ticket": TICKET})
    with pytest.raises(ValueError):
        subjects_of({"ticket": TICKET, "date": "soon", "topic": "help"})
    with pytest.raises(ValueError):
        subjects_of({"ticket": TICKET, "date": "2026-07-03+2026-07-04", "topic": "help"})
