"""The words of recorded reasons are written beside them, once (R37)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callback_survey import transcripts
from callback_survey.tables import AnswerRow
from hotline.cli import main
from store import migrate
from store.base import now
from store.engine import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    migrate.upgrade(url)
    opened = Store(url)
    yield opened
    opened.close()


def answered(store: Store, question: str, by: str, file: str, heard: str = "") -> None:
    with store.begin() as session:
        session.add(AnswerRow(
            call_id="1.1", ticket="202611270001", question=question, attempt="a", questionnaire="callback", version="1",
            value="", by=by, confidence=None, heard=heard, file=file, start=None, at=now(),
        ))  # fmt: skip


def heard(store: Store, question: str) -> str:
    with store.reading() as session:
        row = session.get(AnswerRow, ("1.1", "202611270001", question))
        assert row
        return row.heard


def test_each_recorded_reason_gets_its_words_once(store: Store, tmp_path: Path) -> None:
    for name in ("reason", "rating-reason"):
        (tmp_path / f"{name}.wav").write_bytes(b"sound")
        answered(store, name, "voice", f"{name}.wav")
    answered(store, "satisfied", "speech", "reason.wav", heard="不满意")
    answered(store, "gone", "voice", "gone.wav")
    words = {"reason.wav": "路" * 200, "rating-reason.wav": ""}
    asked: list[str] = []

    def transcribe(file: Path) -> str:
        asked.append(file.name)
        return words[file.name]

    assert transcripts.write(store, tmp_path, transcribe) == 2
    assert transcripts.write(store, tmp_path, transcribe) == 0
    assert sorted(asked) == sorted(words)
    assert (heard(store, "reason"), heard(store, "rating-reason")) == ("路" * 200, transcripts.NOTHING)
    assert (heard(store, "satisfied"), heard(store, "gone")) == ("不满意", "")


def test_without_its_extra_transcribing_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    assert main(["speech", "transcribe", "a.wav"]) == 1
    assert "the extra `transcription`" in capsys.readouterr().err
