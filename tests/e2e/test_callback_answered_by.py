"""Who or what has answered a callback: a tone or an announcement is no citizen; a short 您好, or silence, is (R36)."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import select

from callback_survey.tables import AnswerRow, AttemptRow
from hotline import places
from speech import audio
from store.engine import Store
from tests.citizens import Citizens, sounds
from tests.hotline_fixture import ROOT, TRUNK_HOST, Hotlines
from tests.reviewed import reviewed

KEYS = {"identity": "1", "consent": "1", "contacted": "1", "solved": "1", "truthful": "1", "satisfied": "1"}
SECONDS = 60


def said(prompt: str, begin: float = 0.0, end: float = 60.0) -> bytes:
    """Part of one of our own prompts, a woman's Mandarin, without the silence before it."""
    sound = audio.read_alaw(ROOT / f"speech/sounds/zh/{prompt}.wav")
    return sound[int(begin * audio.RATE) : int(end * audio.RATE)]


def silence(seconds: float) -> bytes:
    return b"\xd5" * int(seconds * audio.RATE)


def tone(seconds: float) -> bytes:
    return audio.to_alaw(audio.tone(450, seconds))


HEARD = {
    # As a switched-off telephone's announcement: it speaks on.
    "announcement": silence(0.3) + said("voicemail_privacy") + silence(0.3) + said("voicemail"),
    "answering machine": silence(0.5) + said("survey_intro") + silence(0.5) + tone(0.5),
    "ringing tone": tone(1.0) + silence(4.0) + tone(1.0) + silence(4.0),
    "steady tone": tone(8.0),
    "busy tone": (tone(0.35) + silence(0.35)) * 12,
    "hello": silence(0.4) + said("survey_intro", 0.0, 0.6),
    "hello, who": silence(0.4) + said("survey_intro", 0.0, 0.6) + silence(0.3) + said("survey_identity", 0.0, 0.8),
    "hello, who, and why": silence(0.4) + said("survey_intro", 0.0, 0.6) + silence(0.3)
    + said("survey_identity", 0.0, 0.8) + silence(0.3) + said("survey_contacted", 0.0, 1.2),
    "silence": silence(1.0),
}
MACHINES = {"announcement", "answering machine", "steady tone", "busy tone"}
# One second of tone and a long silence is as long as a greeting: what follows it says that nobody is there.
NOBODY = {"ringing tone"}
NUMBERS = {str(13900000000 + place): name for place, name in enumerate(HEARD)}


@pytest.mark.timeout(SECONDS + 60)
def test_only_people_are_asked(hotlines: Hotlines) -> None:
    """Told apart by what is heard in the first seconds; silence is asked, too, for many citizens wait."""
    hotline = hotlines(callback_hours="00:00-24:00", callback_holidays="yes", callback_rate=4, trunk_channels=20)
    hotline.start()
    sounds(hotline.home / places.SOUNDS / "zh")
    store = Store(hotline.settings.database)
    tickets = {reviewed(store, number): name for number, name in NUMBERS.items()}
    outcomes = asyncio.run(_called(int(hotline.settings.trunk_peer.rpartition(":")[2]), store, len(tickets)))
    with store.reading() as session:
        asked = {tickets[ticket] for ticket in session.scalars(select(AnswerRow.ticket).distinct())}
    store.close()
    told = {name: outcomes[ticket] for ticket, name in tickets.items()}
    assert {name for name, outcome in told.items() if outcome == "machine"} == MACHINES, told
    assert asked == HEARD.keys() - MACHINES - NOBODY, told
    assert {told[name] for name in asked} == {"surveyed"}, told


async def _called(port: int, store: Store, number: int) -> dict[str, str]:
    """Ticket → outcome of the first call."""

    def plan(phone: str) -> dict[str, str]:
        # Nobody presses a key where a machine has answered.
        return {} if NUMBERS[phone] in MACHINES | NOBODY else KEYS

    async with Citizens(TRUNK_HOST, port, plan, says=lambda phone: HEARD[NUMBERS[phone]]):
        end = time.monotonic() + SECONDS
        found: dict[str, str] = {}
        while len(found) < number and time.monotonic() < end:
            await asyncio.sleep(0.3)
            found = await asyncio.to_thread(_over, store)
    return found


def _over(store: Store) -> dict[str, str]:
    query = select(AttemptRow.ticket, AttemptRow.outcome)
    with store.reading() as session:
        rows = session.execute(query.where(AttemptRow.number == 1, AttemptRow.outcome != "")).all()
    return {ticket: outcome for ticket, outcome in rows}
