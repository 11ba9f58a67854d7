"""A ticket's page tells its callback: answers with what was heard, audio on record, who contacted whom (R36-R38)."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, update

from callback_survey.tables import AnswerRow, AttemptRow
from console import audit
from store.base import now
from tests.pages.calls_desk import Reader, equip
from tests.pages.conftest import Desk
from tests.reviewed import reviewed
from tickets.records import TICKETS

FILE = "answer-survey-1.wav"


@pytest.fixture
def told(desk: Desk, tmp_path: Path) -> Iterator[str]:
    """A ticket whose citizen said, and was heard to say, that nobody has called."""
    equip(desk)
    desk.services.more["recordings"] = tmp_path  # type: ignore[index]
    with wave.open(str(tmp_path / FILE), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\0\0" * 8000)
    number = reviewed(desk.store, "13900000009")
    channel = f"survey-{number}-1"
    given = {"call_id": channel, "ticket": number, "attempt": channel, "questionnaire": "callback", "version": "1"}
    with desk.store.begin() as session:
        session.execute(update(TICKETS).where(TICKETS.c.number == number).values(contacted_at=now()))
        session.add(AttemptRow(channel=channel, ticket=number, number=1, phone="13900000009", call=channel,
                               started_at=now(), dialled_at=now(), outcome="surveyed"))  # fmt: skip
        session.add(AnswerRow(**given, question="contacted", value="no", by="speech", heard="没人找我", confidence=0.93,
                              file=FILE, start=0.4, at=now()))  # fmt: skip
    yield number
    with desk.store.begin() as session:
        for table in (AttemptRow, AnswerRow):
            session.execute(delete(table))


def test_r38_the_page_tells_the_answer_with_all_that_is_known_of_it(desk: Desk, told: str) -> None:
    reader = Reader(desk, "office")
    text = reader.open(f"/tickets/{told}")
    for shown in ("第 1 次回访", "完成回访", "承办单位是否与您联系？ 未联系 语音 没人找我（把握 93%）",
                  "群众回答 未联系", "没有拨给群众的电话", "群众称未联系，台账没有通话"):  # fmt: skip
        assert shown in text
    assert f'src="/tickets/{told}/audio/{FILE}#t=0.4"' in reader.html


def test_who_hears_a_recording_is_on_record_and_no_other_file_is_given(desk: Desk, told: str, tmp_path: Path) -> None:
    (tmp_path / "other.wav").write_bytes(b"of another ticket")
    reader = Reader(desk, "office")
    for name in ("other.wav", "..%2Fhotline.db", "none.wav"):
        reader.open(f"/tickets/{told}/audio/{name}")
        assert reader.status == 404
    with reader.opener.open(f"{desk.base}/tickets/{told}/audio/{FILE}") as answer:
        assert answer.headers["Content-Type"] == "audio/wav" and answer.read(4) == b"RIFF"
    with desk.store.reading() as session:
        rows, _ = audit.read(session, 10, sought=audit.Sought(ticket=told))
    heard = [row for row in rows if row["detail"].get("of") == [FILE]]
    assert [(row["account"], row["action"]) for row in heard] == [("office", "read")]
    stranger = Reader(desk, "water")
    stranger.open(f"/tickets/{told}/audio/{FILE}")
    assert stranger.status == 404


def test_the_browser_plays_it(desk: Desk, told: str, tabs: Any) -> None:
    page = tabs(width=390, height=844).log_in("office")
    page.goto(f"/tickets/{told}")
    player = page.get_by_label("录音：承办单位是否与您联系？")
    expect(player).to_be_visible()
    played = player.evaluate(
        "one => new Promise(done => { one.addEventListener('ended', () => done(one.duration));"
        " one.addEventListener('error', () => done(-1)); one.muted = true; one.play(); })"
    )
    assert played == pytest.approx(1.0, abs=0.01)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
