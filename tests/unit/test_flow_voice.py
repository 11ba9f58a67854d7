"""Questions by key or by voice in one step (R36-R38): what is heard, not understood, or not heard at all."""

from __future__ import annotations

import pytest

from callback_survey.questionnaire import shipped
from telephony.call import Danger, Next, Outcome
from telephony.scripted import Press, Say, ScriptedCall
from tests.unit.flow_support import SECOND, TICKET, call_back, call_back_about_two, caller, rate

FILE = "answer-1700000000.1-1700000123"
UNSURE = Say("嗯啊", None, 0.31)


def hold(call: ScriptedCall) -> Outcome:
    return call.run(call_back(call))


def answers(call: ScriptedCall) -> dict[str, str]:
    return {fact["question"]: fact["value"] for fact in call.noted("answer")}


def test_r36_a_spoken_answer_is_kept_with_words_confidence_sound_and_where_it_begins() -> None:
    call = caller(Say("不是", "no", 0.91), hears=True)
    assert hold(call) == Outcome(Next.HANGUP, ticket=TICKET, disposition="wrong-person")
    assert call.noted("answer") == [
        {
            "question": "identity", "value": "no", "by": "speech", "confidence": "0.910", "heard": "不是",
            "file": f"{FILE}.wav", "start": "1.50", "questionnaire": "callback", "version": "3", "ticket": TICKET,
        }
    ]  # fmt: skip
    assert call.asked[0].path == f"recordings/{FILE}"
    assert call.asked[0].words["no"] == (*shipped("callback").question("identity").choice("no").words, "二")


def test_words_stop_the_question_as_a_key_does() -> None:
    call = caller("1", Say("方便", "now", during="digits/2"), Press("2", during="survey_contacted"), hears=True)
    hold(call)
    assert "survey_consent_after" not in call.played
    assert answers(call) == {"identity": "yes", "consent": "now", "contacted": "no"}


def test_what_is_not_understood_is_asked_again_by_voice_or_key() -> None:
    call = caller(UNSURE, Say("是", "yes"), "3", hears=True)
    hold(call)
    assert call.played[2:5] == ["survey_identity", "survey_retry", "survey_identity"]
    assert answers(call) == {"identity": "yes", "consent": "never"}
    assert [step["key"] for step in call.noted("path")] == ["?", "yes", "3"]


def test_after_two_failures_only_keys_count() -> None:
    call = caller(UNSURE, UNSURE, Say("是", "yes"), "1", "3", hears=True)
    hold(call)
    question = "survey_identity"
    assert call.played[2:9] == [question, "survey_retry", question, "survey_keys", question, "survey_retry", question]
    assert len(call.asked) == 2, "the third time nothing is listened to but keys"
    assert answers(call) == {"identity": "yes", "consent": "never"}


def test_one_failure_a_question_is_no_reason_to_stop_listening() -> None:
    call = caller(UNSURE, Say("是", "yes"), UNSURE, Say("方便", "now"), UNSURE, Say("未联系", "no"), hears=True)
    hold(call)
    assert answers(call) == {"identity": "yes", "consent": "now", "contacted": "no"}


def test_a_busy_recogniser_makes_it_a_question_by_key_and_the_next_one_is_listened_to() -> None:
    call = caller(Say("是", busy=True), "1", Say("不再回访", "never"), hears=True)
    hold(call)
    assert call.played[2:5] == ["survey_identity", "survey_keys", "survey_identity"]
    assert answers(call) == {"identity": "yes", "consent": "never"}
    assert len(call.asked) == 2


@pytest.mark.parametrize("asked", range(6))
def test_asking_for_a_person_brings_one_at_every_question(asked: int) -> None:
    call = caller(*["1"] * asked, Say("转人工", "agent"), hears=True)
    assert hold(call) == Outcome(Next.QUEUE, queue="request", ticket=TICKET)
    assert call.noted("path")[-1] == {"at": "survey", "key": "agent"}
    assert "agent" in call.asked[-1].words


@pytest.mark.parametrize("asked", range(6))
@pytest.mark.parametrize("said", [Say("着火了", "danger"), Press("9")])
def test_r6_words_of_danger_are_the_danger_key(asked: int, said: Say | Press) -> None:
    call = caller(*["1"] * asked, said, hears=True)
    with pytest.raises(Danger):
        hold(call)
    assert call.noted("path")[-1]["key"] in ("9", "danger")
    assert "救命" in call.asked[-1].words["danger"]
    assert len(call.noted("answer")) == asked


def test_the_rating_is_spoken_too_but_knows_no_agent() -> None:
    call = caller(Say("不满意", "4"), "#", hears=True)
    assert call.run(rate(call)) == Outcome(Next.HANGUP)
    assert answers(call) == {"rating": "4", "rating-reason": ""}
    assert "agent" not in call.asked[0].words and "danger" in call.asked[0].words


def test_r38_no_words_are_listened_for_without_an_ear() -> None:
    call = caller("2")
    hold(call)
    assert call.asked == [] and not [line for line in call.lines if "AudioSocket" in line]


# -- several tickets, and later ---------------------------------------------------------------------


def test_r36_one_call_about_two_tickets_asks_once_who_is_there_and_keeps_the_answers_apart() -> None:
    call = caller("1", *"11111", *"12324", "#")
    outcome = call.run(call_back_about_two(call))
    assert outcome == Outcome(Next.HANGUP, ticket=SECOND.ticket, disposition="surveyed")
    kept = {(fact["ticket"], fact["question"]): fact["value"] for fact in call.noted("answer")}
    names = ("consent", "contacted", "solved", "truthful", "satisfied")
    assert kept == {
        (TICKET, "identity"): "yes",
        **{(TICKET, name): value for name, value in zip(names, ("now", "yes", "yes", "yes", "1"), strict=True)},
        **{(SECOND.ticket, name): value for name, value in zip(names, ("now", "no", "no", "no", "4"), strict=True)},
        (SECOND.ticket, "reason"): "",
    }
    assert call.played.count("survey_identity") == 1
    assert call.noted("disposition") == [{"value": "surveyed"}]


def test_each_ticket_has_its_own_reason() -> None:
    call = caller("1", *"11115", "#", *"11111")
    call.run(call_back_about_two(call))
    reasons = [fact["ticket"] for fact in call.noted("answer") if fact["question"] == "reason"]
    assert reasons == [TICKET]
    assert call.played[-1] == "survey_end"


def test_who_goes_in_the_second_ticket_has_answered_about_the_first_alone() -> None:
    call = caller("1", *"11111", "1", "", "")
    assert call.run(call_back_about_two(call)).disposition == "survey-unheard"
    assert call.noted("disposition") == [{"value": "survey-unheard"}]
    assert [fact["ticket"] for fact in call.noted("answer")] == [*[TICKET] * 6, SECOND.ticket]


TIMES = {"1": "morning", "2": "afternoon", "3": "evening", "4": "another-day"}


@pytest.mark.parametrize(("key", "when"), TIMES.items())
def test_r36_later_asks_when(key: str, when: str) -> None:
    call = caller("1", "2", key)
    assert hold(call).disposition == "survey-partial"
    assert answers(call) == {"identity": "yes", "consent": "later", "when": when}
    assert call.played[-2:] == ["survey_when", "survey_later"]


def test_later_without_a_time_is_later() -> None:
    call = caller("1", "2", "", "")
    assert hold(call).disposition == "survey-partial"
    assert answers(call) == {"identity": "yes", "consent": "later"}
    assert call.played[-1] == "survey_later"


def test_who_has_time_now_is_not_asked_when() -> None:
    call = caller("1", "1", "1", "1", "1", "1")
    hold(call)
    assert "survey_when" not in call.played
