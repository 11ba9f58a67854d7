"""Whether a questionnaire can be asked: everything wrong with it, in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from callback_survey.errors import QuestionnaireError
from callback_survey.questionnaire import DATE, TOPIC, Question, Questionnaire, parsed
from callqueue.disposition import CLAIMS
from ivr.words import AGENT, DANGER
from speech.catalogue import load

CHOICE_KEYS = "12345678"  # 9 is danger, 0 an agent, star and hash repeat
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
_PHRASE = re.compile(r"[\u4e00-\u9fff]{1,20}")
_SENTENCE = re.compile(r"[\u4e00-\u9fff0-9，、；：。？！]{1,120}[。？！]")
_LONGEST_REASON = 300


def sound(text: str, version: str = "") -> Questionnaire:
    """The questionnaire in a text, fit to be asked. Raises QuestionnaireError with everything that is wrong."""
    made = parsed(text, version)
    try:
        wrong = list(faults(made))
    except (TypeError, AttributeError) as error:
        raise QuestionnaireError(f"a value is of the wrong type: {error}") from None
    if wrong:
        raise QuestionnaireError("; ".join(wrong))
    return made


def faults(made: Questionnaire) -> Iterator[str]:
    """Everything that is wrong, each in one phrase; nothing when all is well."""
    for what in ("name", "at"):
        if not _NAME.fullmatch(getattr(made, what)):
            yield f"{what} {getattr(made, what)!r} is not small letters, digits and hyphens"
    if not made.title or not made.version or len(made.version) > 12:
        yield "a title and a version (12 letters at most) are needed"
    yield from (
        f"{words!r} is not a sentence that can be read"
        for words in made.wordings.values()
        if not _SENTENCE.fullmatch(words)
    )
    yield from _prompt_faults("intro", (*made.intro, made.again), made.wordings)
    for name, ending in made.endings.items():
        yield from _prompt_faults(f"ending {name}", ending.say, made.wordings)
        if ending.disposition and ending.disposition not in {one.value for one in CLAIMS}:
            yield f"ending {name}: no disposition {ending.disposition!r}"
    yield from _ending_faults("the end", made, made.end)
    yield from (f"two questions {name}" for name in _twice(question.name for question in made.questions))
    if not any(question.choices and not question.aside for question in made.questions):
        yield "no question with choices"
    led = {choice.next for question in made.questions for choice in question.choices}
    for number, question in enumerate(made.questions):
        later = {other.name for other in made.questions[number + 1 :]}
        yield from (f"question {question.name}: {what}" for what in _question_faults(made, question, later))
        if question.aside and question.name not in led:
            yield f"question {question.name}: aside, and no answer leads to it"


def _ending_faults(where: str, made: Questionnaire, name: str) -> Iterator[str]:
    if name not in made.endings:
        yield f"{where}: no ending {name!r}"


def _prompt_faults(where: str, prompts: Iterable[str], also: Iterable[str]) -> Iterator[str]:
    known = {*load(), *also}
    yield from (f"{where}: no prompt {prompt!r}" for prompt in prompts if prompt not in known)


def _question_faults(made: Questionnaire, question: Question, later: set[str]) -> Iterator[str]:
    if not _NAME.fullmatch(question.name):
        yield "its name is not small letters, digits and hyphens"
    if not question.prompts:
        yield "nothing is asked"
    yield from _prompt_faults("prompts", question.prompts, (DATE, TOPIC, *made.wordings))
    yield from _prompt_faults("after", question.after, made.wordings)
    if bool(question.choices) == bool(question.record):
        yield "it needs either choices or a record"
    if question.record and not 1 <= question.record <= _LONGEST_REASON:
        yield f"a record of 1 to {_LONGEST_REASON} seconds"
    if question.choices:
        yield from _ending_faults("unanswered", made, question.unanswered)
        yield from _choice_faults(made, question, later)


def _choice_faults(made: Questionnaire, question: Question, later: set[str]) -> Iterator[str]:
    for choice in question.choices:
        if not _NAME.fullmatch(choice.value) or choice.value in (AGENT, DANGER):
            yield f"value {choice.value!r} cannot be kept"
        if len(choice.key) != 1 or choice.key not in CHOICE_KEYS:
            yield f"key {choice.key!r} is not one of {CHOICE_KEYS}"
            return
        if choice.next and choice.next not in later:
            yield f"answer {choice.value} leads to {choice.next!r}, which is no later question"
        if choice.end:
            yield from _ending_faults(f"answer {choice.value}", made, choice.end)
        yield from (f"{phrase!r} is not a phrase" for phrase in choice.words if not _PHRASE.fullmatch(phrase))
    yield from (f"value {value} twice" for value in _twice(choice.value for choice in question.choices))
    yield from (f"key {key} twice" for key in _twice(choice.key for choice in question.choices))
    phrases = [phrase for said in question.words(agent=True).values() for phrase in dict.fromkeys(said)]
    yield from (f"{phrase!r} means two things" for phrase in _twice(phrases))


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
