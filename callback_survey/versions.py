"""Questionnaires in the database: every version that was ever in force, and which one is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callback_survey.errors import QuestionnaireError
from callback_survey.faults import sound
from callback_survey.questionnaire import SHIPPED, Questionnaire, parsed, shipped
from callback_survey.tables import QuestionnaireRow
from store.base import now

log = logging.getLogger(__name__)


def keep_shipped(session: Session) -> None:
    """Keeps the shipped texts, so that answers to them stay readable when a release changes them."""
    for name in SHIPPED:
        made = shipped(name)
        if session.get(QuestionnaireRow, (name, made.version)) is None:
            row = QuestionnaireRow(name=name, version=made.version, text=made.text, own=False, added_at=now())
            session.add(row)


def in_force(session: Session) -> dict[str, Questionnaire]:
    """What is asked now, by name: the county's newest text, else the shipped one.

    A text that a newer release of ours no longer understands is passed over, and the log says so.
    """
    found = {name: shipped(name) for name in SHIPPED}
    for row in _rows(session):
        try:
            found |= {row.name: parsed(row.text, row.version)} if row.own else {}
        except QuestionnaireError as error:
            log.error("questionnaire %s %s is not asked: %s", row.name, row.version, error)
    return found


def by_version(session: Session, name: str, version: str = "") -> Questionnaire:
    """A questionnaire as it was at a version, or as it is in force. Raises QuestionnaireError."""
    if version:
        row = session.get(QuestionnaireRow, (name, version))
        if row:
            return parsed(row.text, row.version)
    current = in_force(session).get(name)
    if current is None or version not in ("", current.version):
        raise QuestionnaireError(f"no questionnaire {name}{f' of version {version}' if version else ''}")
    return current


def add(session: Session, text: str) -> Questionnaire:
    """The text as the newest version of its questionnaire; the same text as the one in force changes nothing.

    A county's versions count on from the shipped one they replace: 1.1, 1.2. Raises QuestionnaireError.
    """
    made = sound(text)
    current = in_force(session).get(made.name)
    if current and current.text == text:
        return current
    base = shipped(made.name).version if made.name in SHIPPED else "0"
    taken = {row.version for row in _rows(session) if row.name == made.name}
    number = 1
    while f"{base}.{number}" in taken:
        number += 1
    version = f"{base}.{number}"
    session.add(QuestionnaireRow(name=made.name, version=version, text=text, own=True, added_at=now()))
    session.flush()
    return sound(text, version)


def listed(session: Session) -> list[dict[str, Any]]:
    """Every version kept, by name and age, as plain values; `in_force` marks what is asked now."""
    current = in_force(session)
    return [
        {
            "name": row.name, "version": row.version, "own": row.own,
            "added_at": row.added_at.isoformat(timespec="seconds"),
            "in_force": row.name in current and current[row.name].version == row.version,
        }
        for row in _rows(session)
    ]  # fmt: skip


def shown(made: Questionnaire) -> dict[str, Any]:
    """The questionnaire as plain values."""
    return {
        "name": made.name, "version": made.version, "title": made.title,
        "wordings": [{"id": key, "text": words} for key, words in made.wordings.items()],
        "questions": [
            {"name": question.name, "once": question.once, "aside": question.aside, "record": question.record,
             "choices": [
                 {"value": choice.value, "key": choice.key, "words": list(choice.words), "unhappy": choice.unhappy,
                  "next": choice.next, "end": choice.end}
                 for choice in question.choices
             ]}
            for question in made.questions
        ],
    }  # fmt: skip


def _rows(session: Session) -> list[QuestionnaireRow]:
    return sorted(session.scalars(select(QuestionnaireRow)), key=lambda row: (row.name, _order(row.version)))


def _order(version: str) -> list[tuple[int, str]]:
    """1.10 comes after 1.9."""
    return [(int(part) if part.isdigit() else 0, part) for part in version.split(".")]


SHIPPED_IN_FORCE: Mapping[str, Questionnaire] = {name: shipped(name) for name in SHIPPED}
"""What is asked before the database has been read."""
