"""A questionnaire (问卷) as data: what is asked, what keys and words mean, and where an answer leads.

Its text is TOML; every changed text is another version, which is kept with every answer. Branches lead forward only, so
every questionnaire ends.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from callback_survey.errors import QuestionnaireError
from ivr.words import AGENT, AGENT_WORDS, DANGER, DANGER_WORDS
from speech.catalogue import HAN_DIGITS, wording_prompt

# Stand for the ticket's date and request type among a question's prompts.
DATE = "{date}"
TOPIC = "{topic}"
CALLBACK, RATING = "callback", "rating"
SHIPPED = (CALLBACK, RATING, "poll")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: the value kept, its key and phrases, and where it leads ("": to the next question).

    `unhappy` answers call for a person (R37). `next` names a later question, `end` an ending.
    """

    value: str
    key: str
    words: tuple[str, ...] = ()
    unhappy: bool = False
    next: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `record` seconds of speech are its answer instead of a choice, when it is not 0.

    `once`: in a call about several tickets asked for the first alone. `aside`: asked only when an answer leads to it.
    `unhappy`: asked only after an unhappy answer. `unanswered` names the ending when nothing usable is answered;
    `after` is said when the answer was recorded.
    """

    name: str
    prompts: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    once: bool = False
    aside: bool = False
    unhappy: bool = False
    unanswered: str = ""
    record: float = 0.0
    after: tuple[str, ...] = ()

    @property
    def keys(self) -> Mapping[str, Choice]:
        """The choices by key."""
        return {choice.key: choice for choice in self.choices}

    def choice(self, value: str) -> Choice:
        """The choice with that value. Raises KeyError."""
        return {choice.value: choice for choice in self.choices}[value]

    def words(self, agent: bool) -> dict[str, tuple[str, ...]]:
        """Value → phrases, that of its key among them; danger always, `agent` when one can be had."""
        said = {choice.value: (*choice.words, HAN_DIGITS[int(choice.key)]) for choice in self.choices}
        return {**said, **({AGENT: AGENT_WORDS} if agent else {}), DANGER: DANGER_WORDS}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ends: what is said, and the disposition ("" none)."""

    say: tuple[str, ...]
    disposition: str = ""


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What is asked in one call. `at` names the place in the call's path; `agent` is the queue of key 0 ("" none).

    `patient`: silence is asked once more, as a wrong key is, after `again`. `end` names the ending when all was asked.
    `wordings` are the sentences said that are in no catalogue, by the prompt that speaks them.
    """

    name: str
    version: str
    title: str
    at: str
    questions: tuple[Question, ...]
    endings: Mapping[str, Ending]
    end: str
    again: str
    intro: tuple[str, ...] = ()
    patient: bool = False
    agent: str = ""
    wordings: Mapping[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False, compare=False)

    def question(self, name: str) -> Question:
        """The question of that name. Raises KeyError."""
        return {question.name: question for question in self.questions}[name]

    def following(self, question: Question | None, choice: Choice | None = None) -> Question | None:
        """What is asked next: what the choice leads to, else the next in order; None at the end."""
        if choice and choice.next:
            return self.question(choice.next)
        rest = self.questions[self.questions.index(question) + 1 :] if question else self.questions
        return next((later for later in rest if not later.aside), None)

    def all_answered(self, question: Question, choice: Choice) -> bool:
        """Whether no more is chosen after that: what may follow is said in the citizen's own words."""
        later = self.following(question, choice)
        while later and later.record:
            later = self.following(later)
        return later is None

    def unhappy(self, answers: Mapping[str, str]) -> bool:
        """Whether answers (question → value) call for a person: unsatisfied, unsolved, untruthful (R37, R38)."""
        return any(
            choice.unhappy and answers.get(question.name) == choice.value
            for question in self.questions
            for choice in question.choices
        )


def parsed(text: str, version: str = "") -> Questionnaire:
    """The questionnaire in a TOML text; `version` over the text's own. Raises QuestionnaireError."""
    try:
        data = tomllib.loads(text)
        if version:
            data["version"] = version
        own: dict[str, str] = {}
        questions = tuple(_question(_ready(entry, own)) for entry in data.pop("questions"))
        endings = {name: Ending(**_ready(entry, own)) for name, entry in data.pop("endings").items()}
        made = Questionnaire(
            questions=questions, endings=MappingProxyType(endings), text=text, wordings=own, **_ready(data, own)
        )
    except tomllib.TOMLDecodeError as error:
        raise QuestionnaireError(f"not valid TOML: {error}") from None
    except KeyError as error:
        raise QuestionnaireError(f"{error} is missing") from None
    except (TypeError, AttributeError, ValueError) as error:
        raise QuestionnaireError(f"not a questionnaire: {str(error).removeprefix('Questionnaire.')}") from None
    return made


def _question(entry: dict[str, Any]) -> Question:
    given = entry.pop("choices", [])
    choices = tuple(Choice(**{**choice, "words": tuple(choice.get("words", ()))}) for choice in given)
    return Question(choices=choices, **entry)


_SAID = ("prompts", "intro", "say", "after")


def _ready(entry: dict[str, Any], own: dict[str, str]) -> dict[str, Any]:
    """The entry with its prompts as a tuple of ids; a sentence among them is added to `own` and gets an id."""
    lists = {name: _ids(tuple(entry[name]), own) for name in _SAID if name in entry}
    return {**entry, **lists}


def _ids(prompts: tuple[str, ...], own: dict[str, str]) -> tuple[str, ...]:
    sentences = {prompt: wording_prompt(prompt) for prompt in prompts if not prompt.isascii()}
    own |= {key: words for words, key in sentences.items()}
    return tuple(sentences.get(prompt, prompt) for prompt in prompts)


@cache
def shipped(name: str) -> Questionnaire:
    """The questionnaire of that name as it is shipped. Raises QuestionnaireError."""
    if name not in SHIPPED:
        raise QuestionnaireError(f"no questionnaire {name!r} is shipped; there are {', '.join(SHIPPED)}")
    return parsed(files("callback_survey").joinpath(f"questionnaires/{name}.toml").read_text(encoding="utf-8"))
