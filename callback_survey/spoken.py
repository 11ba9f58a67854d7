"""What may be said to the shipped questionnaires: the words that a recogniser must know."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from callback_survey.versions import SHIPPED_IN_FORCE


@cache
def questions() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Question → value → phrases; a name that two questionnaires use is the first one's, the other's has a prefix."""
    found: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for name, questionnaire in SHIPPED_IN_FORCE.items():
        for question in questionnaire.questions:
            if question.choices:
                key = question.name if question.name not in found else f"{name}.{question.name}"
                found[key] = MappingProxyType(question.words(agent=True))
    return MappingProxyType(found)
