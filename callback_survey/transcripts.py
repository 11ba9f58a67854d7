"""The words of recorded reasons (R37), written beside the recordings by whoever can make them out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from callback_survey.tables import AnswerRow
from store.engine import Store

NOTHING = "（未能转写）"
"""Written where nothing could be made out, so that it is not tried for ever."""


def write(store: Store, recordings: Path, transcribe: Callable[[Path], str]) -> int:
    """How many recorded reasons got their words; those whose file is not there (any more) wait."""
    done = 0
    for call_id, ticket, question, file in _waiting(store):
        if (recordings / file).is_file():
            _keep(store, (call_id, ticket, question), transcribe(recordings / file) or NOTHING)
            done += 1
    return done


def _waiting(store: Store) -> list[tuple[str, str, str, str]]:
    query = select(AnswerRow.call_id, AnswerRow.ticket, AnswerRow.question, AnswerRow.file)
    with store.reading() as session:
        rows = session.execute(query.where(AnswerRow.by == "voice", AnswerRow.heard == "", AnswerRow.file != ""))
        return [(row.call_id, row.ticket, row.question, row.file) for row in rows]


def _keep(store: Store, key: tuple[str, str, str], words: str) -> None:
    with store.begin() as session:
        row = session.get(AnswerRow, key)
        if row is not None:
            row.heard = words
