"""The callback's questions (回访) as data: what is asked, what each key means, and where an answer leads.

Changing a question, a key or the order is a new VERSION; the version is kept with every answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VERSION = "1"
# Stand for the ticket's date and request type among a question's prompts.
DATE = "{date}"
TOPIC = "{topic}"


@dataclass(frozen=True, slots=True)
class Ending:
    """How the callback ends after an answer: what is said, and the disposition."""

    say: str
    disposition: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `keys` from key to the value kept, `unhappy` values that call for a person (R37).

    `about` is whether it is about the ticket: such a question left open means that a person will call.
    """

    name: str
    prompts: tuple[str, ...]
    keys: Mapping[str, str]
    unhappy: frozenset[str] = frozenset()
    endings: Mapping[str, Ending] = field(default_factory=dict)
    about: bool = True


QUESTIONS: tuple[Question, ...] = (
    Question(
        "identity",
        ("survey_identity",),
        {"1": "yes", "2": "no"},
        endings={"no": Ending("survey_wrong_person", "wrong-person")},
        about=False,
    ),
    Question(
        "consent",
        ("survey_consent_before", DATE, "survey_consent_topic", TOPIC, "survey_consent_after"),
        {"1": "now", "2": "later", "3": "never"},
        endings={
            "later": Ending("survey_later", "survey-partial"),
            "never": Ending("survey_never", "survey-refused"),
        },
        about=False,
    ),
    Question("contacted", ("survey_contacted",), {"1": "yes", "2": "no"}),
    Question("solved", ("survey_solved",), {"1": "yes", "2": "partly", "3": "no"}, unhappy=frozenset({"no"})),
    Question("truthful", ("survey_truthful",), {"1": "yes", "2": "no"}, unhappy=frozenset({"no"})),
    Question(
        "satisfied",
        ("survey_satisfied",),
        {key: key for key in "12345"},  # 1 best (非常满意) to 5
        unhappy=frozenset({"4", "5"}),
    ),
)


def unhappy(answers: Mapping[str, str]) -> bool:
    """Whether answers (question → value) call for a person: unsatisfied, unsolved, untruthful (R37, R38)."""
    return any(answers.get(question.name) in question.unhappy for question in QUESTIONS)
