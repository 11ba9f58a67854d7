"""What the service posts for classic scripts, which have no time to ask the database: the questionnaires in force."""

from __future__ import annotations

from pathlib import Path

from callback_survey.questionnaire import Questionnaire, parsed, shipped

FILE = "run/questionnaire-"
"""Below the home folder, ended by the name: its version in the first line, then its text."""


def text(questionnaire: Questionnaire) -> str:
    """The file's contents."""
    return f"{questionnaire.version}\n{questionnaire.text}"


def asked(home: Path, name: str) -> Questionnaire:
    """The questionnaire in force; nothing posted yet: the shipped one. Raises QuestionnaireError."""
    try:
        version, _, rest = (home / f"{FILE}{Path(name).name}").read_text(encoding="utf-8").partition("\n")
    except FileNotFoundError:
        return shipped(name)
    return parsed(rest, version)
