"""What can go wrong with a callback; the message is what a person reads."""

from __future__ import annotations


class SurveyError(Exception):
    """The citizen cannot be called back, and why."""


class QuestionnaireError(SurveyError):
    """A questionnaire cannot be used, and why."""
