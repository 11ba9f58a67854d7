"""What opinion polls told (R45): how many chose each answer of each question. Nobody who answered is named."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callback_survey.errors import QuestionnaireError
from callback_survey.questionnaire import CALLBACK, RATING, Question, Questionnaire
from callback_survey.tables import AnswerRow
from callback_survey.versions import by_version
from callqueue.figures import Value, share
from figures.spans import Span
from speech import catalogue
from tickets.deadlines import start_of

_ASIDE = frozenset({"consent", "identity", "when", ""})


@dataclass(frozen=True, slots=True)
class Poll:
    """A line: questionnaire, question and answer in words, how many gave it, and their share of who answered it."""

    title: str
    question: str
    answer: str
    number: int
    share: Value


def polls(session: Session, span: Span) -> list[Poll]:
    """The answers of a period to every questionnaire that asks about no ticket, in the order they were asked."""
    since, until = start_of(span.since), start_of(span.until + timedelta(days=1))
    columns = (AnswerRow.questionnaire, AnswerRow.version, AnswerRow.question, AnswerRow.value)
    query = select(*columns, func.count().label("number")).where(AnswerRow.at >= since, AnswerRow.at < until)
    query = query.where(AnswerRow.questionnaire.not_in((CALLBACK, RATING, "")), AnswerRow.value != "")
    counted: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    texts: dict[str, Questionnaire] = {}
    for row in session.execute(query.group_by(*columns)):
        try:
            if row.questionnaire not in texts:
                texts[row.questionnaire] = by_version(session, row.questionnaire, row.version)
        except QuestionnaireError:
            continue
        counted[row.questionnaire, row.question][row.value] += row.number
    return [
        line for name, text in sorted(texts.items()) for asked in text.questions if asked.name not in _ASIDE
        for line in _lines(text, asked, counted[name, asked.name])
    ]  # fmt: skip


def _lines(text: Questionnaire, asked: Question, counted: dict[str, int]) -> list[Poll]:
    whole = sum(counted.values())
    if not whole:
        return []
    return [
        Poll(text.title, _words(text, asked), choice.words[0] if choice.words else choice.value,
             counted.get(choice.value, 0), share(counted.get(choice.value, 0), whole))
        for choice in asked.choices
    ]  # fmt: skip


def _words(text: Questionnaire, asked: Question) -> str:
    """The question as it is spoken, without the keys."""
    known = catalogue.load()
    said = "".join(text.wordings.get(one) or (known[one].text if one in known else "") for one in asked.prompts)
    return said.partition("？")[0] + "？" if "？" in said else said or asked.name
